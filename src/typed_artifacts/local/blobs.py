"""Files by content: each blob is stored once, under its MD5, whole or not at all."""

import hashlib
import os
import secrets
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import xxhash

from .faults import RegistryError

CHUNK = 1 << 20


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
            temporary = self._incoming / secrets.token_hex(12)
            with temporary.open("wb") as file:
                file.write(data)
                self.settle(file)
            self.keep(temporary, blob)
        return blob

    def put_file(self, source: Path) -> Blob:
        """Copies a file in; small ones in one go."""
        if source.stat().st_size <= CHUNK:
            return self.put_bytes(source.read_bytes())
        with source.open("rb") as file, self.receive() as incoming:
            while chunk := file.read(CHUNK):
                incoming.write(chunk)
            return incoming.finish()

    def settle(self, file: BinaryIO) -> None:
        """On disk before it gets its name: a name never stands for half a file."""
        if self.durable:
            file.flush()
            os.fsync(file.fileno())

    def keep(self, temporary: Path, blob: Blob) -> None:
        shard = blob.md5[:2]
        if shard not in self._shards:
            (self.folder / shard).mkdir(exist_ok=True)
            self._shards.add(shard)
        temporary.replace(self.path(blob.md5))

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
        """Removes what interrupted uploads of an earlier process left behind."""
        for path in self._incoming.iterdir():
            path.unlink(missing_ok=True)


class IncomingBlob:
    """A blob on its way in, hashed while it is written. Nothing is kept unless it is finished."""

    def __init__(self, store: BlobStore, path: Path) -> None:
        self._store = store
        self._path = path
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
        self._file.write(chunk)
        self._md5.update(chunk)
        self._xxh128.update(chunk)
        self._size += len(chunk)

    def digests(self) -> Blob:
        return Blob(self._md5.hexdigest(), self._xxh128.hexdigest(), self._size)

    def finish(self) -> Blob:
        blob = self.digests()
        self._store.settle(self._file)
        self._file.close()
        self._store.keep(self._path, blob)
        self._kept = True
        return blob

    def close(self) -> None:
        self._file.close()
        if not self._kept:
            self._path.unlink(missing_ok=True)
