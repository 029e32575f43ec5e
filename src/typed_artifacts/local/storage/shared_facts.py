"""Caches facts that stay true until something is deleted, in any process."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
_MOST_FACTS = 50_000
# The resolutions of time stamps in nanoseconds; the larger ones are those of exFAT and FAT.
_CLOCK_STEPS = (1000, 10_000_000, 2_000_000_000)


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
        before = os.stat(folder).st_mtime_ns  # noqa: PTH116
        try:
            for step in _CLOCK_STEPS:
                now = max(time.time_ns(), before + step)
                os.utime(folder, ns=(now, now))
                if os.stat(folder).st_mtime_ns != before:  # noqa: PTH116
                    return
        except (
            PermissionError
        ):  # another user's, who alone may choose a time: now is for whoever may write
            _wait_for_a_new_time(folder, before)


def _wait_for_a_new_time(folder: Path, before: int) -> None:
    end = time.monotonic() + _CLOCK_STEPS[-1] / 1e9
    while os.stat(folder).st_mtime_ns == before and time.monotonic() <= end:  # noqa: PTH116
        time.sleep(0.001)
        os.utime(folder)
