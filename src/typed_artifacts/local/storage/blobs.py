"""Stores file contents in a folder: each once, under its MD5.

A blob is put in its place, and taken from it, within a transaction that writes (see `store.py`):
so no garbage collection can take away what an upload has just found there.
"""

import errno
import hashlib
import os
import secrets
import struct
import time
from base64 import b64encode
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import xxhash

from ..._values.thread_pools import map_in_threads
from ..errors import FileDamaged, RegistryStorageError
from .direct_access import DirectAccess

CHUNK = 1 << 20
STALE_SECONDS = 3600
_SETTLERS = 8
# A file that was changed within this time of being looked at may change again and look the same.
_CLOCK_STEP = 50_000_000
# 200 bytes each; the files of one commit should fit, or they are read once more.
_MOST_KNOWN = 1_000_000

Signature: TypeAlias = tuple[int, int, int, int]
_SIGNATURE = struct.Struct("<qqqQ?")


@dataclass(frozen=True, slots=True)
class Blob:
    """The content of one file: its digests in hex, its size in bytes."""

    md5: str
    xxh128: str
    size: int


def base64_digest(hex_digest: str) -> str:
    """A digest as manifests and the GraphQL API write it."""
    return b64encode(bytes.fromhex(hex_digest)).decode()


def blob_of(data: bytes) -> Blob:
    """The digests and the size of a content."""
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return Blob(md5, xxhash.xxh128_hexdigest(data), len(data))


