"""Runs one call in the middle of another of the same event loop, or cancels it there.

Tasks change places only where one of them waits. A call of a client waits for requests: before one
arrives at the server, and before its reply is there. Each round stops at another of these moments,
until the call comes to its end without a stop.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import anyio
import httpx
import sniffio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint
from typing_extensions import override

from typed_artifacts import AsyncApi
from typed_artifacts.local import LocalServer

# Until then the second call has ended, or waits for the first.
_BLOCKED_SECONDS = 0.2
_ENDLESS_SECONDS = 30

StateT = TypeVar("StateT")


class Moments(httpx.AsyncBaseTransport):
    """The embedded server, and a function that is called at one moment."""

    is_embedded = True

    def __init__(self, server: LocalServer) -> None:
        self._server = server.async_transport
        self._count = itertools.count()
        self._moment = -1
        self._call: Callable[[], Awaitable[None]] | None = None

    def stop_at(self, moment: int, call: Callable[[], Awaitable[None]]) -> None:
        """Have a function called once, at that moment, counted from now on."""
        self._count, self._moment, self._call = itertools.count(), moment, call

    @property
    def has_stopped(self) -> bool:
        """Whether the moment came; the function is not called any more."""
        has_stopped, self._call = self._call is None, None
        return has_stopped

    async def _pass(self) -> None:
        call = self._call
        if next(self._count) == self._moment and call is not None:
            self._call = None
            await call()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._pass()
        response = await self._server.handle_async_request(request)
        if request.method == "POST":
            await response.aread()
        await self._pass()
        return response


def connected(server: LocalServer, transport: Moments) -> AsyncApi:
    """An `AsyncApi` that sends through a transport."""
    return AsyncApi(
        base_url=server.base_url, api_key=server.api_key, entity="local", transport=transport
    )


async def interleaved(
    server: LocalServer,
    make: Callable[[AsyncApi], Awaitable[StateT]],
    first: Callable[[StateT], Awaitable[object]],
    second: Callable[[StateT], Awaitable[object]],
    check: Callable[[StateT], Awaitable[object]],
) -> None:
    """Run two calls, for each moment of the first.

    Args:
        server: what both calls send to.
        make: makes what both calls work on, anew for each moment.
        first: stopped once in each round.
        second: runs in a task of its own at that moment; in the last round after ``first``.
        check: says whether the result is right.
    """
    for moment in itertools.count():
        transport, has_stopped = Moments(server), False
        async with connected(server, transport) as api, anyio.create_task_group() as group:
            state = await make(api)
            other = _Other(partial(second, state))
            transport.stop_at(moment, partial(other.begin, group))
            with anyio.fail_after(_ENDLESS_SECONDS):
                await first(state)
                if not (has_stopped := transport.has_stopped):
                    await other.run()
                await other.ended.wait()
                await check(state)
        if not has_stopped:
            assert moment, "it sent nothing"
            return


class _Other:
    """A call for a task of its own."""

    def __init__(self, work: Callable[[], Awaitable[object]]) -> None:
        self._work = work
        self.ended = anyio.Event()

    async def begin(self, group: TaskGroup) -> None:
        group.start_soon(self.run)
        with anyio.move_on_after(_BLOCKED_SECONDS):
            await self.ended.wait()

    async def run(self) -> None:
        try:
            await self._work()
        finally:
            self.ended.set()


async def cancelled(
    server: LocalServer,
    make: Callable[[AsyncApi], Awaitable[StateT]],
    work: Callable[[StateT], Awaitable[object]],
    check: Callable[[StateT], Awaitable[object]],
) -> None:
    """Cancel a call at each of its moments.

    Nothing of it may be left: no task, no error that nobody gets.

    Args:
        server: what it sends to.
        make: makes what it works on, anew for each moment.
        work: cancelled once in each round.
        check: says whether the result is right; also of the last round, without a stop.
    """
    for moment in itertools.count():
        transport = Moments(server)
        async with connected(server, transport) as api:
            state = await make(api)
            if sniffio.current_async_library() == "trio":
                await _cancelled_scope(transport, moment, partial(work, state))
            else:
                await _cancelled_task(transport, moment, partial(work, state))
            has_stopped = transport.has_stopped
            await check(state)
        if not has_stopped:
            assert moment, "it sent nothing"
            return


async def _cancelled_scope(
    transport: Moments, moment: int, work: Callable[[], Awaitable[object]]
) -> None:
    async def cancel() -> None:
        scope.cancel()
        await checkpoint()

    with anyio.fail_after(_ENDLESS_SECONDS), anyio.CancelScope() as scope:
        transport.stop_at(moment, cancel)
        await work()


async def _cancelled_task(
    transport: Moments, moment: int, work: Callable[[], Awaitable[object]]
) -> None:
    """The same by asyncio's own way to cancel, which does not wait for what anyio waits for."""
    loop, errors = asyncio.get_running_loop(), list[object]()

    async def cancel() -> None:
        task.cancel()
        await asyncio.sleep(_ENDLESS_SECONDS)

    before = asyncio.all_tasks()
    loop.set_exception_handler(lambda _loop, context: errors.append(context))
    transport.stop_at(moment, cancel)
    task = asyncio.ensure_future(work())
    await asyncio.wait([task], timeout=_ENDLESS_SECONDS)
    if not task.cancelled():
        task.result()
    assert asyncio.all_tasks() <= before
    assert not errors
    loop.set_exception_handler(None)
