r"""Regular expressions of clients, matched with RE2 in linear time.

The syntax is RE2's, so there are no look-arounds and no references to groups; `\w`, `\d` and
`\s` mean what they do in Python: of any script.
"""

# google-re2 has no types: what comes from it is unknown to pyright.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import re
from functools import lru_cache
from typing import Protocol

import re2  # type: ignore[import-untyped]  # a C++ extension without types

from ..errors import RegistryRefused

LONGEST_PATTERN = 500
_CLASSES = {"w": r"\p{L}\p{M}\p{N}_", "d": r"\p{Nd}", "s": r"\s\p{Z}\x{85}\x0b\x1c-\x1f"}
_PIECE = re.compile(r"\\Q.*?(?:\\E|$)|\\.|\[:\^?\w+:\]|\[\^?\]?|.", re.DOTALL)


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> object | None:
        """What is found first, or None."""
        ...


def compiled(pattern: str) -> Pattern:
    """The pattern, or a refusal that says what is wrong with it."""
    if len(pattern) > LONGEST_PATTERN:
        raise RegistryRefused(
            f"A pattern has {LONGEST_PATTERN} characters at the most, not {len(pattern)}."
        )
    return _compiled(pattern)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Pattern:
    options = re2.Options()
    options.log_errors = False
    try:
        found: Pattern = re2.compile(_any_script(pattern), options)
    except (re2.error, UnicodeEncodeError) as error:
        message = error.args[0] if error.args else ""
        reason = message.decode(errors="replace") if isinstance(message, bytes) else str(error)
        raise RegistryRefused(
            f"The pattern {pattern!r} is not one that RE2 knows: {reason}."
        ) from error
    return found


def _any_script(pattern: str) -> str:
    r"""The pattern with `\w`, `\d` and `\s` written out for all of Unicode."""
    parts: list[str] = []
    listed = False
    for piece in _PIECE.findall(pattern):
        if not listed and piece.startswith("[") and not piece.endswith(":]"):
            listed = True
        elif listed and piece == "]":
            listed = False
        parts.append(_written(piece, listed=listed))
    return "".join(parts)


def _written(piece: str, *, listed: bool) -> str:
    name = piece[1:]
    if piece[0] != "\\" or name.lower() not in _CLASSES:
        return piece
    if listed:  # between brackets RE2 has no negated list
        return piece if name.isupper() else _CLASSES[name]
    return f"[{'^' if name.isupper() else ''}{_CLASSES[name.lower()]}]"


def matches(pattern: str, value: object) -> bool:
    """Whether the text of a value has the pattern in it; nothing has it."""
    return value is not None and compiled(pattern).search(str(value)) is not None
