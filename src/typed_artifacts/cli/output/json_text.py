"""JSON on the standard output: objects, arrays, and the text of values."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime


def write_object(values: Mapping[str, object]) -> None:
    """Write one JSON object to the standard output."""
    sys.stdout.write(json_text(values, indent=2) + "\n")


def write_objects(rows: Iterable[Mapping[str, object]]) -> None:
    """Write a JSON array to the standard output, an object a line, as the rows come."""
    start = "[\n"
    for values in rows:
        sys.stdout.write(start + json_text(values))
        start = ",\n"
    sys.stdout.write("[]\n" if start == "[\n" else "\n]\n")


def json_text(value: object, *, indent: int | None = None, ascii_only: bool = True) -> str:
    """A value as JSON; null for NaN and the infinities, which some servers keep in metadata."""
    try:
        return json.dumps(
            value, indent=indent, ensure_ascii=ascii_only, allow_nan=False, default=_plain
        )
    except ValueError:
        # Python would write NaN or Infinity, which is not JSON: write null.
        text = json.dumps(value, default=_plain)
        known: object = json.loads(text, parse_constant=lambda _: None)
        return json.dumps(known, indent=indent, ensure_ascii=ascii_only)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
