"""Files that are being written: under a temporary name until they are right.

The temporary file lies beside the final one, so that the last step is one rename, which other
processes see whole or not at all. It is locked as long as its writer lives; the system drops the
lock of a process that was killed, so whoever comes next can tell a corpse from work in progress.

Nothing is flushed to the platter before the rename (``fsync`` of a thousand small files would cost
more than fetching them). After a power cut a file may therefore be short or empty under its final
name; its digest tells, and the next download replaces it.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from contextlib import suppress
from typing import Final, final

from .folders import Folder
from .names import PART_PREFIX, PART_SUFFIX, is_part_name

_ABANDONED: Final = 24 * 3600.0  # seconds; only where the file system has no locks
# A forked child shares both, but not the process id.
_COUNTER: Final = itertools.count()
_TOKEN: Final = os.urandom(6).hex()
_CREATE: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL

if sys.platform == "win32":

    def _lock(handle: int) -> bool | None:
        """Nothing: Windows itself refuses to remove a file that is open."""
        del handle
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool | None:
        """Whether the file is ours now; ``None`` where the file system has no locks."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True


def part_name() -> str:
    """A new temporary name, not used by any other process or thread."""
    return f"{PART_PREFIX}{os.getpid():x}-{_TOKEN}-{next(_COUNTER):x}{PART_SUFFIX}"


@final
class PartFile:
    """A file on its way to its final name; for one thread."""

    def __init__(self, folder: Folder, leaf: str) -> None:
        self._folder = folder
        self._leaf = leaf
        while True:
            self._name = part_name()
            self._handle = folder.open(self._name, _CREATE)
            # A sweeper may have come between our creating and our locking it: then try another.
            if _lock(self._handle) is not False and os.fstat(self._handle).st_nlink:
                break
            os.close(self._handle)

    @property
    def handle(self) -> int:
        """The open file."""
        return self._handle

    def write(self, data: memoryview) -> None:
        """Append all of ``data``."""
        written = os.write(self._handle, data)
        while written < len(data):
            written += os.write(self._handle, data[written:])

    def restart(self) -> None:
        """Forget what was written."""
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)

    def commit(self) -> None:
        """Give it its final name."""
        # Renamed before it is closed, and so unlocked: no sweeper may come in between. Windows
        # cannot rename what is open, but neither can it remove it.
        if sys.platform == "win32":
            self._close()
        self._folder.replace(self._name, self._leaf)
        self._name = ""
        self._close()

    def discard(self) -> None:
        """Remove it, unless it has its final name; never raises."""
        with suppress(OSError):
            if sys.platform == "win32":
                self._close()
            if self._name:
                self._folder.remove(self._name)
        with suppress(OSError):
            self._close()

    def _close(self) -> None:
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            os.close(handle)


def sweep(folder: Folder) -> int:
    """Remove the temporary files of processes that died; gives their number."""
    removed = 0
    for name in folder.names():
        if is_part_name(name):
            with suppress(OSError):
                removed += _sweep_one(folder, name)
    return removed


def _sweep_one(folder: Folder, name: str) -> bool:
    handle = folder.open(name, os.O_RDWR)
    try:
        ours = _lock(handle)
        if ours is None:
            ours = time.time() - os.fstat(handle).st_mtime > _ABANDONED
        if ours and sys.platform != "win32":
            folder.remove(name)
    finally:
        os.close(handle)
    if ours and sys.platform == "win32":
        folder.remove(name)
    return ours


def folds_names(folder: Folder) -> bool:
    """Whether the file system takes ``a`` for ``A``, or ``é`` for its decomposed form."""
    name = f"{PART_PREFIX}{os.urandom(6).hex()}-\u00e9{PART_SUFFIX}"
    os.close(folder.open(name, _CREATE))
    try:
        others = (name.upper().replace("\u00c9", "\u00e9"), name.replace("\u00e9", "e\u0301"))
        return any(folder.status(other) is not None for other in others)
    finally:
        folder.remove(name)
