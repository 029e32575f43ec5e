"""Pauses the garbage collector while a large response is parsed or modules are loaded."""

from __future__ import annotations

import gc
import threading
from typing import Final

from .forks import renew_after_fork

# A page of 50 is read before the collector would look twice.
LARGE: Final = 64 << 10


class Pause:
    """Keeps the garbage collector out while objects are made that stay.

    Nothing of a reply is garbage before it is read whole, and its objects refer to one another in
    one direction only; but each few hundred of them would have the collector walk over all that
    were made before. In a listing of a thousand versions a page that is half of the time. The same
    holds for what a module makes when it is loaded: a sixth of a short program's time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depth = 0
        self._was_on = False
        renew_after_fork(self)

    def __enter__(self) -> None:
        with self._lock:
            if self._depth == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._depth += 1

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with self._lock:
            self._depth = max(self._depth - 1, 0)  # none, after a fork in the middle
            if self._depth == 0 and self._was_on:
                gc.enable()

    def renew(self) -> None:
        """Collect garbage in a child process, whose parent had other threads in a pause."""
        self._lock = threading.Lock()
        if self._depth:
            self._depth = 0
            if self._was_on:
                gc.enable()


PAUSE: Final = Pause()
