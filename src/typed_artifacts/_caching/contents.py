"""The contents in a cache folder on disk: listed, hashed, removed unless in use."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from io import FileIO
from typing import TYPE_CHECKING, final

from .._environment.locks import close_locked, lock_alone
from .._transfer import DigestAlgorithm
from .._transfer.disk.cache import is_no_file, remove_no_file
from .._transfer.disk.partial_files import sweep
from .._transfer.disk.roots import Root
from .._transfer.manifests.digests import CHUNK, new_hasher
from ..errors import ArtifactsError
from .pruning import Stored
from .store import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{32}")


@final
class CacheFiles:
    """The files of a cache folder.

    Args:
        folder: it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._root = Root(folder)

    def contents(self) -> list[Stored]:
        """All contents.

        Raises:
            ArtifactsError: the folder, or one in it, may not be read.
        """
        return [each for parent in self._content_folders() for each in self._in(parent)]

    def sweep(self) -> None:
        """Remove what downloads that died have left."""
        for parent in self._content_folders():
            with suppress(OSError, ArtifactsError), self._root.folder(parent) as folder:
                sweep(folder)

    def sizes(self, names: Iterable[str]) -> dict[str, int]:
        """The bytes of these files, as far as they are there."""
        found: dict[str, int] = {}
        for name in names:
            parent, _, leaf = name.rpartition("/")
            with suppress(OSError, ArtifactsError), self._root.folder(parent) as folder:
                if (status := folder.status(leaf)) is not None:
                    found[name] = status.st_size
        return found

    def remove(self, name: str) -> bool:
        """Remove a file, and its folder where it was the last in it.

        Returns:
            ``False`` if it is being read now: it is kept.

        Raises:
            OSError: the system refuses.
        """
        parent, _, leaf = name.rpartition("/")
        try:
            with self._root.folder(parent) as folder:
                remove_no_file(folder, leaf)
                handle = folder.open(leaf, os.O_RDONLY)
                try:
                    if lock_alone(handle) is False:
                        return False
                    if os.name != "nt":
                        folder.remove(leaf)
                finally:
                    close_locked(handle)
                if os.name == "nt":  # Windows, which removes no file that any process has open
                    folder.remove(leaf)
        except FileNotFoundError:
            return True
        except PermissionError:
            if os.name == "nt":
                return False
            raise
        self._root.remove_if_empty(parent)
        return True

    def is_right(self, name: str) -> bool:
        """Whether a content has the hash that it is called by; this is no use of it.

        Raises:
            OSError: it cannot be read.
        """
        algorithm = name.partition("/")[0]
        parent, _, leaf = name.rpartition("/")
        hasher = new_hasher(DigestAlgorithm(algorithm.upper()))
        try:
            with self._root.folder(parent) as folder:
                if is_no_file(folder, leaf):
                    return False
                with FileIO(folder.open(leaf, os.O_RDONLY)) as stream:
                    before = os.fstat(stream.fileno())
                    buffer = memoryview(bytearray(CHUNK))
                    while count := stream.readinto(buffer):
                        hasher.update(buffer[:count])
                with suppress(OSError):  # owned by another user, or removed meanwhile
                    folder.set_times(leaf, before.st_atime_ns, before.st_mtime_ns)
        except FileNotFoundError:
            return True  # another process has removed it
        return hasher.hexdigest() == leaf

    def _content_folders(self) -> Iterator[str]:
        for algorithm in DigestAlgorithm:
            above = algorithm.value.lower()
            for name in names_in(self._root, above):
                yield f"{above}/{name}"

    def _in(self, parent: str) -> list[Stored]:
        leaves = [*filter(_HASH.fullmatch, names_in(self._root, parent))]
        with suppress(OSError, ArtifactsError), self._root.folder(parent) as folder:
            return [
                Stored(f"{parent}/{leaf}", status.st_size, status.st_atime)
                for leaf in leaves
                if (status := folder.status(leaf)) is not None
            ]
        return []
