"""One switch that stops a transfer: waits end, open connections are cut, workers leave."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancelled(Exception):  # noqa: N818 -- it is no error: somebody asked for it
    """Raised in the workers of a transfer that was cancelled; never leaves the package."""


class Cancellation:
    """A switch that is set once, from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._aborts: dict[int, Callable[[], None]] = {}
        self._next = 0

    def set(self) -> None:
        """Stop: wakes whoever waits and cuts whatever is being watched."""
        with self._lock:
            self._event.set()
            aborts = list(self._aborts.values())
        for abort in aborts:
            abort()

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._event.is_set()

    def check(self) -> None:
        """Leave if it was set.

        Raises:
            Cancelled: it was.
        """
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the moment at which it is set.

        Raises:
            Cancelled: it was set.
        """
        if self._event.wait(seconds):
            raise Cancelled

    def watch(self, abort: Callable[[], None]) -> Callable[[], None]:
        """Have ``abort`` called if it is set from now on.

        Returns:
            What to call when there is nothing to abort any more.

        Raises:
            Cancelled: it was set before.
        """
        with self._lock:
            self.check()
            self._next += 1
            ticket = self._next
            self._aborts[ticket] = abort

        def unwatch() -> None:
            with self._lock:
                self._aborts.pop(ticket, None)

        return unwatch
