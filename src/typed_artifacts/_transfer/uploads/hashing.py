"""Builds a manifest from local files: a folder, or a mapping of names.

Links are followed. A link to nowhere, a loop, and anything that is no regular file (a pipe, a
socket, a device) is refused. A file that changes while it is hashed is an error: its digest would
be of no file that ever was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..._environment.paths import user_path
from ..._values.file_names import why_overlapping, why_unsafe
from ...errors import InvalidInput
from ..concurrency.cancellation import Cancellation
from ..concurrency.workers import run_workers
from ..disk.disk_errors import disk_error, is_folder
from ..disk.folder_files import folder_names
from ..disk.selection import Selection, selected_names
from ..manifests.digests import DigestAlgorithm, digest_stream, raw_digest
from ..manifests.manifest import Manifest
from .file_table import FileTable, TableContents
from .local_files import (
    Content,
    Stamp,
    changed,
    missing_file,
    open_regular,
    stamp_of,
    unread_file,
)

if TYPE_CHECKING:
    from .checksum_cache import ChecksumCache

HASHERS: Final = 4
"""Threads that hash; hashing releases the interpreter's lock, and disks like a queue."""

WORTH_BYTES: Final = 64 << 10
"""Of which size on checksums are kept: smaller files are read as fast as they are looked up."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A manifest, and where the bytes of its entries are.

    Attributes:
        manifest: the manifest; ``manifest.digest`` is what ``createArtifact`` asks for.
        contents: for each of its paths, the bytes or the file.
    """

    manifest: Manifest
    contents: Mapping[str, Content] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Found:
    names: Iterable[str]
    locate: Callable[[str], Path | bytes]
    count: int | None
    """How many there are; ``None`` for a folder, which is walked while its files are hashed."""


def build_manifest(
    files: str | os.PathLike[str] | Mapping[str, str | os.PathLike[str] | bytes],
    *,
    algorithm: DigestAlgorithm = DigestAlgorithm.MD5,
    select: Selection | None = None,
    cancel: Cancellation | None = None,
    cache: ChecksumCache | None = None,
) -> Draft:
    """Hash a folder, or a mapping, into a manifest.

    Args:
        files: a folder, or names with a file's path or its bytes each.
        algorithm: MD5 unless the server takes XXH128.
        select: which files are meant; what a folder's ``.artifactsignore`` excludes never is.
        cancel: stops the work when it is set.
        cache: checksums of files that were hashed before; closed at the end.

    Returns:
        The manifest with the places of its contents.

    Raises:
        InvalidInput: a name that is not safe, or something that is no file.
        ConflictError: a file changed, or went away, while it was read.
        ArtifactsError: a file cannot be read.
    """
    found = _of_mapping(files, select) if isinstance(files, Mapping) else _of_folder(files, select)
    table = FileTable(algorithm)
    hasher = _FileHasher(algorithm, cache, walked=found.count is None)

    def rows() -> Iterator[tuple[int, str]]:
        for name in found.names:
            if why := why_unsafe(name):
                raise InvalidInput(f"The name {name!r} {why}; rename the file.", subject=name)
            yield table.add(name), name

    def hash_one(item: tuple[int, str]) -> None:
        row, name = item
        content = found.locate(name)
        if isinstance(content, bytes):
            table.fill(row, raw_digest(content, algorithm), (0, 0, len(content), 0))
        else:
            table.fill(row, *hasher.hash(content))

    count = HASHERS if found.count is None else min(HASHERS, found.count)
    with cache or nullcontext():
        run_workers(rows(), hash_one, count=count, cancel=cancel or Cancellation())
    if select is not None and not table:
        raise InvalidInput(
            "No file is selected: include and exclude leave none of what was given; nothing is "
            "logged."
        )
    manifest = Manifest(table, algorithm)
    _ = manifest.digest  # computed here and not when it is sent: with many files it takes long
    return Draft(manifest, TableContents(table, found.locate))


def _of_mapping(
    files: Mapping[str, str | os.PathLike[str] | bytes], select: Selection | None
) -> _Found:
    names = sorted(selected_names(files, select))
    for name in names:
        if why := why_unsafe(name):
            raise InvalidInput(f"The name {name!r} {why}; rename the file.", subject=name)
    if why := why_overlapping(names):
        raise InvalidInput(f"These names exclude each other: {why}.")

    def locate(name: str) -> Path | bytes:
        content = files[name]
        return content if isinstance(content, bytes) else user_path(content, f"File {name!r}")

    return _Found(names, locate, len(names))


def _of_folder(files: str | os.PathLike[str], select: Selection | None) -> _Found:
    root = user_path(files, "What is logged")
    if not is_folder(root):
        raise InvalidInput(f"{str(root)!r} is not a folder.", subject=str(root))
    return _Found(folder_names(root, select), lambda name: root / name, None)


@dataclass(frozen=True, slots=True)
class _FileHasher:
    algorithm: DigestAlgorithm
    cache: ChecksumCache | None
    walked: bool
    """Whether the files were found a moment ago, so that one that is not there went away."""

    def hash(self, path: Path) -> tuple[bytes, Stamp]:
        """The raw digest of a file, and its stamp."""
        try:
            with os.fdopen(open_regular(path), "rb", buffering=0) as stream:
                return self._hash_open(path, stream)
        except InvalidInput as error:
            if os.path.lexists(path):
                raise
            raise (missing_file(path) if self.walked else unread_file(path)) from error
        except OSError as error:
            raise disk_error(error, f"Reading {str(path)!r}", str(path)) from error

    def _hash_open(self, path: Path, stream: FileIO) -> tuple[bytes, Stamp]:
        began = time.time_ns()
        status = os.fstat(stream.fileno())
        before = stamp_of(status)
        cache = self.cache if before[2] >= WORTH_BYTES else None
        if cache is not None and (known := cache.find(path, status, self.algorithm)) is not None:
            return known, before
        digest, size = digest_stream(stream, self.algorithm, before[2])
        if stamp_of(os.fstat(stream.fileno())) != before or size != before[2]:
            raise changed(path)
        if cache is not None:
            cache.note(path, status, self.algorithm, digest, began)
        return digest, before
