"""What stays true until something is deleted, here or in another process: read once, then known."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
_MOST_FACTS = 50_000


class Facts(Generic[K, T]):
    """Facts by key. A delete gives the folder of files a new time, and they are all forgotten.

    Without a folder nothing tells of deletes elsewhere: each is read when it is asked for.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[K, T] = {}
        self._known_of = 0

    def get(self, key: K, read: Callable[[K], Mapping[K, T]]) -> T | None:
        """The fact of a key; `read` finds it, perhaps with others that will be asked for next."""
        if self._folder is None:
            return read(key).get(key)
        now = os.stat(self._folder).st_mtime_ns  # noqa: PTH116 - for speed
        if self._known_of != now or len(self._known) >= _MOST_FACTS:
            self._known, self._known_of = {}, now
        known = self._known
        if key not in known:
            known.update(read(key))
        return known.get(key)


def forget_facts(folder: Path) -> None:
    """Tells all processes that something was deleted. Without the folder there are no facts."""
    with suppress(FileNotFoundError):
        now = max(time.time_ns(), os.stat(folder).st_mtime_ns + 1000)  # noqa: PTH116
        os.utime(folder, ns=(now, now))