class BlobStore(DirectAccess):
    """The folder of blobs. `durable` says whether what is committed must survive a power cut.

    A blob that nobody has settled may be short after one; `intact` tells, and it is asked for
    again.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self._root = str(folder)
        self.incoming: Path = folder / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)
        self._shards: set[str] = set()
        # What was read and found right: how the file looked then. As bytes, for there are many.
        self._known: dict[bytes, bytes] = {}

    def path(self, md5: str) -> Path:
        return Path(self.location(md5))

    def location(self, md5: str) -> str:
        """Where a blob belongs."""
        return f"{self._root}/{md5[:2]}/{md5}"

    def has(self, md5: str, size: int) -> bool:
        """Whether the blob is there and of its size."""
        found = self.signature(md5)
        return found is not None and found[0] == size

    def signature(self, md5: str) -> Signature | None:
        """How the file of a blob looks, without reading it: who writes to it changes that."""
        try:
            found = os.stat(self.location(md5))  # noqa: PTH116 - a string, for speed
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino

    def intact(self, blob: Blob, *, own: bool = False) -> Signature | None:
        """The signature of a blob whose file is right; None if it must be stored again.

        A file is read once, and again when it looks different. `own` is for what this process has
        stored a moment ago, too shortly for a change to show.
        """
        found = self.signature(blob.md5)
        if found is None or found[0] != blob.size:
            return None
        state = self._known.get(bytes.fromhex(blob.md5))
        if state == _packed(found, calm=True) or (own and state == _packed(found, calm=False)):
            return found
        when = time.time_ns()
        if self._hashed(blob.md5) != blob.xxh128:
            return None
        self.remember(blob.md5, found, when)
        return found

    def is_still(self, blob: Blob, found: Signature) -> bool:
        """Whether a blob is there as it was found."""
        return self.signature(blob.md5) == found

    def are_there(self, blobs: Iterable[Blob]) -> bool:
        """Whether all of them are there now, whatever was found before."""
        return all(self.has(blob.md5, blob.size) for blob in blobs)

    def remember(self, md5: str, found: Signature, when: int) -> None:
        """Notes that a file that looks like this was right at this time."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        calm = when - max(found[1], found[2]) > _CLOCK_STEP
        self._known[bytes.fromhex(md5)] = _packed(found, calm=calm)

    def _hashed(self, md5: str) -> str | None:
        hasher = xxhash.xxh128()
        try:
            with open(self.location(md5), "rb", buffering=0) as file:  # noqa: PTH123 - for speed
                while chunk := file.read(CHUNK):
                    hasher.update(chunk)
        except OSError:
            return None  # a blob that the disk cannot read is lost
        return hasher.hexdigest()

    def incoming_path(self) -> str:
        return f"{self._root}/incoming/{secrets.token_hex(12)}"

    def look_up(self, blobs: Iterable[Blob]) -> None:
        """Looks up many blobs at once; on a disk nothing, because one by one is quick enough."""

    def deliver(self, path: str, blob: Blob) -> None:
        """Takes a file that is whole to where the blobs are, unless that is this disk."""

    def place(self, path: str, blob: Blob) -> bool:
        """Gives a file that is whole its name, and says that it no longer has the other."""
        self.make_shard(blob.md5)
        os.replace(path, self.location(blob.md5))  # noqa: PTH105 - a string, for speed
        return True

    def make_shard(self, md5: str) -> None:
        """Makes the folder in which a blob belongs."""
        shard = md5[:2]
        if shard not in self._shards:
            (self.folder / shard).mkdir(exist_ok=True)
            self._shards.add(shard)

    def settle(self, md5s: Iterable[str]) -> None:
        """Returns when these blobs are on the disk.

        Late and together: the first waits for what the system writes of all, the others hardly. A
        thousand small files take a third of the time that each takes alone when it is uploaded.
        A garbage collection may have removed one that was found stored: whoever commits looks at
        that within the transaction, and has nothing to settle of it here.
        """
        paths = list({self.location(md5) for md5 in md5s}) if self.durable else []
        parts = [paths[first::_SETTLERS] for first in range(min(_SETTLERS, len(paths)))]
        if parts:
            with disk_errors():
                map_in_threads(_sync, parts, len(parts))

    def whole(self, blob: Blob) -> bytes:
        """All of a blob, which is small, if it is what it should be."""
        data = b"".join(self.read(blob, 0, blob.size))
        if xxhash.xxh128_hexdigest(data) != blob.xxh128:
            raise damaged(blob.md5)
        return data

    def read(self, blob: Blob, start: int, length: int) -> Iterator[bytes]:
        """The bytes of a blob from `start`, in chunks, as they are: who gets them checks them."""
        try:
            with open(self.location(blob.md5), "rb", buffering=0) as file:  # noqa: PTH123 - for speed
                file.seek(start)
                while length > 0 and (chunk := file.read(min(CHUNK, length))):
                    length -= len(chunk)
                    yield chunk
        except OSError as error:
            raise damaged(blob.md5) from error
        if length > 0:
            raise damaged(blob.md5)

    def content(self, md5: str) -> Iterator[bytes]:
        """All that is stored under a name, whatever it is."""
        with open(self.location(md5), "rb", buffering=0) as file:  # noqa: PTH123 - for speed
            while chunk := file.read(CHUNK):
                yield chunk

    def shards(self) -> list[str]:
        """The parts that the blobs are in, by how their MD5s begin."""
        return sorted(path.name for path in self.folder.glob("[0-9a-f][0-9a-f]"))

    def listed(self, shard: str) -> list[tuple[str, int, float]]:
        """Each file of a part: its name, its size in bytes, when it was written."""
        found: list[tuple[str, int, float]] = []
        with os.scandir(self.folder / shard) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.is_file():
                        status = entry.stat()
                        found.append((entry.name, status.st_size, status.st_mtime))
        return found

    def remove(self, sizes: Mapping[str, int]) -> dict[str, int | None]:
        """Removes files whose sizes are known; the size of each, None where it was not there.

        On Windows, one that is being read may stay; it is removed the next time.
        """
        removed: dict[str, int | None] = {}
        for md5 in sizes:
            path = self.path(md5)
            with suppress(OSError):
                removed[md5] = path.stat().st_size if path.exists() else None
                path.unlink(missing_ok=True)
                continue
            removed.pop(md5, None)
        return removed

    def sweep(self, seconds: float = STALE_SECONDS, *, remove: bool = True) -> tuple[int, int]:
        """Remove leftovers of interrupted uploads: files not written to for so long.

        Returns how many files that are, and their bytes. Younger ones may belong to another
        process that is writing them now.
        """
        files = size = 0
        for path in self.incoming.iterdir():
            try:
                found = path.stat()
                if time.time() - found.st_mtime > seconds:
                    if remove:
                        path.unlink()
                    files, size = files + 1, size + found.st_size
            except FileNotFoundError:
                continue  # it was moved into place meanwhile
        return files, size


def _packed(found: Signature, *, calm: bool) -> bytes:
    """A signature, and whether it was taken so late that a change after it would show."""
    return _SIGNATURE.pack(*found, calm)


def damaged(md5: str) -> FileDamaged:
    """The error for a blob that is not there, or not right."""
    return FileDamaged(f"The stored file {md5} is missing or damaged; log it again.")


def _sync(paths: Iterable[str]) -> None:
    for path in paths:
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def disk_errors() -> Generator[None]:
    """Says what the disk has against a file, in the registry's own words."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        reason = "the disk is full" if full else str(error.strerror)
        raise RegistryStorageError(
            f"The registry cannot store a file: {reason}. Nothing of it was kept.", full=full
        ) from error
