"""Access tokens, and when they expire."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .._values.times import as_utc
from ..errors import InvalidInput
from .variables import Secret


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that requests carry as ``Authorization: Bearer``, and when it expires.

    Attributes:
        value: the token; the ``repr`` does not show it.
        expires_at: when it expires (UTC if it has no time zone); ``None`` if unknown: it is used
            until the server refuses it.

    Raises:
        InvalidInput: the token is not a string, or has characters that are not allowed.
    """

    value: str = field(repr=False)
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        description = value_problem(self.value)
        object.__setattr__(self, "value", hidden(self.value))
        if not is_sendable(self.value):
            raise InvalidInput(
                f"The access token is {description}; it must be a string without spaces, line ends "
                "or non-ASCII characters."
            )
        if not isinstance(self.expires_at, datetime | None):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise InvalidInput(f"expires_at is {self.expires_at!r:.100}; it must be a datetime.")
        if self.expires_at is not None:
            object.__setattr__(self, "expires_at", as_utc(self.expires_at))


def hidden(value: object) -> object:
    """A value that a traceback may show: a text as a secret, anything else as it is."""
    return Secret(value) if isinstance(value, str) else value


def is_sendable(value: object) -> bool:
    """Whether a header can carry it."""
    return (
        isinstance(value, str)
        and bool(value)
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )


def value_problem(value: object) -> str:
    """What is wrong with a value that is no token, without the value itself."""
    if isinstance(value, str):
        return "malformed" if value else "empty"
    return f"of type {type(value).__name__}"
