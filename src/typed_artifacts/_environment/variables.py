"""Environment variables and keys as strings that do not show their value."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from .._values.guards import is_text, is_truth, override
from ..errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

_OFF = frozenset({"", "0", "false", "f", "no", "n", "off"})
# The values that the official client reads as true.
_ON = frozenset({"1", "true", "t", "yes", "y", "on"})
# The second is what the official client called it once. "disabled" is about runs there: its public
# API sends requests all the same, and so does this client.
_OFFLINE_MODES = frozenset({"offline", "dryrun"})

SHORTEST_SECRET: Final = 8
"""What is shorter may be part of any word: it is not looked for in texts."""


class Secret(str):
    """A string whose ``repr`` is hidden: not shown in a traceback's locals or a log.

    It is the text itself wherever it is used as one.
    """

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        return "'…'"


class SecretBytes(bytes):
    """The same for bytes: a body that has a secret in it."""

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        return "b'…'"


def secret(text: str | None) -> Secret | None:
    """A text as a secret; nothing stays nothing.

    Raises:
        InvalidInput: it is no text.
    """
    if text is not None and not is_text(text):
        raise InvalidInput(f"The API key is of type {type(text).__name__}; it must be a string.")
    return None if text is None else Secret(text)


class Environ:
    """Environment variables that are read one by one, and never shown together."""

    def __init__(self, variables: Mapping[str, str] | None) -> None:
        self._variables = os.environ if variables is None else variables

    def get(self, name: str) -> Secret | None:
        """The value of a variable; an empty one counts as not set."""
        return secret(self._variables.get(name) or None)

    def text(self, name: str) -> str | None:
        """The same, for what is no secret."""
        return self._variables.get(name) or None

    def is_on(self, name: str) -> bool:
        """Whether a switch is on.

        Raises:
            InvalidInput: it says neither.
        """
        value = self._variables.get(name, "").strip().lower()
        if value not in _OFF | _ON:
            raise InvalidInput(f"{name} is {value!r:.100}; it must be 1 or 0, true or false.")
        return value in _ON


def is_offline(given: bool | None, env: Environ) -> bool:
    """Whether nothing is sent: as an argument says, otherwise as ``WANDB_MODE`` does.

    Raises:
        InvalidInput: the argument is neither a flag nor ``None``.
    """
    if given is None:
        return (env.text("WANDB_MODE") or "").lower() in _OFFLINE_MODES
    if not is_truth(given):
        raise InvalidInput(f"offline is {given!r:.100}; it must be True, False or None.")
    return given
