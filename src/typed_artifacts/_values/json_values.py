"""JSON: the type of its values, and the text that a ``JSONString`` holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from ..errors import InvalidInput, ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
"""Anything JSON can say, without ``Any``."""


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
