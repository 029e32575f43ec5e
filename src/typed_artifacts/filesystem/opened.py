"""A sync file object over a stream in fsspec's event loop."""

from __future__ import annotations

import io
import os
from threading import Lock, get_ident
from typing import Final, final

from fsspec.asyn import AsyncFileSystem, sync
from fsspec.caching import BaseCache

from .. import AsyncStream
from .._values.guards import override
from ..errors import InvalidInput
from .closing import close_later
from .refusals import file_not_found_errors

_BUFFER: Final = 256 << 10  # each read below the buffer switches to the loop's thread and back


@final
class OpenedFile(io.BufferedIOBase):
    """A file of a version: seekable, fetched by ranges as it is read, verified at its end.

    Threads may share it if each of them seeks before it reads, as those of DuckDB do.

    Attributes:
        fs: its file system, whose connections are closed when nothing refers to it any more.
        path: its path in the file system.
        size: its bytes; ``None`` where the manifest does not tell.
        blocksize: the bytes of a block in a cache of blocks.
        cache: what reads it in place of its stream, set by fsspec's ``blockcache::``.
    """

    blocksize: Final = _BUFFER

    def __init__(
        self, fs: AsyncFileSystem, stream: AsyncStream, path: str, size: int | None
    ) -> None:
        super().__init__()
        self.fs = fs
        self.name = self.path = path
        self.mode = "rb"
        self.size = size
        self.cache: BaseCache | None = None
        self._loop = fs.loop
        self._stream = stream
        self._stream_position = 0
        self._position = 0
        # The position of each thread that has called seek() and not yet read: another thread may
        # seek in between.
        self._sought: dict[int, int] = {}
        self._buffer = b""
        self._buffer_start = 0
        self._lock = Lock()
        self._process = os.getpid()

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return self.size is not None

    @override
    def tell(self) -> int:
        self._refuse_closed()
        return self._sought.get(get_ident(), self._position)

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._refuse_closed()
        if self.size is None:
            raise io.UnsupportedOperation(f"The size of {self.path!r} is not known.")
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self.size}
        if whence not in origins or (position := origins[whence] + offset) < 0:
            # An OSError as of any file, which zipfile expects of a short one, and a ValueError.
            raise io.UnsupportedOperation(
                f"{self.path!r} has no position {offset} with whence {whence}."
            )
        self._sought[get_ident()] = self._position = position
        return position

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        self._refuse_closed()
        with self._lock:
            position = self._sought.pop(get_ident(), self._position)
            data = self._read_at(position, -1 if size is None else size)
            self._position = position + len(data)
            return data

    @override
    def read1(self, size: int = -1, /) -> bytes:
        return self.read(size if size >= 0 else _BUFFER)

    def peek(self, size: int = 0, /) -> bytes:
        """Bytes that the next read gives, without going on; as ``io.BufferedReader``."""
        self._refuse_closed()
        with self._lock:
            position = self._sought.get(get_ident(), self._position)
            # What is read whole is not kept: less than that is asked for.
            return self._buffered(position, _BUFFER) or self._read_at(
                position, max(1, min(size, _BUFFER - 1))
            )

    @property  # type: ignore[explicit-override]  # mypy does not see it beside a setter
    @override
    def closed(self) -> bool:
        return super().closed

    @closed.setter
    def closed(self, closed: bool) -> None:
        """What fsspec's cache of blocks says once more when it has closed it."""

    @override
    def close(self) -> None:
        if not self.closed:
            super().close()
            self._buffer = b""
            if self._process == os.getpid():
                close_later(self._loop, self._stream.close)

    @override
    def __reduce__(self) -> tuple[object, ...]:
        return _opened_again, (self.fs, self.path, self.tell())

    def _refuse_closed(self) -> None:
        if self.closed:
            raise ValueError(f"{self.path!r} is closed.")
        if self._process != os.getpid():  # the thread of fsspec's loop is not here
            raise InvalidInput(
                f"{self.path!r} was opened in another process, and a file system of fsspec's does "
                "not go on after a fork. Open it in this process, by another file system.",
                subject=self.path,
            )

    def _buffered(self, position: int, size: int) -> bytes:
        start = position - self._buffer_start
        return self._buffer[start : start + size] if start >= 0 else b""

    def _read_at(self, position: int, size: int) -> bytes:
        if self.size is not None and position >= self.size:
            return b""
        if self.cache is not None and self.size is not None:
            end = self.size if size < 0 else min(position + size, self.size)
            return self.cache._fetch(position, end)  # noqa: SLF001 -- fsspec's, for its files
        known = self._buffered(position, size) if size >= 0 else b""
        missing, position = size - len(known), position + len(known)
        if size >= 0 and missing == 0:
            return known
        if size < 0 or missing >= _BUFFER:
            return known + sync(self._loop, self._fetch, position, max(missing, -1))
        self._buffer = sync(self._loop, self._fetch, position, _BUFFER)
        self._buffer_start = position
        return known + self._buffer[:missing]

    def _fetch_range(self, start: int, end: int) -> bytes:
        """Fetch a block for a cache."""
        return sync(self._loop, self._fetch, start, end - start)

    async def _fetch(self, position: int, size: int) -> bytes:
        with file_not_found_errors(self.path):
            if self._stream_position != position:
                self._stream_position = await self._stream.seek(position)
            data = await self._stream.read(size)
            self._stream_position += len(data)
            return data


def _opened_again(fs: AsyncFileSystem, path: str, position: int) -> object:
    """A file that was pickled, where it stood."""
    file = fs.open(path)
    if position:
        file.seek(position)
    return file
