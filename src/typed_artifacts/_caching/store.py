"""The records and manifests of a cache folder, on the disk.

Each file is written beside its final name and renamed over it. Whoever changes the folder holds its
lock, so that processes lose nothing of one another; who only reads needs none.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, final

from .._environment.locks import lock_file
from .._transfer import parse_manifest
from .._transfer.disk.cache import remove_no_file
from .._transfer.disk.disk_errors import disk_error
from .._transfer.disk.partial_files import PartFile
from .._transfer.disk.roots import Root
from ..errors import ArtifactsError
from .records import (
    VersionRecord,
    collection_folder,
    dump_record,
    is_record,
    manifest_name,
    read_record,
    record_leaf,
    server_folder,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from .._transfer import DigestAlgorithm, Manifest

MANIFESTS = "manifests"
RECORDS = "records"
_LOCK = "lock"
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # for a writer, where a pipe is in the place of a file


@final
class RecordStore:
    """The records and manifests of a cache folder.

    Args:
        folder: made when something is first kept.
    """

    def __init__(self, folder: Path) -> None:
        self._root = Root(folder)
        self.folder = self._root.path

    def of_collection(self, server: str, location: tuple[str, str, str]) -> list[VersionRecord]:
        """The records of a collection of a server."""
        found = self._records(collection_folder(server, location))
        return [each for each in found if (each.server, each.location) == (server, location)]

    def of_server(self, server: str) -> list[VersionRecord]:
        """All records of a server."""
        return [each for each in self._below(server_folder(server)) if each.server == server]

    def all(self) -> list[VersionRecord]:
        """The records of all servers."""
        return [each for name in self._names(RECORDS) for each in self._below(f"{RECORDS}/{name}")]

    def manifest(self, name: str, algorithm: DigestAlgorithm) -> Manifest | None:
        """A manifest; ``None`` where it is not there, or damaged."""
        path = self.folder / MANIFESTS / f"{name}.json"
        with _readable(self._root, f"{MANIFESTS}/{name}.json"):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                return _manifest(path, name, algorithm, status.st_mtime_ns)
        return None

    def keep(self, record: VersionRecord, manifest: bytes) -> None:
        """Write a record with its manifest; what goes wrong leaves the folder as it is."""
        parent, _, leaf = self.name_of(record).rpartition("/")
        with suppress(OSError, ArtifactsError):
            self._root.create()
            self._keep(parent, leaf, record, manifest)

    def _keep(self, parent: str, leaf: str, record: VersionRecord, manifest: bytes) -> None:
        with self.changing():
            if self._read(f"{MANIFESTS}/{record.manifest}.json") != manifest:
                self._write(MANIFESTS, f"{record.manifest}.json", manifest)
            older = read_record(self._read(f"{parent}/{leaf}") or b"")
            numbered = replace(record.over(older), number=self._next_number())
            self._write(parent, leaf, dump_record(numbered))

    def _next_number(self) -> int:
        """The number of a new record, which is noted in the file of the lock that is held."""
        try:
            number = int(self._read(_LOCK) or b"") + 1
        except ValueError:  # there is none yet, or it is damaged
            number = max((each.number for each in self.all()), default=0) + 1
        with (
            self._root.folder("") as folder,
            os.fdopen(folder.open(_LOCK, os.O_WRONLY | os.O_TRUNC), "wb") as file,
        ):
            file.write(str(number).encode())
        return number

    def damaged(self) -> list[str]:
        """The names of records that no release can read, and of manifests that are not whole."""
        wrong = [
            f"{RECORDS}/{server}/{collection}/{name}"
            for server in self._names(RECORDS)
            for collection in self._names(f"{RECORDS}/{server}")
            for name in self._names(f"{RECORDS}/{server}/{collection}")
            if not is_record(self._read(f"{RECORDS}/{server}/{collection}/{name}") or b"")
        ]
        manifests = (
            name
            for name in self.manifests()
            if name != f"{MANIFESTS}/{manifest_name(self._read(name) or b'')}.json"
        )
        return [*wrong, *manifests]

    def manifests(self) -> list[str]:
        """The names of all manifests in the folder."""
        return [f"{MANIFESTS}/{name}" for name in self._names(MANIFESTS)]

    def name_of(self, record: VersionRecord) -> str:
        """Where a record is in the folder."""
        return f"{collection_folder(record.server, record.location)}/{record_leaf(record.version)}"

    @contextmanager
    def changing(self) -> Generator[None]:
        """Hold the lock of the folder, if it is there."""
        if not self.folder.is_dir():
            yield
            return
        with suppress(OSError), self._root.folder("") as folder:
            remove_no_file(folder, _LOCK)  # a link would lead to a file of somebody else
        with lock_file(self.folder / _LOCK):
            yield

    def _below(self, parent: str) -> Iterator[VersionRecord]:
        for name in self._names(parent):
            yield from self._records(f"{parent}/{name}")

    def _records(self, parent: str) -> Iterator[VersionRecord]:
        for name in self._names(parent):
            record = read_record(self._read(f"{parent}/{name}") or b"")
            if record is not None:
                yield record

    def _names(self, parent: str) -> list[str]:
        return names_in(self._root, parent)

    def _read(self, path: str) -> bytes | None:
        parent, _, leaf = path.rpartition("/")
        with (
            _readable(self._root, path),
            self._root.folder(parent) as folder,
            os.fdopen(folder.open(leaf, os.O_RDONLY | _NO_WAIT), "rb") as file,
        ):
            return file.read()
        return None

    def _write(self, parent: str, leaf: str, content: bytes) -> None:
        with self._root.folder(parent, create=True) as folder:
            part = PartFile(folder, leaf)
            try:
                part.write(memoryview(content))
                part.commit()
            finally:
                part.discard()


def names_in(root: Root, parent: str) -> list[str]:
    """The names in a folder of the cache folder; none where there is no folder.

    Raises:
        ArtifactsError: it may not be read.
    """
    with _readable(root, parent), root.folder(parent) as folder:
        return sorted(folder.names())
    return []


@contextmanager
def _readable(root: Root, name: str) -> Generator[None]:
    """Leave out what is not there, or is something else; tell what may not be read."""
    try:
        yield
    except PermissionError as error:
        path = str(root.path / name)
        raise disk_error(error, f"Reading {path!r} of the cache", path) from error
    except (OSError, ArtifactsError):
        pass


@lru_cache(maxsize=2)  # pages of files are read from the same one again and again
def _manifest(
    path: Path, name: str, algorithm: DigestAlgorithm, _changed_at: int
) -> Manifest | None:
    content = path.read_bytes()
    return parse_manifest(content, algorithm) if manifest_name(content) == name else None
