"""Locks between processes, which the system drops when a process ends.

A file system without locks is no error: what is written there is whole all the same, for it is
renamed into its place.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def lock_file(path: Path) -> Generator[None]:
    """Wait for the lock of a file, which is made where it does not exist, and hold it.

    Raises:
        OSError: the file cannot be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        with suppress(OSError):
            wait_for_lock(handle)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def wait_for_lock(handle: int) -> None:
        """Wait for the lock of an open file, and hold it; an ``OSError`` where there is none."""
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)

    def lock_shared(handle: int) -> None:
        """Nothing: Windows itself refuses to remove a file that is open."""

    def lock_alone(handle: int) -> bool | None:
        """Nothing: the same."""
        del handle
        return True

else:
    import fcntl

    def wait_for_lock(handle: int) -> None:
        """Wait for the lock of an open file, and hold it; an ``OSError`` where there is none."""
        fcntl.flock(handle, fcntl.LOCK_EX)

    def lock_shared(handle: int) -> None:
        """Say that an open file is in use; others may say so, too."""
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def lock_alone(handle: int) -> bool | None:
        """Whether an open file is ours alone now; ``None`` where the file system has no locks."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True
