"""The two flavours of generated classes: blocking and async."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flavour:
    """What differs between the blocking and the async rendering of a template."""

    folder: str
    aio: str
    """The prefix of class names."""
    a: str
    """In front of ``def``, ``for`` and ``with``."""
    w: str
    """In front of a call that sends a request."""

    @property
    def is_async(self) -> bool:
        return bool(self.aio)


SYNC = Flavour("_sync", "", "", "")


ASYNC = Flavour("_async", "Async", "async ", "await ")
