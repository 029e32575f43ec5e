"""Parses ``DateTime`` values to ``datetime``, fast."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, SupportsIndex, final

from pydantic import GetPydanticSchema, PlainSerializer, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from .guards import override

_LATER_THAN_ANY = re.compile(r"\s*\+?0*[1-9]\d{4}")


@final
class UnreadableTime(datetime):
    """A time of the server that no ``datetime`` can hold; it is written as the server wrote it.

    One after the year 9999 equals ``datetime.max``, any other ``datetime.min``, both in UTC: it can
    be compared, and one such time fails no listing.
    """

    _text: str | None = None

    @classmethod
    def of(cls, text: str) -> UnreadableTime:
        """The time for a text of the server."""
        bound = datetime.max if _LATER_THAN_ANY.match(text) else datetime.min  # noqa: DTZ901  # gets a zone below
        made = cls.combine(bound.date(), bound.time(), UTC)
        made._text = text  # noqa: SLF001  # its own
        return made

    @override
    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        """The server's text; what was computed from it is written like any other time."""
        return super().isoformat(sep, timespec) if self._text is None else self._text

    @override
    def strftime(self, format: str) -> str:  # noqa: A002  # as in the base class
        """The server's text, in whatever format."""
        return super().strftime(format) if self._text is None else self._text

    @override
    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[object, ...]:
        """Pickle and copy by the text."""
        if self._text is None:
            return super().__reduce_ex__(protocol)
        return UnreadableTime.of, (self._text,)


@cache
def _anything() -> TypeAdapter[datetime]:
    # Made when it is needed: making it takes longer than importing this module.
    return TypeAdapter(datetime)


def parse_datetime(value: object) -> datetime:
    """A moment from its ISO text, or from whatever else pydantic takes for one.

    Any other text becomes an ``UnreadableTime``.

    pydantic's own parser makes a time zone object for each moment: in a listing of thousands the
    garbage collector then takes longer than the parsing.

    Raises:
        ValueError: it is neither a text nor a moment.
    """
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass  # pydantic accepts more formats
        try:
            return _anything().validate_python(value)
        except ValueError:
            return UnreadableTime.of(value)
    return _anything().validate_python(value)


def datetime_text(value: datetime) -> str:
    """A moment in JSON, as pydantic writes it."""
    if isinstance(value, UnreadableTime):
        return value.isoformat()
    text: str = _anything().dump_python(value, mode="json")
    return text


def _schema(_type: object, _handler: object) -> CoreSchema:
    """``parse_datetime``, of which what nearly every text needs is called without Python's help."""
    iso = core_schema.no_info_after_validator_function(
        datetime.fromisoformat, core_schema.str_schema(strict=True)
    )
    return core_schema.union_schema(
        [iso, core_schema.no_info_plain_validator_function(parse_datetime)],
        mode="left_to_right",
        custom_error_type="datetime_type",
    )


DateTime = Annotated[
    datetime,
    GetPydanticSchema(_schema),
    PlainSerializer(datetime_text, when_used="json"),
]
