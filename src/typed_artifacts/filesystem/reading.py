"""Reads files for the file system: all bytes, ranges, or to disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

from .. import AsyncFile
from .paths import VersionPath, read_path
from .ranges import by_path, positions
from .refusals import file_not_found_errors, missing
from .versions import Versions

MOST_AT_ONCE: Final = 16
"""Files that are read at the same time, each by a thread of its own."""

Range = tuple[int | None, int | None]


class Writable(Protocol):
    """A file that is open for writing."""

    def write(self, data: bytes, /) -> object:
        """Write bytes."""
        ...


async def read_ranges(
    versions: Versions, path: VersionPath, ranges: Sequence[Range]
) -> list[bytes]:
    """Ranges of one file, each where it was in the sequence.

    All bytes of a file are verified; a part of a file cannot be. The ranges are
    read in the file's order from one stream, so that what lies close together comes at once.

    Raises:
        PathNotFound: there is no such file.
        IntegrityError: all bytes of the file came, and they were wrong.
    """
    version = await versions.find(path.version)
    file, entry = await version.file(path), version.entries[path.inside]
    if entry.size is None:  # a reference of unknown size: its ranges have no positions
        with file_not_found_errors(path.joined(path.inside)):
            content = await file.read_bytes()
        bounds = [positions(*span, len(content), path=file.name) for span in ranges]
        return [content[start:end] for start, end in bounds]
    size = file.size
    wanted = [positions(start, end, size, path=file.name) for start, end in ranges]
    with file_not_found_errors(path.joined(path.inside)):
        if all(span == (0, size) for span in wanted):
            content = await file.read_bytes()
            return [content] * len(wanted)
        found = [b""] * len(wanted)
        async with file.open() as stream:
            for index in sorted(range(len(wanted)), key=wanted.__getitem__):
                start, end = wanted[index]
                if start < end:
                    await stream.seek(start)
                    found[index] = await stream.read(end - start)
        return found


async def download_to(file: AsyncFile, target: Path) -> None:
    """A verified copy of a file; the target has its old content until the new one is there."""
    with TemporaryDirectory(dir=target.parent, prefix=".wandb-artifact-") as folder:
        (await file.download(folder)).replace(target)


async def write_to(file: AsyncFile, target: Writable) -> None:
    """Write a file into one that is open; its last bytes come when all were right."""
    async with file.open() as stream:
        async for chunk in stream:
            target.write(chunk)


def file_path(path: str) -> VersionPath:
    """The path of a file, or of a folder in a version.

    Raises:
        PathNotFound: it ends before the collection.
    """
    if (found := read_path(path)) is None:
        raise missing(path)
    return found


async def read_many(
    versions: Versions, paths: Sequence[str], ranges: Sequence[Range], at_once: int
) -> list[bytes | Exception]:
    """One range for each path; where a file cannot be read, its error is in place of its ranges."""
    await versions.fetch_files([path for path in map(read_path, paths) if path is not None])
    turn = asyncio.Semaphore(at_once)
    found: dict[int, bytes | Exception] = {}

    async def read(path: str, indexes: list[int]) -> None:
        async with turn:
            try:
                wanted = [ranges[index] for index in indexes]
                content = await read_ranges(versions, file_path(path), wanted)
                found.update(zip(indexes, content, strict=True))
            except Exception as error:  # noqa: BLE001 -- fsspec gives errors among the results
                found.update(dict.fromkeys(indexes, error))

    await asyncio.gather(*(read(*item) for item in by_path(paths).items()))
    return [found[index] for index in range(len(paths))]
