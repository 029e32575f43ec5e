"""Files by content: each blob is stored once, under its MD5, whole or not at all."""

import errno
import hashlib
import os
import secrets
import time
from base64 import b64encode
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import xxhash

from .faults import RegistryError, RegistryStorageError

CHUNK = 1 << 20
_HELD = 64 << 10
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_SETTLERS = 8
_STALE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Blob:
    """The content of one file: its digests in hex, its size in bytes."""

    md5: str
    xxh128: str
    size: int


def base64_digest(hex_digest: str) -> str:
    """A digest as manifests and the GraphQL API write it."""
    return b64encode(bytes.fromhex(hex_digest)).decode()


class BlobStore:
    """The folder of blobs. `durable` says whether what is committed must survive a power cut.

    A blob that nobody has settled may be short after one; `has` tells, and it is asked for again.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self._root = str(folder)
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._shards: set[str] = set()

    def path(self, md5: str) -> Path:
        return Path(self._place(md5))

    def has(self, md5: str, size: int) -> bool:
        """Whether the blob is there in full; a truncated one counts as missing, so it is mended."""
        try:
            return os.stat(self._place(md5)).st_size == size  # noqa: PTH116 - a string, for speed
        except OSError:
            return False

    def receive(self) -> "IncomingBlob":
        """A blob to be written piece by piece."""
        return IncomingBlob(self, f"{self._root}/incoming/{secrets.token_hex(12)}")

    def put_bytes(self, data: bytes) -> Blob:
        blob = Blob(
            hashlib.md5(data, usedforsecurity=False).hexdigest(),
            xxhash.xxh128_hexdigest(data),
            len(data),
        )
        if not self.has(blob.md5, blob.size):
            with self.receive() as incoming:
                incoming.write_hashed(data)
                incoming.keep(blob)
        return blob

    def put_file(self, source: Path) -> Blob:
        """Copies a file in; small ones in one go."""
        if source.stat().st_size <= CHUNK:
            return self.put_bytes(source.read_bytes())
        with source.open("rb") as file, self.receive() as incoming:
            while chunk := file.read(CHUNK):
                incoming.write(chunk)
            return incoming.finish()

    def place(self, blob: Blob) -> str:
        """Where a blob belongs; its folder is there."""
        shard = blob.md5[:2]
        if shard not in self._shards:
            (self.folder / shard).mkdir(exist_ok=True)
            self._shards.add(shard)
        return self._place(blob.md5)

    def _place(self, md5: str) -> str:
        return f"{self._root}/{md5[:2]}/{md5}"

    def settle(self, md5s: Iterable[str]) -> None:
        """Returns when these blobs are on the disk.

        Late and together: the first waits for what the system writes of all, the others hardly. A
        thousand small files take a third of the time that each takes alone when it is uploaded.
        """
        wanted = list({self._place(md5) for md5 in md5s}) if self.durable else []
        parts = [wanted[first::_SETTLERS] for first in range(min(_SETTLERS, len(wanted)))]
        if parts:
            with _told(), ThreadPoolExecutor(len(parts)) as pool:
                for _ in pool.map(_sync, parts):
                    pass

    def read(self, md5: str, start: int, length: int) -> Iterator[bytes]:
        """The bytes of a blob from `start`, in chunks."""
        with self.path(md5).open("rb") as file:
            file.seek(start)
            while length > 0 and (chunk := file.read(min(CHUNK, length))):
                length -= len(chunk)
                yield chunk
        if length > 0:
            raise RegistryError(f"The stored file {md5} ends {length} bytes early: it is damaged.")

    def sweep(self) -> None:
        """Removes what interrupted uploads left behind, a day ago or earlier.

        Younger ones may belong to another process that is writing them now.
        """
        for path in self._incoming.iterdir():
            if time.time() - path.stat().st_mtime > _STALE_SECONDS:
                path.unlink(missing_ok=True)


class IncomingBlob:
    """A blob on its way in, hashed while it is written. Nothing is kept unless it is finished.

    A small one is held in memory until it is whole, and costs a file only then.
    """

    def __init__(self, store: BlobStore, path: str) -> None:
        self._store = store
        self._path = path
        self._handle: int | None = None
        self._lies_there = False
        self._held = bytearray()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._xxh128 = xxhash.xxh128()
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, chunk: bytes) -> None:
        self.write_hashed(chunk)
        self._md5.update(chunk)
        self._xxh128.update(chunk)
        self._size += len(chunk)

    def write_hashed(self, data: bytes) -> None:
        """Bytes whose digests the caller knows."""
        self._held += data
        if len(self._held) > _HELD:
            with _told():
                self._write_held()

    def digests(self) -> Blob:
        return Blob(self._md5.hexdigest(), self._xxh128.hexdigest(), self._size)

    def finish(self) -> Blob:
        blob = self.digests()
        self.keep(blob)
        return blob

    def keep(self, blob: Blob) -> None:
        """Written whole before it gets its name, which no killed process leaves on half a file.

        One that is there already stays: it may be on the disk for good, as this one is not yet.
        """
        if self._store.has(blob.md5, blob.size):
            return
        with _told():
            self._write_held()
            self._close()
            os.replace(self._path, self._store.place(blob))  # noqa: PTH105 - the same
        self._lies_there = False

    def close(self) -> None:
        with suppress(OSError):
            self._close()
        if self._lies_there:
            with suppress(FileNotFoundError):
                os.unlink(self._path)  # noqa: PTH108 - a string, for speed

    def _write_held(self) -> None:
        if self._handle is None:
            self._handle = os.open(self._path, _CREATE, 0o666)
            self._lies_there = True
        with memoryview(self._held) as held:
            done = 0
            while done < len(held):
                done += os.write(self._handle, held[done:])
        self._held.clear()

    def _close(self) -> None:
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)


def _sync(paths: Iterable[str]) -> None:
    for path in paths:
        handle = os.open(path, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _told() -> Generator[None]:
    """Says what the disk has against a file, in the registry's own words."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        reason = "the disk is full" if full else str(error.strerror)
        raise RegistryStorageError(
            f"The registry can not store a file: {reason}. Nothing of it was kept.", full=full
        ) from error
