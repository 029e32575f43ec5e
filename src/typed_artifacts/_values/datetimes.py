"""``DateTime`` as the models read it: a ``datetime``, made the cheapest way there is."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, TypeAdapter


@cache
def _anything() -> TypeAdapter[datetime]:
    # Made when it is needed: making it takes longer than importing this module.
    return TypeAdapter(datetime)


def parse_datetime(value: object) -> datetime:
    """A moment from its ISO text, or from whatever else pydantic takes for one.

    pydantic's own parser makes a time zone object for each moment: in a listing of thousands the
    garbage collector then takes longer than the parsing.

    Raises:
        ValueError: it is no moment.
    """
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass  # pydantic knows more ways to write it
    return _anything().validate_python(value)


def datetime_text(moment: datetime) -> str:
    """A moment in JSON, as pydantic writes it."""
    text: str = _anything().dump_python(moment, mode="json")
    return text


DateTime = Annotated[
    datetime, PlainValidator(parse_datetime), PlainSerializer(datetime_text, when_used="json")
]
