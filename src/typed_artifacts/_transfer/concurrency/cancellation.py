"""Cancels a transfer: waits end, connections are closed, workers stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress


class Cancelled(Exception):  # noqa: N818 -- not an error: it was requested
    """Raised in the workers of a transfer that was cancelled; never leaves the package."""


class Cancellation:
    """A switch that is set once, from any thread.

    It is made of plain locks, on which an interrupt from the keyboard cannot leave a half-done
    step behind: ``threading.Event`` takes several, in Python.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._closed = threading.Lock()  # held until it is set
        self._closed.acquire()
        self._lock = threading.Lock()
        self._aborts: dict[int, Callable[[], None]] = {}
        self._next = 0

    def set(self) -> None:
        """Stop: wake waiting threads, and close watched connections."""
        self._is_set = True
        with suppress(RuntimeError):  # it was set before
            self._closed.release()
        with self._lock:
            aborts = list(self._aborts.values())
        for abort in aborts:
            abort()

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._is_set

    def check(self) -> None:
        """Leave if it was set.

        Raises:
            Cancelled: it was.
        """
        if self._is_set:
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the moment at which it is set.

        Raises:
            Cancelled: it was set.
        """
        if self._is_set or self._closed.acquire(timeout=min(seconds, threading.TIMEOUT_MAX)):
            with suppress(RuntimeError):
                self._closed.release()  # for the next thread that waits
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
