"""Locks between processes, which the system releases when a process ends.

A lock belongs to the open file, of which a forked child has a copy: closing the file does not drop
it as long as the child lives. It is therefore dropped by name, by the process that took it. A child
drops its copies of files that are locked for writing, so that a parent that was killed leaves no
lock behind; it never drops the lock of its parent.

A file system without locks is no error: what is written there is whole all the same, for it is
renamed into its place.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
# The open files that this process has locked, and whether for itself alone.
_LOCKED: Final[dict[int, bool]] = {}


@contextmanager
def lock_file(path: Path) -> Generator[None]:
    """Wait for the lock of a file, which is made where it does not exist, and hold it.

    Raises:
        OSError: the file cannot be made, or is a symbolic link.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o666)
    try:
        with suppress(OSError):
            wait_for_lock(handle)
        yield
    finally:
        close_locked(handle)


def drop_lock(handle: int) -> None:
    """Drop the lock of an open file, unless it has none or it is that of the parent process."""
    if _LOCKED.pop(handle, None) is not None:
        with suppress(OSError):
            _unlock(handle)


def close_locked(handle: int) -> None:
    """Drop the lock of an open file, as ``drop_lock`` does, and close the file."""
    try:
        drop_lock(handle)
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt
    import time

    _LOOK_SECONDS: Final = 0.02
    # Far beyond what a file holds: no other handle can read or write a byte that is locked, not
    # even one of the same process.
    _LOCKED_BYTE: Final = 1 << 30

    def wait_for_lock(handle: int) -> None:
        """Wait for the lock of an open file, and hold it; an ``OSError`` where there is none."""
        # The call that waits by itself looks once a second, and gives up after ten.
        while not _locks(handle):
            time.sleep(_LOOK_SECONDS)

    def _locks(handle: int) -> bool:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:  # another has it
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

    def lock_shared(handle: int) -> None:
        """Nothing: Windows itself refuses to remove a file that is open."""

    def lock_alone(handle: int) -> bool | None:
        """Nothing: the same."""
        del handle
        return True

    def _unlock(handle: int) -> None:
        """Nothing: closing the file does it."""

else:
    import fcntl

    def wait_for_lock(handle: int) -> None:
        """Wait for the lock of an open file, and hold it; an ``OSError`` where there is none."""
        _LOCKED[handle] = True  # before the system is asked: a fork may come in between
        fcntl.flock(handle, fcntl.LOCK_EX)

    def lock_shared(handle: int) -> None:
        """Say that an open file is in use; others may say so, too."""
        _LOCKED[handle] = False
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def lock_alone(handle: int) -> bool | None:
        """Whether an open file is ours alone now; ``None`` where the file system has no locks."""
        _LOCKED[handle] = True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            del _LOCKED[handle]
            return False if isinstance(error, BlockingIOError) else None
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)

    def _drop_copies() -> None:
        """Let a child have the empty device where its parent has files locked for itself alone.

        The descriptors stay open; their owners in the child may close them.
        """
        exclusive = [handle for handle, alone in _LOCKED.items() if alone]
        _LOCKED.clear()
        if exclusive:
            with suppress(OSError), Path(os.devnull).open("rb") as device:
                for handle in exclusive:
                    os.dup2(device.fileno(), handle, inheritable=False)

    os.register_at_fork(after_in_child=_drop_copies)
