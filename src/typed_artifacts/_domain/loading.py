"""Loads the attributes of a new object.

Without ``attrs`` the blocking flavour fetches them when it makes one, and a coroutine does it
afterwards, as making one cannot wait.
"""

from __future__ import annotations

from typing import Protocol, Self, TypeVar

T = TypeVar("T")


class _Loads(Protocol):
    async def load(self) -> Self: ...


LoadsT = TypeVar("LoadsT", bound=_Loads)


async def async_loaded(made: LoadsT) -> LoadsT:
    """The object, after the request for its attributes."""
    return await made.load()


def loaded(made: T) -> T:
    """The object: it has its attributes."""
    return made


class _LoadsAtOnce(Protocol):
    def load(self) -> object: ...


def async_load_when_made(_: object) -> None:
    """Nothing: a constructor cannot wait."""


def load_when_made(made: _LoadsAtOnce) -> None:
    """Send the request for the attributes."""
    made.load()
