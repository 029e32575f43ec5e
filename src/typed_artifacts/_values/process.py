"""Values that belong to one process, such as connections and locks.

A child that goes on with its parent's connections reads the parent's answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from .forks import renew_after_fork

T = TypeVar("T")


class ProcessLocal(Generic[T]):
    """A value that each process makes for itself when it first needs it; thread-safe.

    Args:
        make: makes the value; called once in each process, more often after ``take``.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._value: T | None = None
        renew_after_fork(self)

    def get(self) -> T:
        """The value of this process."""
        value = self._value
        if value is None:
            with self._lock:
                value = self._value
                if value is None:
                    self._value = value = self._make()
        return value

    def take(self) -> T | None:
        """Hand the value out to be closed; the next ``get`` makes another. ``None`` for none."""
        with self._lock:
            value, self._value = self._value, None
        return value

    def renew(self) -> None:
        """Forget what the parent process made, and its lock, which another thread may hold."""
        self._lock = threading.Lock()
        self._value = None
