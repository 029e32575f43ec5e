"""Files being written: under a temporary name until they are verified.

The temporary file lies beside the final one, so that the last step is one rename, which other
processes see whole or not at all. It is locked as long as its writer lives; the system drops the
lock of a process that was killed, so whoever comes next can tell what is abandoned from work in
progress. Its name tells which file with which digest it begins: a later download of the same goes
on where it ends.

Nothing is flushed to the platter before the rename (``fsync`` of a thousand small files would cost
more than fetching them). After a power cut a file may therefore be short or empty under its final
name; its digest tells, and the next download replaces it.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import sys
import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from io import FileIO
from typing import Final, final

from ..._environment.locks import close_locked, lock_alone, lock_shared
from ..._values.file_names import PART_PREFIX, PART_SUFFIX, is_part_name
from .folders import Folder
from .linking import clone

_ABANDONED: Final = 24 * 3600.0  # seconds; only where the file system has no locks
# A forked child shares both, but not the process id.
_COUNTER: Final = itertools.count()
_TOKEN: Final = os.urandom(6).hex()
_CREATE: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL


def part_key(leaf: str, digest: str) -> str:
    """What the temporary names of one file with one content begin with."""
    # A digest is what the manifest says, also where that is no text.
    named = f"{digest}\0{leaf}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(named).hexdigest()[:24]


def part_name(key: str) -> str:
    """A new temporary name, not used by any other process or thread."""
    return f"{PART_PREFIX}{key}-{os.getpid():x}-{_TOKEN}-{next(_COUNTER):x}{PART_SUFFIX}"


@final
class PartFile:
    """A file on its way to its final name; for one thread.

    Args:
        folder: where it lies.
        leaf: its final name.
        digest: of the content that it will have.
        abandoned: the temporary name of what another process left of it, if any did; gone on with
            if no other process has it.
    """

    def __init__(
        self, folder: Folder, leaf: str, digest: str = "", abandoned: str | None = None
    ) -> None:
        self._folder = folder
        self._leaf = leaf
        self._process = os.getpid()
        self._is_link = False
        self._key = key = part_key(leaf, digest)
        self._name, self._handle = abandoned or "", -1
        if abandoned is not None:
            self._claim(abandoned, part_name(key))
        while self._handle < 0:
            self._name = part_name(key)
            self._take(folder.open(self._name, _CREATE))
        self.size = os.lseek(self._handle, 0, os.SEEK_END)
        """The bytes that were written."""

    def _claim(self, abandoned: str, name: str) -> None:
        with suppress(OSError):
            if sys.platform == "win32":  # which refuses to rename what is open
                self._folder.replace(abandoned, name)
                self._name = name
            self._take(self._folder.open(self._name, os.O_RDWR))
            if self._has_lost_its_name():
                self._close()

    def _has_lost_its_name(self) -> bool:
        """Whether another process has gone on with it, and given it its final name."""
        if self._handle < 0 or sys.platform == "win32":  # which does not rename what is open
            return False
        status = self._folder.status(self._name)
        return status is None or not os.path.samestat(status, os.fstat(self._handle))

    def _take(self, handle: int) -> None:
        # A sweeper may have come between our creating and our locking it: then it is not ours.
        if lock_alone(handle) is not False and os.fstat(handle).st_nlink:
            self._handle = handle
        else:
            close_locked(handle)

    @property
    def handle(self) -> int:
        """The open file."""
        return self._handle

    def write(self, data: memoryview) -> None:
        """Append all of ``data``."""
        written = os.write(self._handle, data)
        while written < len(data):
            written += os.write(self._handle, data[written:])
        self.size += written

    def link_to(self, folder: Folder, leaf: str) -> None:
        """Give the file a name in another folder, too.

        Raises:
            OSError: it has one of that name, or the file system has no such links.
        """
        folder.link(self._folder, self._name, leaf)

    def become(self, folder: Folder, leaf: str) -> None:
        """Be the file of another folder in place of what was written; that one is in use.

        Raises:
            OSError: the file system has no such links; what was written is as it was.
        """
        name = part_name(self._key)
        self._folder.link(folder, leaf, name)
        handle = self._folder.open(name, os.O_RDONLY)
        lock_shared(handle)
        self.discard()
        self._name, self._handle, self._is_link = name, handle, True
        self.size = os.fstat(handle).st_size

    def clone(self, source: int) -> bool:
        """Be a copy of an open file that shares its blocks; ``False`` where this cannot be."""
        if self.size or not clone(source, self._handle):
            return False
        self.size = os.lseek(self._handle, 0, os.SEEK_END)
        return True

    def restart(self) -> None:
        """Forget what was written."""
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        self.size = 0

    def reread(self, buffer: memoryview) -> Iterator[memoryview]:
        """What was written, in pieces that are overwritten by the next."""
        with FileIO(self._handle, closefd=False) as stream:
            stream.seek(0)
            while count := stream.readinto(buffer):
                yield buffer[:count]

    def commit(self) -> None:
        """Give it its final name."""
        # Renamed before it is closed, and so unlocked: no sweeper may come in between. Windows
        # cannot rename what is open, but neither can it remove it.
        if sys.platform == "win32":
            self._close()
        self._folder.replace(self._name, self._leaf)
        if self._is_link:  # where both are the same file already, a rename does nothing
            self._folder.remove(self._name)
        self._name = ""
        self._close()

    def discard(self) -> None:
        """Remove it, unless it has its final name or is the parent process's; never raises."""
        with suppress(OSError):
            if sys.platform == "win32":
                self._close()
            if self._name and self._process == os.getpid():
                self._folder.remove(self._name)
        with suppress(OSError):
            self._close()

    def leave(self) -> None:
        """Leave it in place, to be resumed later; never raises."""
        with suppress(OSError):
            self._close()

    def _close(self) -> None:
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            close_locked(handle)


