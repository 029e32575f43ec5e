"""Formats values for people, in characters that stdout can write.

What comes from a server is data: it is shown as text, never obeyed as terminal codes or markup.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from typed_artifacts._values.quantities import bytes_text
from typed_artifacts._values.shown import visible


def clean(text: str) -> str:
    """Make characters visible that a terminal would obey, or that cannot be written there."""
    text = visible(text)
    if text.isascii():
        return text
    encoding = _encoding()
    return text.encode(encoding, "backslashreplace").decode(encoding)


def ellipsis() -> str:
    """The mark for omitted text."""
    return "…" if clean("…") == "…" else "..."


def _encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def show(
    cell: str | float | datetime | Sequence[str] | Mapping[str, object] | None,
    *,
    is_bytes: bool = False,
) -> str:
    """Write a value as a person reads it."""
    if isinstance(cell, datetime):
        return clean(_minute(cell))
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return bytes_text(cell) if is_bytes else f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:g}"
    if isinstance(cell, Mapping):
        cell = json.dumps(dict(cell), ensure_ascii=False, default=str)
    if isinstance(cell, str):
        return clean(str(cell))  # an enum's str is its value
    return clean(", ".join(cell or ()))


def _minute(time: datetime) -> str:
    with suppress(OverflowError):  # the first or last hours of the calendar, in another zone
        time = time.astimezone(UTC)
    return time.strftime("%Y-%m-%d %H:%M")
