"""The two flavours of generated classes: sync and async."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flavour:
    """The texts that differ between the sync and the async rendering of a template."""

    folder: str
    prefix: str
    """The prefix of class names."""
    async_: str
    """The keyword before ``def``, ``for`` and ``with``."""
    await_: str
    """The keyword before a call that sends a request."""

    @property
    def is_async(self) -> bool:
        return bool(self.async_)


SYNC = Flavour("_sync", "", "", "")
ASYNC = Flavour("_async", "Async", "async ", "await ")
