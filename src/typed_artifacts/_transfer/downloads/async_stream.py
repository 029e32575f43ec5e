"""An async file object: the sync one, run in a thread."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Self, TypeVar

from ..._values.guards import override
from ...errors import InvalidInput
from ..concurrency.async_bridge import NoThreadError, in_thread
from ..concurrency.cancellation import Cancelled
from ..disk.cached_file import CachedFile
from .remote_file import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ..concurrency.cancellation import Cancellation

T = TypeVar("T")
_CHUNK = 1 << 20
# What stops reading when the task that waits is cancelled.
_STOPPED = (RemoteFile, CachedFile)


class AsyncStream:
    """A binary file whose bytes are fetched when they are read: ``async with file.open() as f``.

    Whether they were right is known when all have come, from the first to the last: the last byte
    of a wrong file is an ``IntegrityError``. A read that was cancelled closes the file.
    """

    def __init__(self, stream: io.BufferedReader) -> None:
        if not hasattr(stream, "raw"):
            raise InvalidInput(f"stream is {stream!r:.100}; it must be an io.BufferedReader.")
        self._stream = stream

    @property
    def name(self) -> str:
        """The file's name. No request."""
        return self._stream.name

    async def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; all that follow without one; ``b""`` at the end."""
        return await self._beside(lambda: self._stream.read(size))

    async def readline(self) -> bytes:
        """The bytes up to the next line's end, and that; ``b""`` at the end."""
        return await self._beside(self._stream.readline)

    async def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another position, and return it. No request until something is read there.

        Args:
            offset: bytes from there.
            whence: ``io.SEEK_SET`` from the start, ``SEEK_CUR`` from here, ``SEEK_END`` from the
                end.
        """
        return await self._beside(lambda: self._stream.seek(offset, whence))

    async def tell(self) -> int:
        """The position in bytes. No request."""
        return self._stream.tell()

    async def close(self) -> None:
        """Give up the rest."""
        try:
            await self._beside(self._stream.close)
        except NoThreadError:
            self._stream.close()  # the loop waits for it: nothing else is to be done any more

    async def _beside(self, call: Callable[[], T]) -> T:
        def work(cancel: Cancellation) -> T:
            raw = self._stream.raw
            unwatch = cancel.watch(raw.cancellation.set) if isinstance(raw, _STOPPED) else None
            try:
                return call()
            except Cancelled:
                self._stream.close()
                raise
            finally:
                if unwatch is not None:
                    unwatch()

        return await in_thread(work)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self.read(_CHUNK)
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"
