"""A folder of verified contents, by digest, shared between downloads and processes.

Contents are copied into and out of it, unless the caller allows links (``linking``). What comes out
of it is hashed like bytes from the network, so it need not be trusted; what is found to be wrong is
removed. A cache that cannot be written is no error. A content is locked as long as it is read, so
that nobody who makes room takes it away; its time of access is that of its last use.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from io import FileIO
from pathlib import Path
from typing import Final, final

from ..._environment.locks import drop_lock, lock_shared
from ..._values.guards import override
from ...errors import ArtifactsError
from ..concurrency.cancellation import Cancellation
from ..manifests.content_checks import Check, algorithm_of
from ..manifests.digests import CHUNK, hex_of
from ..manifests.manifest import ManifestEntry
from .folders import Folder
from .linking import LinkMode, make_read_only
from .partial_files import PartFile
from .roots import Root

CACHE_FOLDER: Final = "typed-artifacts"
"""Where all of it is in the folder that ``WANDB_CACHE_DIR`` names."""
_READ: Final = os.O_RDONLY


@final
class ContentCache:
    """Contents by digest, in a folder.

    Args:
        folder: made when something is first kept.
        link: how contents get out of it and into it; where the file system cannot, they are copied.
    """

    def __init__(self, folder: Path, link: LinkMode = "copy") -> None:
        self.folder = folder
        # A linked file must be read-only, and Windows cannot replace a read-only file.
        self._link = "copy" if os.name == "nt" and link == "hard" else link
        self._root = Root(folder)

    def holds(self, entry: ManifestEntry) -> bool:
        """Whether an entry's content is there; that it is right shows when it is copied."""
        location = _location(entry)
        if location is None:
            return False
        parent, leaf = location
        with suppress(OSError, ArtifactsError), self._root.folder(parent) as folder:
            return folder.status(leaf) is not None
        return False

    def open(self, entry: ManifestEntry, cancel: Cancellation) -> FileIO | None:
        """An entry's content, hashed and at its beginning; ``None`` if it is not there, and right.

        A wrong content is removed.
        """
        location = _location(entry)
        if location is None:
            return None
        parent, leaf = location
        try:
            with self._root.folder(parent) as folder:
                stream = _opened(folder, leaf)
                if _is_right(entry, _pieces(stream, memoryview(bytearray(CHUNK)), cancel)):
                    stream.seek(0)
                    return stream
                stream.close()
                folder.remove(leaf)
        except (OSError, ArtifactsError):
            pass  # a cache that cannot be read is an empty one
        return None

    def fill(self, entry: ManifestEntry, part: PartFile, buffer: memoryview) -> bool:
        """Make an empty file an entry's content, if it is there and right.

        After ``False`` whatever was written has to be forgotten. A wrong content is removed.
        """
        location = _location(entry)
        if location is None:
            return False
        parent, leaf = location
        with ExitStack() as stack:
            try:
                folder = stack.enter_context(self._root.folder(parent))
                stream = stack.enter_context(_opened(folder, leaf))
            except (OSError, ArtifactsError):
                return False  # a cache that cannot be read is an empty one
            if self._link == "hard" and _is_right(entry, _pieces(stream, buffer)):
                with suppress(OSError):
                    make_read_only(stream.fileno())
                    part.become(folder, leaf)
                    return True
            stream.seek(0)
            if self._filled(entry, part, stream, buffer):
                return True
            stream.close()  # Windows removes no file that is open
            with suppress(OSError):
                folder.remove(leaf)
        return False

    def _filled(
        self, entry: ManifestEntry, part: PartFile, stream: FileIO, buffer: memoryview
    ) -> bool:
        """Copy or clone a content; whether it was right."""
        if self._link == "reflink" and part.clone(stream.fileno()):
            return _is_right(entry, part.reread(buffer))
        check = Check(entry)
        for piece in _pieces(stream, buffer):
            check.update(piece)
            part.write(piece)
        return check.why_wrong() is None

    def keep(self, entry: ManifestEntry, part: PartFile) -> None:
        """Take an entry's content from a file; what goes wrong leaves the cache as it is."""
        location = _location(entry)
        if location is None:
            return
        parent, leaf = location
        with suppress(OSError, ArtifactsError):
            self._root.create()
            with self._root.folder(parent, create=True) as folder:
                if folder.status(leaf) is None:
                    self._keep(folder, leaf, part)

    def _keep(self, folder: Folder, leaf: str, source: PartFile) -> None:
        if self._link == "hard":
            with suppress(OSError):
                source.link_to(folder, leaf)
                make_read_only(source.handle)
                return
        part = PartFile(folder, leaf)
        try:
            if self._link != "reflink" or not part.clone(source.handle):
                for piece in source.reread(memoryview(bytearray(CHUNK))):
                    part.write(piece)
            part.commit()
        finally:
            part.discard()


def is_no_file(folder: Folder, leaf: str) -> bool:
    """Whether a folder, a link or a pipe is in the place of a content."""
    status = folder.status(leaf)
    return status is not None and not stat.S_ISREG(status.st_mode)


def remove_no_file(folder: Folder, leaf: str) -> None:
    """Remove what is in the place of a content and is no file, so that there is room for it.

    Raises:
        OSError: it is a folder that is not empty.
    """
    if is_no_file(folder, leaf):
        try:
            folder.remove(leaf)
        except OSError:
            folder.remove_folder(leaf)


def _opened(folder: Folder, leaf: str) -> FileIO:
    """A content that is read.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    remove_no_file(folder, leaf)
    return _Content(folder, leaf)


def content_name(entry: ManifestEntry) -> str | None:
    """Where an entry's content is in the folder; ``None`` if its digest is no hash of its bytes."""
    raw = hex_of(entry.digest)
    return None if raw is None else f"{algorithm_of(entry).value.lower()}/{raw[:2]}/{raw}"


def _location(entry: ManifestEntry) -> tuple[str, str] | None:
    name = content_name(entry)
    if name is None:
        return None
    parent, _, leaf = name.rpartition("/")
    return parent, leaf


def _pieces(
    stream: FileIO, buffer: memoryview, cancel: Cancellation | None = None
) -> Iterator[memoryview]:
    """The bytes of a file, in pieces that are overwritten by the next."""
    while count := stream.readinto(buffer):
        if cancel is not None:
            cancel.check()
        yield buffer[:count]


def _is_right(entry: ManifestEntry, pieces: Iterable[memoryview]) -> bool:
    check = Check(entry)
    for piece in pieces:
        check.update(piece)
    return check.why_wrong() is None


@final
class _Content(FileIO):
    """A content in use, as others see, until it is closed; when is its time of access."""

    def __init__(self, folder: Folder, leaf: str) -> None:
        handle = folder.open(leaf, _READ)
        super().__init__(handle)
        lock_shared(handle)
        with suppress(OSError):  # owned by another user
            folder.set_times(leaf, time.time_ns(), os.fstat(handle).st_mtime_ns)

    @override
    def close(self) -> None:
        if not self.closed:
            drop_lock(self.fileno())
        super().close()
