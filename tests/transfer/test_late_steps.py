"""Steps of an exchange that begin after its transfer was cancelled."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

import anyio
import httpx
import pytest
from anyio.from_thread import run_sync
from anyio.lowlevel import EventLoopToken, current_token
from typing_extensions import override

from typed_artifacts._transfer import Cancellation
from typed_artifacts._transfer.concurrency.async_bridge import in_thread
from typed_artifacts._transfer.http.byte_source import ByteRequest, ExchangeError
from typed_artifacts._transfer.http.httpx_async_source import AsyncTransportSource


async def _wait_for_a_thread() -> None:
    """What anyio does here ends only once a cancellation comes, where one is to come."""
    await anyio.to_thread.run_sync(int)


class _Body(httpx.AsyncByteStream):
    was_closed = False

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await _wait_for_a_thread()
            yield b"x"

    @override
    async def aclose(self) -> None:
        await _wait_for_a_thread()
        self.was_closed = True


class _InThreads(httpx.AsyncBaseTransport):
    """A transport that works in threads, as that of the embedded server does."""

    def __init__(self) -> None:
        self.body = _Body()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await _wait_for_a_thread()
        return httpx.Response(200, stream=self.body)


class _Watched(Cancellation):
    """One that is set once a request has begun to watch it, before it is sent."""

    def __init__(self, inner: Cancellation, cancel: Callable[[], None]) -> None:
        super().__init__()
        self._inner = inner
        self._cancel = cancel

    @override
    def watch(self, abort: Callable[[], None]) -> Callable[[], None]:
        unwatch = self._inner.watch(abort)
        self._cancel()
        return unwatch


def _cancelling(
    scope: anyio.CancelScope, token: EventLoopToken, cancel: Cancellation
) -> Callable[[], None]:
    """Cancels the task, and waits until nothing more comes of that."""

    def work() -> None:
        run_sync(scope.cancel, token=token)
        while not cancel.is_set():
            time.sleep(0.001)
        time.sleep(0.05)

    return work


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_request_that_is_sent_after_the_task_was_cancelled(backend: str) -> None:
    """The loop turned round for ever, and the task never ended."""
    refused: list[str] = []

    async def main() -> None:
        source, token = AsyncTransportSource(_InThreads()), current_token()

        def work(cancel: Cancellation) -> None:
            watched = _Watched(cancel, _cancelling(scope, token, cancel))
            with pytest.raises(ExchangeError, match="cut off"):
                source.send(ByteRequest("GET", "http://localhost/x", cancel=watched))
            refused.append("sent")

        with anyio.CancelScope() as scope:
            await in_thread(work)
        assert scope.cancelled_caught

    anyio.run(main, backend=backend)
    assert refused == ["sent"]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_reply_that_is_closed_after_the_task_was_cancelled(backend: str) -> None:
    """The same; its connection is given back."""

    async def main() -> None:
        transport = _InThreads()
        source, token = AsyncTransportSource(transport), current_token()

        def work(cancel: Cancellation) -> None:
            reply = source.send(ByteRequest("GET", "http://localhost/x", cancel=cancel))
            assert reply.readinto(memoryview(bytearray(1))) == 1
            cancel.watch(reply.abort)
            _cancelling(scope, token, cancel)()
            with pytest.raises(ExchangeError, match="cut off"):
                reply.readinto(memoryview(bytearray(1)))
            reply.close()

        with anyio.CancelScope() as scope:
            await in_thread(work)
        assert scope.cancelled_caught
        assert transport.body.was_closed

    anyio.run(main, backend=backend)
