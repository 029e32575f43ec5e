"""JSON: types of values, equality, and parsing of ``JSONString``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ..errors import InvalidInput, ServerError
from .shown import readable, shown, visible
from .type_aliases import recursive_alias

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
"""Anything JSON can say, without ``Any``: what is handed out."""

JsonInput: TypeAlias = (
    "Mapping[str, JsonInput] | Sequence[JsonInput] | str | int | float | bool | None"
)
"""Anything JSON can say, for what is only read: a ``dict[str, int]`` is one, and a tuple."""

if not TYPE_CHECKING:
    JsonValue = recursive_alias(__name__, "JsonValue", JsonValue)
    JsonInput = recursive_alias(__name__, "JsonInput", JsonInput)


def same_json(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are equal as JSON: ``true`` is not 1, but ``1.0`` is.

    The order of keys does not matter, that of a list does. NaN, which some servers keep although
    JSON has no word for it, is equal to itself.
    """
    # Not recursive: JSON may be nested as deeply as the interpreter lets it.
    pairs = [(one, other)]
    while pairs:
        first, second = pairs.pop()
        if isinstance(first, dict) and isinstance(second, dict):
            if first.keys() != second.keys():
                return False
            pairs += ((value, second[key]) for key, value in first.items())
        elif isinstance(first, list) and isinstance(second, list):
            if len(first) != len(second):
                return False
            pairs += zip(first, second, strict=True)
        elif not _same_value(first, second):
            return False
    return True


def _same_value(one: JsonValue, other: JsonValue) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN


def json_text(value: JsonValue) -> str:
    """A ``JSONString``: short, without NaN, the same for the same object.

    Raises:
        InvalidInput: JSON cannot say it.
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{shown(value)} cannot be written as JSON: {error}.") from error


def parse_json(text: str | None, subject: str) -> JsonValue:
    """The value inside a ``JSONString``; ``None`` and the empty string are ``None``.

    Raises:
        ServerError: the string is not JSON.
    """
    if not text:
        return None
    try:
        value: JsonValue = json.loads(text, parse_int=_whole_number)
    except RecursionError as error:
        raise _unreadable(subject, "is nested too deeply to be read", text) from error
    except ValueError as error:
        raise _unreadable(subject, f"is not JSON ({error})", text) from error
    return value


def parse_json_object(text: str | None, subject: str) -> dict[str, JsonValue]:
    """The object inside a ``JSONString``; nothing at all is ``{}``.

    Raises:
        ServerError: the string is not a JSON object.
    """
    value = parse_json(text, subject)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _unreadable(subject, "is JSON, but not an object", text or "")
    return value


def json_or_none(text: str | bytes) -> JsonValue:
    """The value of a JSON text; ``None`` where it is none, without an error that quotes it."""
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _whole_number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:  # Python reads no more than 4,300 digits
        return float(text)


def _unreadable(subject: str, why: str, text: str) -> ServerError:
    beginning = readable(text if len(text) <= 200 else f"{text[:200]}…")
    return ServerError(
        f"The server's {subject} {why}: {beginning}. Everything else of it can be read and "
        "changed.",
        subject=subject,
        server_says=text,
    )


def within(location: str, key: object) -> str:
    """The place of a key inside of another place: ``eval.per_class``, ``eval["a b"]``."""
    if isinstance(key, str) and key.isidentifier():
        return f"{location}.{key}" if location else str.__str__(key)
    text = json.dumps(key, ensure_ascii=False) if isinstance(key, str) else shown(key)
    return f"{location}[{visible(text[:60])}]"
