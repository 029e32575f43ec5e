"""Texts that no file, request or database can have: UTF-8 has no half of a surrogate pair."""

from __future__ import annotations

from typing import Final

HALF_PAIR: Final = "holds half a surrogate pair, which is no text"
"""The rest of a sentence that begins with what the text is."""


def has_half_pair(text: str) -> bool:
    """Whether a text holds half a surrogate pair, as a file's name that is not UTF-8 does."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
