"""Files by content: each blob is stored once, under its MD5, whole or not at all."""

import errno
import hashlib
import os
import secrets
import time
from base64 import b64encode
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import xxhash

from .faults import RegistryError, RegistryStorageError

CHUNK = 1 << 20
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
    """The folder of blobs. `durable` says whether a blob must survive a power cut."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._shards: set[str] = set()

    def path(self, md5: str) -> Path:
        return self.folder / md5[:2] / md5

    def has(self, md5: str, size: int) -> bool:
        """Whether the blob is there in full; a truncated one counts as missing, so it is mended."""
        try:
            return self.path(md5).stat().st_size == size
        except OSError:
            return False

    def receive(self) -> "IncomingBlob":
        """A blob to be written piece by piece."""
        return IncomingBlob(self, self._incoming / secrets.token_hex(12))

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

    def place(self, blob: Blob) -> Path:
        """Where a blob belongs; its folder is there."""
        shard = blob.md5[:2]
        if shard not in self._shards:
            (self.folder / shard).mkdir(exist_ok=True)
            self._shards.add(shard)
        return self.path(blob.md5)

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
    """A blob on its way in, hashed while it is written. Nothing is kept unless it is finished."""

    def __init__(self, store: BlobStore, path: Path) -> None:
        self._store = store
        self._path = path
        with _told():
            self._file = path.open("wb")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._xxh128 = xxhash.xxh128()
        self._size = 0
        self._kept = False

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
        with _told():
            self._file.write(data)

    def digests(self) -> Blob:
        return Blob(self._md5.hexdigest(), self._xxh128.hexdigest(), self._size)

    def finish(self) -> Blob:
        blob = self.digests()
        self.keep(blob)
        return blob

    def keep(self, blob: Blob) -> None:
        """On disk before it gets its name: a name never stands for half a file."""
        with _told():
            self._file.flush()
            if self._store.durable:
                os.fsync(self._file.fileno())
            self._file.close()
            self._path.replace(self._store.place(blob))
        self._kept = True

    def close(self) -> None:
        with suppress(OSError):  # a full disk shows once more while what is left is written
            self._file.close()
        if not self._kept:
            self._path.unlink(missing_ok=True)


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
