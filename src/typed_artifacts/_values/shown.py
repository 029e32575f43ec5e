"""Values as they are shown to people: in errors, in reports, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from unicodedata import category

# Control and format characters, ends of lines, half surrogate pairs.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
_JOINERS: Final = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""Parts of emoji, and of words in Persian and the languages of India."""
_LAYOUT: Final = "\n\t"


def shown(value: object, limit: int | None = None) -> str:
    """A value as ``repr`` shows it, or its type where that fails.

    It does for integers of more than 4,300 digits, for what holds one, and for objects whose own
    ``__repr__`` fails.

    Args:
        value: any value, of a caller whose code no type checker has seen.
        limit: the characters that are shown of it.
    """
    try:
        return repr(value)[:limit]
    except Exception:  # noqa: BLE001 -- the error about the value is what matters
        return f"<{type(value).__name__}>"


def first_few(names: Sequence[str], most: int, show: Callable[[str], str] = str) -> str:
    """The first names of a list, as a part of a sentence that says whether there are more.

    Args:
        names: all of them.
        most: how many are shown.
        show: how each is written.
    """
    return ", ".join(map(show, names[:most])) + (", …" if len(names) > most else "")


def visible(text: str) -> str:
    """A server's text with the characters shown that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(repr(char)[1:-1] if _is_hidden(char) else char for char in text)


def readable(text: str) -> str:
    """The same for a message or the beginning of a body, whose ends of lines and tabs stay."""
    if text.isprintable():
        return text
    return "".join(char if char in _LAYOUT else visible(char) for char in text)


def _is_hidden(char: str) -> bool:
    """Whether a character does something to the text around it, and shows nothing itself."""
    return category(char) in _HIDDEN and char not in _JOINERS
