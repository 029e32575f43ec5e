"""Converts RE2 patterns to PostgreSQL's syntax.

`patterns.py` has checked them before, so there are no look-arounds and no references to groups.
"""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from ..errors import RegistryRefused

_PIECE = re.compile(r"\\Q(.*?)(?:\\E|$)|\(\?P?<\w+>|\(\?[a-zA-Z-]+[:)]|\\p[A-Z{]|\\.|.", re.DOTALL)
# PostgreSQL has other escapes for word boundaries and the ends of the text.
_ESCAPES = {"b": r"\y", "B": r"\Y", "A": r"\A", "z": r"\Z", "a": r"\a", "v": r"\v", "f": r"\f"}
_SAME = frozenset("dDsSwWnrtx")


class PatternText(TypeDecorator[str]):
    """A pattern on its way into a statement."""

    impl: type[sa.types.TypeEngine[Any]] | sa.types.TypeEngine[Any] = sa.Text
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value is None or dialect.name != "postgresql":
            return value
        return postgresql_pattern(value)


def postgresql_pattern(pattern: str) -> str:
    """The same pattern for the operator `~`.

    Raises:
        RegistryRefused: PostgreSQL has no word for a part of it.
    """
    flags, start = "", re.match(r"\(\?([is]+)\)", pattern)
    if start is not None:
        flags, pattern = start[1], pattern[start.end() :]
    # Without a flag, `.` is no newline, as in RE2; and case counts.
    options = "(?" + ("i" if "i" in flags else "c") + ("s" if "s" in flags else "p") + ")"
    return options + "".join(_piece(found) for found in _PIECE.finditer(pattern))


def _piece(found: re.Match[str]) -> str:
    text = found[0]
    if found[1] is not None:  # between \Q and \E
        return re.sub(r"([^\w\s])", r"\\\1", found[1])
    if text.startswith(("(?P<", "(?<")):
        return "("
    if text.startswith("(?") and text != "(?:":
        raise _unknown(text)
    if text[0] != "\\" or len(text) == 1:
        return text
    letter = text[1]
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isalnum() and letter not in _SAME:
        raise _unknown(text)
    return text


def _unknown(text: str) -> RegistryRefused:
    return RegistryRefused(
        f"A pattern has {text!r} in it, which a registry in PostgreSQL cannot search for."
    )
