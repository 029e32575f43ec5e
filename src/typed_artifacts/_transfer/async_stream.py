"""A file on the server, read from coroutines: the blocking stream, beside the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from anyio import to_thread

from .._values.guards import override

if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO

_CHUNK = 1 << 20


class AsyncStream:
    """Bytes that are fetched while they are read: ``async with file.open() as stream``.

    Whether they were right is known at their end: the last read raises ``IntegrityError`` if not.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    async def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; all that follow without one; ``b""`` at the end."""
        return await to_thread.run_sync(self._stream.read, size)

    async def close(self) -> None:
        """Give up the rest."""
        await to_thread.run_sync(self._stream.close)

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
        return f"<{type(self).__name__} {self._stream.name}>"
