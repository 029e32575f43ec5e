"""Records concurrently uploaded blobs together in one transaction."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, final

T = TypeVar("T")


@dataclass(slots=True)
class _Entry(Generic[T]):
    item: T
    entered: bool = False


@final
class GroupCommit(Generic[T]):
    """Records blobs; calls that arrive while a transaction runs share the next one.

    For a small file, the transaction is the most expensive step, and only one can write at a time.

    Args:
        enter_all: records several blobs in one transaction.
    """

    def __init__(self, enter_all: Callable[[Sequence[T]], None]) -> None:
        self._enter_all = enter_all
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Entry[T]] = []

    def enter(self, item: T) -> None:
        """Record a blob; returns when its transaction is committed."""
        own = _Entry(item)
        with self._lock:
            self._waiting.append(own)
        with self._turn:
            if own.entered:
                return  # another thread has committed it
            with self._lock:
                # It is no longer in the queue if an earlier transaction with it failed.
                entries = {id(entry): entry for entry in (own, *self._waiting)}.values()
                self._waiting = []
            self._enter_all([entry.item for entry in entries])
            for entry in entries:
                entry.entered = True
