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
class Ledger(Generic[T]):
    """Enters blobs; whoever comes while a transaction runs shares the next one.

    A transaction costs more than all else that is done for a small file, and only one can write.

    Args:
        enter_all: enters blobs in a transaction of their own.
    """

    def __init__(self, enter_all: Callable[[Sequence[T]], None]) -> None:
        self._enter_all = enter_all
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Entry[T]] = []

    def enter(self, item: T) -> None:
        """Returns when the blob is in the books for good."""
        own = _Entry(item)
        with self._lock:
            self._waiting.append(own)
        with self._turn:
            if own.entered:
                return  # another has taken it along
            with self._lock:
                # Ours is not among them where the transaction that took it along has failed.
                entries = {id(entry): entry for entry in (own, *self._waiting)}.values()
                self._waiting = []
            self._enter_all([entry.item for entry in entries])
            for entry in entries:
                entry.entered = True
