"""A folder of verified contents, by digest, shared between downloads and processes.

Contents are copied into and out of it and never linked: with a link, an edit in one folder would
change the others. Copies out of it are hashed on the way like bytes from the network, so it need
not be trusted; what is found to be wrong is removed. A cache that cannot be written is no error. A
content is locked as long as it is read, so that nobody who makes room takes it away; its time of
access is that of its last use.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from io import FileIO
from pathlib import Path
from typing import Final, final

from typed_artifacts._environment.locks import lock_shared
from typed_artifacts.errors import ArtifactsError

from .cancellation import Cancellation
from .checks import Check, algorithm_of
from .digests import CHUNK, hex_of
from .folders import Folder, Root
from .manifest import ManifestEntry
from .partial_files import PartFile

CACHE_FOLDER: Final = "typed-artifacts"
"""Where all of it is in the folder that ``WANDB_CACHE_DIR`` names."""
_READ: Final = os.O_RDONLY


@final
class ContentCache:
    """Contents by digest, in a folder.

    Args:
        folder: made when something is first kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = Root(folder)

    def holds(self, entry: ManifestEntry) -> bool:
        """Whether an entry's content is there; that it is right shows when it is copied."""
        place = _place(entry)
        if place is None:
            return False
        parent, leaf = place
        with suppress(OSError, ArtifactsError), self._root.folder(parent) as folder:
            return folder.status(leaf) is not None
        return False

    def open(self, entry: ManifestEntry, cancel: Cancellation) -> FileIO | None:
        """An entry's content, hashed and at its beginning; ``None`` if it is not there, and right.

        A wrong content is removed.
        """
        place = _place(entry)
        if place is None:
            return None
        parent, leaf = place
        try:
            with self._root.folder(parent) as folder:
                stream = FileIO(folder.open(leaf, _READ))
                _use(stream.fileno())
                check, buffer = Check(entry), memoryview(bytearray(CHUNK))
                while count := stream.readinto(buffer):
                    cancel.check()
                    check.update(buffer[:count])
                if check.why_wrong() is None:
                    stream.seek(0)
                    return stream
                stream.close()
                folder.remove(leaf)
        except (OSError, ArtifactsError):
            pass  # a cache that cannot be read is an empty one
        return None

    def copy_out(
        self, entry: ManifestEntry, buffer: memoryview, write: Callable[[memoryview], None]
    ) -> bool:
        """Give an entry's content to ``write``, if it is there and right.

        After ``False`` whatever was written has to be forgotten. A wrong content is removed.
        """
        place = _place(entry)
        if place is None:
            return False
        parent, leaf = place
        with ExitStack() as stack:
            try:
                folder = stack.enter_context(self._root.folder(parent))
                stream = stack.enter_context(os.fdopen(folder.open(leaf, _READ), "rb", buffering=0))
            except (OSError, ArtifactsError):
                return False  # a cache that cannot be read is an empty one
            _use(stream.fileno())
            check = Check(entry)
            while count := stream.readinto(buffer):
                check.update(buffer[:count])
                write(buffer[:count])
            if check.why_wrong() is None:
                return True
            with suppress(OSError):
                folder.remove(leaf)
        return False

    def keep(self, entry: ManifestEntry, handle: int) -> None:
        """Copy an entry's content from an open file; what goes wrong leaves the cache as it is."""
        place = _place(entry)
        if place is None:
            return
        parent, leaf = place
        with suppress(OSError, ArtifactsError):
            self._root.create()
            with self._root.folder(parent, create=True) as folder:
                if folder.status(leaf) is None:
                    _keep(folder, leaf, handle)


def content_name(entry: ManifestEntry) -> str | None:
    """Where an entry's content is in the folder; ``None`` if its digest is no hash of its bytes."""
    raw = hex_of(entry.digest)
    return None if raw is None else f"{algorithm_of(entry).value.lower()}/{raw[:2]}/{raw}"


def _place(entry: ManifestEntry) -> tuple[str, str] | None:
    name = content_name(entry)
    if name is None:
        return None
    parent, _, leaf = name.rpartition("/")
    return parent, leaf


def _use(handle: int) -> None:
    """Say that a content is in use, and note when: its time of access, whatever the mount says."""
    lock_shared(handle)
    if os.utime in os.supports_fd:
        with suppress(OSError):  # somebody else's file
            os.utime(handle, ns=(time.time_ns(), os.fstat(handle).st_mtime_ns))


def _keep(folder: Folder, leaf: str, handle: int) -> None:
    part = PartFile(folder, leaf)
    try:
        with os.fdopen(os.dup(handle), "rb", buffering=0) as stream:
            stream.seek(0)
            while chunk := stream.read(1 << 20):
                part.write(memoryview(chunk))
        part.commit()
    finally:
        part.discard()
