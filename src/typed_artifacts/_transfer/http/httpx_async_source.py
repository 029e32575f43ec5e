"""A byte source over an async httpx transport, used from threads.

Imported only when it is needed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, TypeVar, final

import httpx
from anyio import CancelScope, CapacityLimiter, from_thread, to_thread
from anyio.lowlevel import EventLoopToken, current_token

from ..._requests.given_transports import async_begin_use
from ..._values.guards import override
from .byte_source import ByteReply, ByteRequest, ExchangeError
from .httpx_exchange import HttpxReply, as_httpx, exchange_error, timeouts_of

T = TypeVar("T")
# The number of chunks that a reply may have in memory, which can be read without waiting.
_UNREAD_CHUNKS: Final = 16


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = iter(self._chunks)
        # The chunks come from a file, which must not hold up the loop, or from another server.
        # Then they may wait for the loop to do something in one of the threads that it allows:
        # this one does not count among these.
        limiter = CapacityLimiter(1)
        while (chunk := await to_thread.run_sync(next, chunks, None, limiter=limiter)) is not None:
            yield chunk


@final
class _AsyncReply(HttpxReply):
    def __init__(self, response: httpx.Response, loop: _Loop) -> None:
        super().__init__(response)
        self._loop = loop
        whole = response.is_stream_consumed
        self._chunks = _whole(response.content) if whole else response.aiter_raw()

    @override
    def _next_chunk(self) -> bytes | None:
        return self._loop.run(self._advance)

    @override
    def abort(self) -> None:
        super().abort()
        self._loop.cancel()

    def close(self) -> None:
        """Give the connection back to the transport."""
        if self._loop.is_here():
            # No other thread starts at the end of the interpreter. The loop cannot wait for
            # itself; its transport closes the connection.
            return
        with suppress(ExchangeError):
            self._loop.run(self._end, to_its_end=True)

    async def _end(self) -> None:
        # An asynchronous generator that is dropped in the middle is closed by the loop at some
        # later time, and trio warns of it. A cancelled read ends it, and those that it reads from.
        try:
            with CancelScope() as scope:
                scope.cancel()
                for _ in range(_UNREAD_CHUNKS):
                    if await self._advance() is None:
                        break
        finally:
            await self._response.aclose()

    async def _advance(self) -> bytes | None:
        return await anext(self._chunks, None)


@final
class AsyncTransportSource:
    """A ``ByteSource`` over an ``httpx.AsyncBaseTransport``, for threads beside its event loop.

    Made in a coroutine of that loop; never to be called from the loop's own thread.

    Args:
        transport: sends the requests; it stays the caller's to close.
        connect_timeout: seconds to establish a connection.
        read_timeout: seconds without a byte after which a transfer counts as stalled.

    Raises:
        InvalidInput: it may share the connections of the parent process.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
    ) -> None:
        async_begin_use(transport)
        self._transport = transport
        self._token = current_token()
        self._timeouts = timeouts_of(connect_timeout, read_timeout)

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Have the loop send one request through the transport, and wait for its head.

        Raises:
            ExchangeError: no reply came.
        """
        body = None if request.body is None else _AsyncBody(request.body())
        sent = as_httpx(request, body, self._timeouts)
        loop = _Loop(self._token)
        unwatch = request.cancel.watch(loop.cancel) if request.cancel else None
        try:
            response = loop.run(lambda: self._transport.handle_async_request(sent))
        finally:
            if unwatch is not None:
                unwatch()
        return _AsyncReply(response, loop)

    def close(self) -> None:
        """Nothing: the transport is the caller's."""


@final
class _Loop:
    """Runs one exchange's steps in an event loop, from a thread beside it."""

    def __init__(self, token: EventLoopToken) -> None:
        self._token = token
        self._scope: CancelScope | None = None
        self._is_cancelled = False

    def run(self, step: Callable[[], Awaitable[T]], *, to_its_end: bool = False) -> T:
        """Wait for a step; raises ``ExchangeError`` where it failed or was cancelled.

        Args:
            step: runs in the loop.
            to_its_end: whether it runs though the exchange was cancelled.
        """
        found: list[T] = []
        interrupts: list[BaseException] = []

        async def scoped() -> None:
            # Shielded from the task that waits for this thread: under asyncio, anyio would cancel
            # this with it, or if it was cancelled before, wait for ever for that to happen.
            with CancelScope(shield=True) as scope:
                if not to_its_end:
                    self._scope = scope
                    if self._is_cancelled:
                        scope.cancel()
                try:
                    found.append(await step())
                except (KeyboardInterrupt, SystemExit) as error:
                    # Raised by the reader or the progress callback; it would end the loop.
                    interrupts.append(error)

        try:
            from_thread.run(scoped, token=self._token)
        except (
            httpx.HTTPError,
            httpx.StreamError,
            httpx.InvalidURL,
            OSError,
            UnicodeError,
        ) as error:
            raise exchange_error(error) from error
        except RuntimeError as error:  # what anyio raises where the loop has ended
            raise ExchangeError(f"its event loop is gone ({error})", retryable=False) from error
        if interrupts:
            raise interrupts[0]
        if not found:
            raise ExchangeError("it was cut off here")
        return found[0]

    def cancel(self) -> None:
        """Give up the step that is waited for, from any thread, or else the next one."""
        self._is_cancelled = True  # first: a step that begins now looks at it later
        scope = self._scope
        if scope is None:
            return
        if self.is_here():
            scope.cancel()
            return
        with suppress(RuntimeError):  # the loop has ended
            from_thread.run_sync(scope.cancel, token=self._token)

    def is_here(self) -> bool:
        """Whether the calling thread is the loop's own."""
        try:
            return current_token() == self._token
        except RuntimeError:  # no loop runs in this thread
            return False


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
