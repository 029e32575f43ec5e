"""Values as the wire has them and as users want them: JSON, times, enums that may grow."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from ._typing import override
from .errors import InvalidInput, ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
"""Anything JSON can say, without ``Any``."""


class OpenEnum(str, Enum):  # noqa: UP042 - a StrEnum cannot take a member at run time
    """An enum of strings that keeps a member it does not know.

    A newer server may send a state or a kind that this release has no name for. It becomes a
    member of its own (``ArtifactState("ARCHIVED").value == "ARCHIVED"``), equal to its string.
    """

    @classmethod
    @override
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, str):
            return None
        known = cls._value2member_map_.get(value)
        if isinstance(known, cls):
            return known
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        # setdefault: two threads that meet the same new value end up with the same member.
        return cls._value2member_map_.setdefault(value, member)  # type: ignore[return-value]  # typeshed: values are Enum

    @override
    def __str__(self) -> str:
        return str(self.value)


def as_utc(moment: datetime) -> datetime:
    """The same moment as an aware ``datetime``; a zone-less one is UTC, as the server means it."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def json_text(value: Mapping[str, JsonValue]) -> str:
    """A ``JSONString`` of an object: short, without NaN, the same for the same object.

    Raises:
        InvalidInput: JSON cannot say it.
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{value!r} cannot be written as JSON: {error}.") from error


def parse_json(text: str | None, what: str) -> JsonValue:
    """The value inside a ``JSONString``; ``None`` and the empty string are ``None``.

    Raises:
        ServerError: the string is not JSON.
    """
    if not text:
        return None
    try:
        value: JsonValue = json.loads(text)
    except ValueError as error:
        raise ServerError(f"The server's {what} is not JSON ({error}).", subject=what) from error
    return value


def parse_json_object(text: str | None, what: str) -> dict[str, JsonValue]:
    """The object inside a ``JSONString``; nothing at all is ``{}``.

    Raises:
        ServerError: the string is not a JSON object.
    """
    value = parse_json(text, what)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ServerError(f"The server's {what} is JSON, but not an object.", subject=what)
    return value