def sweep(folder: Folder, wanted: AbstractSet[str] = frozenset()) -> dict[str, str]:
    """Remove the temporary files of processes that died.

    Args:
        folder: where they lie.
        wanted: keys of files (``part_key``) that are about to be written.

    Returns:
        For each of these keys the name of the largest abandoned file, which stays.
    """
    kept: dict[str, str] = {}
    for name in _largest_first(folder):
        key = name.removeprefix(PART_PREFIX).partition("-")[0]
        keep = key in wanted and key not in kept
        with suppress(OSError):
            if _sweep_one(folder, name, keep=keep):
                kept[key] = name
    return kept


def _largest_first(folder: Folder) -> list[str]:
    found = [(name, folder.status(name)) for name in folder.names() if is_part_name(name)]
    sizes = {name: status.st_size for name, status in found if status is not None}
    return sorted(sizes, key=lambda name: -sizes[name])


def _sweep_one(folder: Folder, name: str, *, keep: bool) -> bool:
    """Remove a file if it is abandoned; whether it is, and was kept to be gone on with."""
    handle = _opened(folder, name)
    try:
        is_abandoned, status = lock_alone(handle), os.fstat(handle)
        if is_abandoned is None:
            is_abandoned = time.time() - status.st_mtime > _ABANDONED
        # A file with a second link belongs to the cache folder and must not be written to.
        keep = keep and status.st_nlink < 2
        if is_abandoned and not keep and sys.platform != "win32":
            folder.remove(name)
    finally:
        close_locked(handle)
    if is_abandoned and not keep and sys.platform == "win32":
        folder.remove(name)
    return is_abandoned and keep


def _opened(folder: Folder, name: str) -> int:
    try:
        return folder.open(name, os.O_RDWR)
    except PermissionError:  # what has a second name is read-only
        return folder.open(name, os.O_RDONLY)


def folds_names(folder: Folder) -> bool:
    """Whether the file system takes ``a`` for ``A``, or ``é`` for its decomposed form."""
    name = f"{PART_PREFIX}{os.urandom(6).hex()}-\u00e9{PART_SUFFIX}"
    os.close(folder.open(name, _CREATE))
    try:
        others = (name.upper().replace("\u00c9", "\u00e9"), name.replace("\u00e9", "e\u0301"))
        return any(folder.status(other) is not None for other in others)
    finally:
        folder.remove(name)
