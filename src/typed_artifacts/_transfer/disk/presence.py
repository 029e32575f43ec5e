"""Whether a file on disk matches its manifest entry."""

from __future__ import annotations

import os
import stat
from typing import Final

from ..concurrency.cancellation import Cancellation
from ..manifests.content_checks import Check
from ..manifests.manifest import ManifestEntry
from .roots import Root

# Opening a pipe would wait for its other end.
_READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)


def file_is_right(
    root: Root, entry: ManifestEntry, buffer: memoryview, cancel: Cancellation
) -> bool:
    """Whether the file under the entry's name has its size and digest.

    Raises:
        OSError: it cannot be read.
        Cancelled: the transfer was cancelled.
    """
    parent, _, leaf = entry.path.rpartition("/")
    check = Check(entry)
    try:
        with root.folder(parent) as folder:
            handle = folder.open(leaf, _READ)
    except FileNotFoundError:
        return False
    with os.fdopen(handle, "rb", buffering=0) as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return False
        while count := stream.readinto(buffer):
            cancel.check()
            check.update(buffer[:count])
    return check.why_wrong() is None
