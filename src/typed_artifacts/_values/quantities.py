"""Formats numbers and sizes for people."""

from __future__ import annotations

import re

from ..errors import InvalidInput

_MOST_DIGITS = 18
_MOST_BYTES = 10**24
_BYTES = re.compile(r"(\d{1,18}(?:\.\d{1,9})?) ?([A-Za-z]*)")
_FACTORS = {"": 1, "b": 1} | {
    f"{letter}{rest}": base**power
    for power, letter in enumerate("kmgt", 1)
    for rest, base in (("", 1000), ("b", 1000), ("ib", 1024))
}


def bytes_text(count: int) -> str:
    """A number of bytes with three figures and a decimal unit: ``1.2 MB``."""
    if not -_MOST_BYTES <= count <= _MOST_BYTES:  # from a faulty server
        return f"over {bytes_text(_MOST_BYTES)}" if count > 0 else "under 0 B"
    size = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5 or unit == "TB":  # from there on it would round to 1000
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError


def parsed_bytes(text: str) -> int:
    """A number of bytes as a person writes it: ``10GB``, ``1.5 GiB``, ``500``.

    Raises:
        InvalidInput: it is none.
    """
    found = _BYTES.fullmatch(text.strip())
    factor = None if found is None else _FACTORS.get(found[2].lower())
    if found is None or factor is None:
        raise InvalidInput(f"{text!r:.100} is no number of bytes; write 10GB, 500 MB or 1.5GiB.")
    return int(float(found[1]) * factor)


def whole_number(digits: str) -> int | None:
    """The number that ASCII digits say; ``None`` for all else, and for more than anything has."""
    small = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    return int(digits) if small else None


def count_text(count: int, noun: str) -> str:
    """``1 version``, ``2,000 versions``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
