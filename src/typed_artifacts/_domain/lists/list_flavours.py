"""The methods of lists that differ between the sync and the async protocol."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from .pages import ItemT

if TYPE_CHECKING:
    from ..._requests.event_loop import LoopLock


class AsyncWalk:
    """How coroutines go over a list."""

    # Otherwise a plain ``for`` would go over ``__getitem__``, coroutine by coroutine, for ever.
    __iter__ = None


class _Sliced(Protocol[ItemT]):
    def __getitem__(self, index: slice) -> list[ItemT]: ...


class Walk:
    """How a loop goes over a list."""

    # Otherwise Python would begin at the server's total, which may be another than there are items.
    def __reversed__(self: _Sliced[ItemT]) -> Iterator[ItemT]:
        """The items from the last to the first; all pages are fetched before."""
        return iter(self[::-1])

    def next(self: Iterator[ItemT]) -> ItemT:
        """The same as ``next()`` of this list."""
        return next(self)


class AsyncTotal:
    """The total of a list that coroutines read."""

    async def length(self) -> int:
        """How many items there are: the server's total, or the true count under a client's filter.

        Costs the request of the first page, which is kept; under a client's filter, all pages.

        Raises:
            LengthUnknown: the server gives no total.
        """
        return await self._length()

    @abstractmethod
    async def _length(self) -> int:
        """How many items there are."""


class Total:
    """The total of a list, as ``len()`` gives it."""

    def __len__(self) -> int:
        """How many items there are: the server's total, or the true count under a client's filter.

        Costs the request of the first page, which is kept; under a client's filter, all pages.

        Raises:
            LengthUnknown: the server gives no total; a ``TypeError``, so that ``list()`` works.
        """
        return self._length()

    @property
    def length(self) -> int:
        """The same as ``len()``, under the documented name."""
        return len(self)

    @abstractmethod
    def _length(self) -> int:
        """How many items there are."""


def async_list_lock() -> LoopLock:
    """A lock for the tasks that read a list."""
    from ..._requests.event_loop import LoopLock

    return LoopLock()


def list_lock() -> threading.RLock:
    """A lock for the threads that read a list."""
    return threading.RLock()


@contextmanager
def async_unless_taken(lock: LoopLock) -> Generator[bool]:
    """Whether a lock is free; it stays free until the next await."""
    yield not lock.locked()


@contextmanager
def unless_taken(lock: threading.RLock) -> Generator[bool]:
    """Whether a lock is free, or this thread's; it is taken for the while."""
    free = lock.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            lock.release()
