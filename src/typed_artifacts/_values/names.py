"""Names on the server: the limits of new ones, and those that have a meaning of their own."""

from __future__ import annotations

from typing import Final
from unicodedata import category

from ..errors import InvalidInput
from .guards import is_text

REGISTRY_PREFIX: Final = "wandb-registry-"
"""What the names of the projects that are registries begin with."""
LATEST: Final = "latest"
"""The alias of the newest version, set by the server or left to its clients.

When its version is deleted, the newest remaining version gets it.
"""
NAME_LIMIT: Final = 128
"""The most characters that a name or an alias has."""

# Control characters, ends of lines, half surrogate pairs.
_NEVER_SHOWN = frozenset({"Cc", "Zl", "Zp", "Cs"})


def refuse_nameless(name: str, of: str = "project") -> None:
    """Raise ``InvalidInput`` for an empty name, as of a variable that is not set."""
    if not is_text(name) or not name:
        raise InvalidInput(f"The name of a {of} is a string that is not empty, not {name!r:.200}.")


def check_name(name: str) -> str:
    """A new name of a collection, or ``InvalidInput``."""
    return check_word(name, "collection name")


def check_word(word: str, kind: str) -> str:
    """A new name or alias, or ``InvalidInput`` that says what is wrong.

    Names that the server already has are never checked: other clients may allow more.
    """
    if not is_text(word):
        raise InvalidInput(f"The {kind} is {word!r:.200}; it must be a string.")
    if not word.strip():
        raise InvalidInput(f"The {kind} cannot be empty.")
    if len(word) > NAME_LIMIT:
        raise InvalidInput(
            f"The {kind} {word[:40]!r}… has {len(word)} characters; "
            f"the server takes {NAME_LIMIT} at most."
        )
    for char in "/:":
        if char in word:
            raise InvalidInput(f"The {kind} {word!r} holds {char!r}, which no {kind} may.")
    if not word.isprintable() and any(category(char) in _NEVER_SHOWN for char in word):
        raise InvalidInput(f"The {kind} {word!r} holds control characters.")
    return word
