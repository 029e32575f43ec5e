"""The byte path through an httpx transport: the user's own, or the embedded server's.

The one module of the transfers that imports httpx, and imported itself only when it is needed.
The transport is used bare: no client on top adds redirects, cookies, credentials or decoding.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar, final

import httpx
from anyio import CancelScope, CapacityLimiter, from_thread, to_thread
from anyio.lowlevel import EventLoopToken, current_token

from typed_artifacts._requests.given_transports import async_begin_use, begin_use
from typed_artifacts._values.guards import override

from .byte_source import (
    ByteReply,
    ByteRequest,
    ExchangeError,
    announced_length,
    check_http,
    connection_refusal,
)

T = TypeVar("T")
# What a reply that is closed early may still have in memory: a read of these waits for nothing.
_UNREAD_CHUNKS = 16


class _Body(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes | memoryview]) -> None:
        self._chunks = chunks

    @override
    def __iter__(self) -> Iterator[bytes]:
        return (bytes(chunk) for chunk in self._chunks)


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, chunks: Iterable[bytes | memoryview]) -> None:
        self._chunks = chunks

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = iter(self._chunks)
        # The chunks come from a file, which must not hold up the loop, or from another server.
        # Then they may wait for the loop to do something in one of the threads that it allows:
        # this one does not count among these.
        limiter = CapacityLimiter(1)
        while (chunk := await to_thread.run_sync(next, chunks, None, limiter=limiter)) is not None:
            yield bytes(chunk)


class _Reply:
    """What both kinds of reply share: chunks come in any size, and fill buffers of any size."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._pending = memoryview(b"")
        self._aborted = False
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._left = announced_length(self.headers)

    def readinto(self, buffer: memoryview, /) -> int:
        """Read some of the body; 0 at its end.

        Raises:
            ExchangeError: it broke off before its end, or was aborted.
        """
        while not self._pending:
            if self._aborted:
                raise ExchangeError("it was cut off here")
            chunk = self._next_chunk()
            if chunk is None:
                if self._left:
                    raise ExchangeError(f"it hung up {self._left:,} bytes before the end")
                return 0
            self._pending = memoryview(chunk)
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        if self._left is not None:
            self._left -= count
        return count

    def abort(self) -> None:
        """Let the next read fail; a transport cannot be cut from outside."""
        self._aborted = True

    def _next_chunk(self) -> bytes | None:
        raise NotImplementedError


@final
class _SyncReply(_Reply):
    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response)
        # A response that was made whole, as transports for tests do, cannot be streamed any more.
        whole = response.is_stream_consumed
        self._chunks = iter([response.content]) if whole else response.iter_raw()

    @override
    def _next_chunk(self) -> bytes | None:
        try:
            return next(self._chunks, None)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise _exchange_error(error) from error

    def close(self) -> None:
        """Give the connection back to the transport."""
        with suppress(httpx.HTTPError, OSError):
            self._response.close()


@final
class _AsyncReply(_Reply):
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
            self._loop.run(self._end)

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
class TransportSource:
    """A ``ByteSource`` over an ``httpx.BaseTransport``.

    Args:
        transport: sends the requests; it stays the caller's to close.
        connect_timeout: seconds to establish a connection.
        read_timeout: seconds without a byte after which a transfer counts as stalled.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
    ) -> None:
        self._transport = transport
        self._timeouts = _timeouts(connect_timeout, read_timeout)

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Send one request through the transport.

        Raises:
            ExchangeError: no reply came.
            InvalidInput: it may share the connections of the parent process.
        """
        begin_use(self._transport)
        body = None if request.body is None else _Body(request.body())
        try:
            return _SyncReply(
                self._transport.handle_request(_as_httpx(request, body, self._timeouts))
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _exchange_error(error) from error

    def close(self) -> None:
        """Nothing: the transport is the caller's."""


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
        self._timeouts = _timeouts(connect_timeout, read_timeout)

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Have the loop send one request through the transport, and wait for its head.

        Raises:
            ExchangeError: no reply came.
        """
        body = None if request.body is None else _AsyncBody(request.body())
        sent = _as_httpx(request, body, self._timeouts)
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

    def run(self, step: Callable[[], Awaitable[T]]) -> T:
        """Wait for a step; raises ``ExchangeError`` where it failed or was cancelled."""
        found: list[T] = []
        interrupts: list[BaseException] = []

        async def scoped() -> None:
            with CancelScope() as self._scope:
                try:
                    found.append(await step())
                except (KeyboardInterrupt, SystemExit) as error:
                    # Of whoever reads the body or hears of progress; it would end the loop itself.
                    interrupts.append(error)

        try:
            from_thread.run(scoped, token=self._token)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as error:
            raise _exchange_error(error) from error
        except RuntimeError as error:  # what anyio raises where the loop has ended
            raise ExchangeError(f"its event loop is gone ({error})", retryable=False) from error
        if interrupts:
            raise interrupts[0]
        if not found:
            raise ExchangeError("it was cut off here")
        return found[0]

    def cancel(self) -> None:
        """Give up the step that is waited for, from any thread."""
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


def _timeouts(connect: float, read: float) -> dict[str, float]:
    return {"connect": connect, "read": read, "write": read, "pool": read}


def _as_httpx(
    request: ByteRequest,
    body: httpx.SyncByteStream | httpx.AsyncByteStream | None,
    timeouts: dict[str, float],
) -> httpx.Request:
    check_http(request.url)
    headers = dict(request.headers)
    if body is not None:
        headers["Content-Length"] = str(request.length)
    try:
        return httpx.Request(
            request.method,
            request.url,
            headers=headers,
            content=body,
            extensions={"timeout": timeouts},
        )
    except (httpx.InvalidURL, ValueError) as error:
        raise _exchange_error(error) from error


def _exchange_error(error: Exception) -> ExchangeError:
    if refusal := connection_refusal(error):
        return refusal
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return ExchangeError("it did not answer in time", timed_out=True)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | ValueError):
        return ExchangeError(f"the URL is not one ({type(error).__name__})", retryable=False)
    return ExchangeError(f"{type(error).__name__}: {error}".rstrip(": "))
