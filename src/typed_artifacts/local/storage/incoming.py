"""Receives a blob: hashed while written, moved into place when complete."""

import hashlib
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import xxhash

from .blobs import CHUNK, Blob, BlobStore, Signature, blob_of, disk_errors

_BUFFER_BYTES = 64 << 10
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class IncomingBlob:
    """Written in chunks, completed by `seal`, and moved into place by `keep`.

    A small blob is held in memory until it is complete. If the store already has the blob, and it
    is intact, nothing is written.
    """

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._path = store.incoming_path()
        self._handle: int | None = None
        self._exists = False
        self._buffer = bytearray()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._xxh128 = xxhash.xxh128()
        self._size = 0
        self._there: Signature | None = None
        self._sealed_at: int | None = None

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
        self._count(chunk)
        self._take(chunk)

    def _count(self, chunk: bytes) -> None:
        self._md5.update(chunk)
        self._xxh128.update(chunk)
        self._size += len(chunk)

    def _take(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _BUFFER_BYTES:
            with disk_errors():
                self._write_buffer()

    def digests(self) -> Blob:
        return Blob(self._md5.hexdigest(), self._xxh128.hexdigest(), self._size)

    def seal(self, blob: Blob) -> None:
        """Complete the blob: write all of it, unless the store has it. May take long."""
        self._there = self._store.intact(blob, own=True)
        if self._there is None:
            self._write_whole()
            self._store.deliver(self._path, blob)

    def seal_bytes(self, blob: Blob, data: bytes) -> None:
        """Complete the blob at once, from bytes whose digests the caller knows."""
        self._buffer = bytearray(data)
        self.seal(blob)

    def _write_whole(self) -> int:
        """Write all of it; when that was, in nanoseconds."""
        with disk_errors():
            self._write_buffer()
            self._close()
        self._sealed_at = time.time_ns()
        return self._sealed_at

    def keep(self, blob: Blob) -> None:
        """Move the blob into place, inside a writing transaction.

        It gets its final name only when it is complete, so a killed process leaves no partial file.
        """
        store = self._store
        if self._there is not None and store.is_still(blob, self._there):
            return
        sealed_at = self._sealed_at
        if sealed_at is None:
            sealed_at = self._write_whole()  # the stored blob was removed in the meantime
        with disk_errors():
            self._exists = not store.place(self._path, blob)
        found = store.signature(blob.md5)
        if found is not None:
            store.remember(blob.md5, found, sealed_at)

    def move(self, path: Path) -> None:
        """Move the complete content elsewhere in the registry, not among the blobs."""
        self._write_whole()
        with disk_errors():
            os.replace(self._path, path)  # noqa: PTH105 - a string, for speed
        self._exists = False

    @contextmanager
    def as_file(self) -> Generator[str]:
        """The path of a complete file, valid inside the block."""
        self._write_whole()
        yield self._path

    def exists(self) -> bool:
        """Whether the written file still exists: it may have been removed as abandoned."""
        return self._handle is None or os.path.exists(self._path)  # noqa: PTH110 - a string

    def close(self) -> None:
        with suppress(OSError):
            self._close()
        if self._exists:
            with suppress(FileNotFoundError):
                os.unlink(self._path)  # noqa: PTH108 - a string, for speed
            self._exists = False

    def _write_buffer(self) -> None:
        if self._handle is None:
            self._handle = os.open(self._path, _CREATE, 0o666)
            self._exists = True
        with memoryview(self._buffer) as view:
            done = 0
            while done < len(view):
                done += os.write(self._handle, view[done:])
        self._buffer.clear()

    def _close(self) -> None:
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)


def put_bytes(store: BlobStore, data: bytes) -> Blob:
    """Stores a content."""
    blob = blob_of(data)
    with IncomingBlob(store) as incoming:
        incoming.seal_bytes(blob, data)
        incoming.keep(blob)
    return blob


def put_file(store: BlobStore, source: Path) -> Blob:
    """Copies a file in; small ones in one go."""
    if source.stat().st_size <= CHUNK:
        return put_bytes(store, source.read_bytes())
    with source.open("rb") as file, IncomingBlob(store) as incoming:
        while chunk := file.read(CHUNK):
            incoming.write(chunk)
        blob = incoming.digests()
        incoming.seal(blob)
        incoming.keep(blob)
    return blob
