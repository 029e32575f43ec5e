"""Making a manifest from what is on this machine: a folder, or a mapping of names.

Links are followed, to files and to folders, since the content is what is logged (and model hubs
keep their caches as links); a link to nowhere, a loop of folders, and anything that is no regular
file (a pipe, a socket, a device) is refused. Temporary files of unfinished downloads are left out.
A file that changes while it is hashed is an error: its digest would be of no file that ever was.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from typed_artifacts._environment.paths import user_path
from typed_artifacts.errors import ConflictError, InvalidInput

from .._values.file_names import is_part_name, why_overlapping, why_unsafe
from .cancellation import Cancellation
from .digests import DigestAlgorithm, digest_bytes, digest_stream
from .folders import disk_error
from .manifest import Manifest, ManifestEntry, manifest_of
from .selection import Selection, ignored_in, selected
from .streamed import StreamedFile
from .workers import run_workers

_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    # Opening a pipe would wait for its other end.
    | getattr(os, "O_NONBLOCK", 0)
)
HASHERS: Final = 4
"""Threads that hash; hashing releases the interpreter's lock, and disks like a queue."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file as it was when it was hashed.

    Attributes:
        path: where it is.
        stamp: what would differ if it were written to or replaced: device, inode, size, time.
    """

    path: Path
    stamp: tuple[int, int, int, int]


Content: TypeAlias = LocalFile | StreamedFile | bytes
"""Where an entry's bytes come from."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A manifest, and where the bytes of its entries are.

    Attributes:
        manifest: the manifest; ``manifest.digest`` is what ``createArtifact`` asks for.
        contents: for each of its paths, the bytes or the file.
    """

    manifest: Manifest
    contents: Mapping[str, Content] = field(repr=False)


def build_manifest(
    files: str | os.PathLike[str] | Mapping[str, str | os.PathLike[str] | bytes],
    *,
    algorithm: DigestAlgorithm = DigestAlgorithm.MD5,
    max_workers: int = HASHERS,
    select: Selection | None = None,
    cancel: Cancellation | None = None,
) -> Draft:
    """Hash a folder, or a mapping, into a manifest.

    Args:
        files: a folder, or names with a file's path or its bytes each.
        algorithm: MD5 unless the server takes XXH128.
        max_workers: threads that hash.
        select: which files are meant; what a folder's ``.artifactsignore`` excludes never is.
        cancel: stops the work when it is set.

    Returns:
        The manifest with the places of its contents.

    Raises:
        InvalidInput: a name that is not safe, or something that is no file.
        ConflictError: a file changed while it was read.
        ArtifactsError: a file cannot be read.
    """
    named = dict(selected(_named(files, select), select))
    if select is not None and not named:
        raise InvalidInput(
            "No file is selected: include and exclude leave none of what was given; nothing is "
            "logged."
        )
    for name in named:
        if why := why_unsafe(name):
            raise InvalidInput(f"The name {name!r} {why}; rename the file.", subject=name)
    if why := why_overlapping(named):
        raise InvalidInput(f"These names exclude each other: {why}.")
    entries: dict[str, ManifestEntry] = {}
    contents: dict[str, Content] = {}

    def hash_one(name: str) -> None:
        entries[name], contents[name] = _hash(name, named[name], algorithm)

    run_workers(
        named, hash_one, count=min(max_workers, len(named)), cancel=cancel or Cancellation()
    )
    return Draft(manifest_of((entries[name] for name in sorted(entries)), algorithm), contents)


def _named(
    files: str | os.PathLike[str] | Mapping[str, str | os.PathLike[str] | bytes],
    select: Selection | None,
) -> Iterable[tuple[str, Path | bytes]]:
    if isinstance(files, Mapping):
        for name, content in files.items():
            named = content if isinstance(content, bytes) else user_path(content, f"File {name!r}")
            yield name, named
        return
    root = user_path(files, "What is logged")
    if not root.is_dir():
        raise InvalidInput(f"{str(root)!r} is not a folder.", subject=str(root))
    try:
        ignored = ignored_in(root)
        rules = [each for each in (select, ignored) if each is not None]
        yield from selected(_walk(root, "", (), rules), ignored)
    except OSError as error:
        raise disk_error(error, f"Listing {str(root)!r}", str(root)) from error


def _walk(
    folder: Path,
    prefix: str,
    above: tuple[tuple[int, int], ...],
    rules: Sequence[Selection] = (),
) -> Iterator[tuple[str, Path]]:
    status = folder.stat()
    here = (status.st_dev, status.st_ino)
    if here in above:
        raise InvalidInput(f"{str(folder)!r} is a link to a folder above it.", subject=str(folder))
    with os.scandir(folder) as found:
        children = sorted(found, key=lambda child: child.name)
    for child in children:
        name = f"{prefix}{child.name}"
        if child.is_dir():
            if not any(rule.skips(name) for rule in rules):
                yield from _walk(Path(child.path), f"{name}/", (*above, here), rules)
        elif not is_part_name(child.name):
            yield name, Path(child.path)


def _hash(
    name: str, content: Path | bytes, algorithm: DigestAlgorithm
) -> tuple[ManifestEntry, Content]:
    source: Content
    if isinstance(content, bytes):
        digest, size, source = digest_bytes(content, algorithm), len(content), content
    else:
        digest, source = _hash_file(content, algorithm)
        size = source.stamp[2]
    if algorithm is DigestAlgorithm.MD5:  # entries without a name of an algorithm are MD5
        return ManifestEntry(name, digest, size), source
    return ManifestEntry(name, digest, size, extra={"alg": algorithm.value}), source


def _hash_file(path: Path, algorithm: DigestAlgorithm) -> tuple[str, LocalFile]:
    try:
        with os.fdopen(open_regular(path), "rb", buffering=0) as stream:
            before = stamp_of(os.fstat(stream.fileno()))
            digest, size = digest_stream(stream, algorithm, before[2])
            after = stamp_of(os.fstat(stream.fileno()))
    except OSError as error:
        raise disk_error(error, f"Reading {str(path)!r}", str(path)) from error
    if before != after or size != before[2]:
        raise changed(path)
    return digest, LocalFile(path, before)


def open_regular(path: Path) -> int:
    """Open a file for reading; links are followed, pipes and devices refused.

    Raises:
        InvalidInput: there is no file, or no regular one.
        OSError: it cannot be opened.
    """
    try:
        handle = os.open(path, _READ)
    except FileNotFoundError as error:
        raise InvalidInput(
            f"{str(path)!r} does not exist, or is a link to nowhere.", subject=str(path)
        ) from error
    except ValueError as error:  # a NUL in the path
        raise InvalidInput(f"{str(path)!r} is no path.", subject=str(path)) from error
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise InvalidInput(f"{str(path)!r} is no regular file.", subject=str(path))


def stamp_of(status: os.stat_result) -> tuple[int, int, int, int]:
    """What tells a file from its later or other selves."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def changed(path: Path) -> ConflictError:
    """The error for a file that is written to while it is being logged."""
    return ConflictError(
        f"{str(path)!r} changed while it was being read. Log it again when nobody writes to it.",
        subject=str(path),
    )
