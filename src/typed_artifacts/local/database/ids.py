"""Formats of global ids, cursors and times in responses."""

import base64
import binascii
import json
import math
from datetime import UTC, datetime
from typing import TypeAlias, TypeGuard

from ..errors import RegistryRefused
from ..json_values import is_array, parsed_json

CursorPart: TypeAlias = str | int | float
_WIDEST = 1 << 63


def global_id(kind: str, key: int | str) -> str:
    """`Artifact`, 123 → the opaque id `QXJ0aWZhY3Q6MTIz`."""
    return base64.b64encode(f"{kind}:{key}".encode()).decode()


def local_id(kind: str, value: str) -> int | None:
    """The number inside a global id of this kind, or None: such a thing does not exist."""
    found, _, key = _decoded(value).partition(":")
    if found != kind or not key.isascii() or not key.isdigit() or len(key) > 18:
        return None
    return int(key)


def any_local_id(value: str) -> int:
    """The number in a global id of any kind, or in plain digits."""
    key = value if value.isdigit() else _decoded(value).partition(":")[2]
    if not key.isascii() or not key.isdigit() or len(key) > 18:
        raise RegistryRefused(f"{value[:60]!r} is not an id.")
    return int(key)


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def write_cursor(listing: str, parts: tuple[CursorPart, ...]) -> str:
    """An opaque cursor: the sort values of one item. `listing` names the order it belongs to."""
    text = json.dumps([listing, *parts], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_cursor(listing: str, cursor: str, count: int) -> tuple[CursorPart, ...]:
    """The sort values inside a cursor; refuses one that belongs to another listing or order."""
    try:
        parts = parsed_json(base64.urlsafe_b64decode(cursor.encode()))
    except ValueError:
        parts = None
    if not is_array(parts) or parts[:1] != [listing]:
        raise RegistryRefused(
            f"The cursor {cursor[:80]!r} does not belong to this listing in this order."
        )
    values = tuple(part for part in parts[1:] if _is_cursor_part(part))
    if len(values) != count or len(parts) != count + 1:
        raise RegistryRefused(f"The cursor {cursor[:80]!r} is damaged.")
    return values


def _is_cursor_part(part: object) -> TypeGuard[CursorPart]:
    """Whether it can be compared with what is stored: a text, or a number of 64 bits."""
    if isinstance(part, str):
        return True
    if isinstance(part, int):
        return -_WIDEST <= part < _WIDEST
    return isinstance(part, float) and math.isfinite(part)


def timestamp(time: datetime | None = None) -> str:
    """RFC 3339 in UTC with microseconds: always as wide, so that text order is time order."""
    time = time or datetime.now(UTC)
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    # Not strftime, which does not pad years before 1000.
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parsed_time(text: str) -> str:
    """A time as a user writes it (a date, with or without zone) in the form it is stored in."""
    try:
        return timestamp(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise RegistryRefused(
            f"{text[:60]!r} is not a time; write it like 2026-01-31T12:00:00Z."
        ) from error
