"""Numbers as a person reads them."""

from __future__ import annotations


def bytes_text(count: int) -> str:
    """A number of bytes with three figures and a decimal unit: ``1.2 MB``."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5 or unit == "TB":  # where the next unit reads better
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError


def count_text(count: int, noun: str) -> str:
    """``1 version``, ``2,000 versions``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def visible(text: str) -> str:
    """A server's text with the characters shown that a terminal would obey."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
