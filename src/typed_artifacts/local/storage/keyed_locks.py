"""Locks by key, so that expensive work is not done twice at once."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import final


@final
class KeyedLocks:
    """A lock for each key, for all threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[int, tuple[threading.Lock, int]] = {}

    @contextmanager
    def of(self, key: int) -> Generator[None]:
        """Lock this key: wait until no other thread holds it."""
        with self._lock:
            lock, wanted = self._locks.get(key, (threading.Lock(), 0))
            self._locks[key] = lock, wanted + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                _, wanted = self._locks.pop(key)
                if wanted > 1:
                    self._locks[key] = lock, wanted - 1
