"""Blobs that arrive together are entered into the books together, in one transaction."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import final

from .blobs import Blob


@dataclass(slots=True)
class _Entry:
    blob: Blob
    entered: bool = False


@final
class Ledger:
    """Enters blobs; whoever comes while a transaction runs shares the next one.

    A transaction costs more than all else that is done for a small file, and only one can write.

    Args:
        enter_all: enters blobs in a transaction of their own.
    """

    def __init__(self, enter_all: Callable[[Iterable[Blob]], None]) -> None:
        self._enter_all = enter_all
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Entry] = []

    def enter(self, blob: Blob) -> None:
        """Returns when the blob is in the books for good."""
        own = _Entry(blob)
        with self._lock:
            self._waiting.append(own)
        with self._turn:
            if own.entered:
                return  # another has taken it along
            with self._lock:
                # Ours is not among them where the transaction that took it along has failed.
                entries = {id(entry): entry for entry in (own, *self._waiting)}.values()
                self._waiting = []
            self._enter_all(entry.blob for entry in entries)
            for entry in entries:
                entry.entered = True
