"""Formats values for pages. Pure."""

import json

from ..._values.quantities import count_text
from ..json_values import is_array, is_object, parsed_json

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")
LONGEST_VALUE = 20_000
_INDENTED = json.JSONEncoder(indent=2, ensure_ascii=False)


def size_text(size: int) -> str:
    """Bytes for a person: `999 bytes`, `1.4 MiB`."""
    if size < 1024:
        return count_text(size, "byte")
    value = float(size)
    unit = "bytes"
    for unit in _UNITS:  # noqa: B007  (the last one is used)
        value /= 1024
        if value < 1024:
            break
    return f"{value:,.1f} {unit}"


def short_time(timestamp: str) -> str:
    """`2026-01-05 09:00` of the time that the registry keeps, in UTC."""
    return timestamp[:16].replace("T", " ")


def indented(value: object, most: int) -> str:
    """JSON as it is easy to read; of more characters than that, the beginning and some more.

    Written piece by piece: what is nested deeply takes a thousand times the room of its text.
    """
    pieces: list[str] = []
    length = 0
    for piece in _INDENTED.iterencode(value):
        pieces.append(piece)
        length += len(piece)
        if length > most:
            break
    return "".join(pieces)


def json_rows(text: str | None) -> list[tuple[str, str]]:
    """The members of a JSON object: the key, and the value as text."""
    try:
        found = parsed_json(text or "{}")
    except ValueError:
        return [("", shortened(text or ""))]
    if not is_object(found):
        return [("", value_text(found))]
    return [(key, value_text(value)) for key, value in found.items()]


def value_text(value: object) -> str:
    """A JSON value: a text without quotes, what is nested on lines of its own."""
    if isinstance(value, str):
        return shortened(value)
    if is_array(value) or is_object(value):
        flat = json.dumps(value, ensure_ascii=False)
        long = len(flat) > 60
        return shortened(indented(value, LONGEST_VALUE) if long else flat)
    return json.dumps(value)


def shortened(text: str, most: int = LONGEST_VALUE) -> str:
    """The beginning of a text that is too long to be shown whole."""
    return text if len(text) <= most else f"{text[:most]}…"
