"""Closes connections that belong to fsspec's event loop, from any thread or at exit."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Final, final
from weakref import WeakSet

from .. import AsyncApi, AsyncStream

_EXIT_SECONDS: Final = 5.0


def close_later(
    loop: asyncio.AbstractEventLoop, close: Callable[[], Coroutine[object, object, None]]
) -> Future[None] | None:
    """Have a loop close something, without waiting for it.

    The garbage collector may run in the loop's own thread, which cannot wait for itself; and when
    the interpreter is being torn down that thread has stopped, so that nothing would come of it.

    Args:
        loop: the event loop, which another thread runs.
        close: closes it.
    """
    if not loop.is_running() or sys.is_finalizing():
        return None
    return asyncio.run_coroutine_threadsafe(close(), loop)


@final
class Connections:
    """What an instance of the file system has open; it does not keep the instance.

    Args:
        api: closed with it; ``None`` for an ``AsyncApi`` of the caller's.
    """

    def __init__(self, api: AsyncApi | None) -> None:
        self._api = api
        self._streams: WeakSet[AsyncStream] = WeakSet()

    def add(self, stream: AsyncStream) -> None:
        """Close a stream with the rest, unless it is closed before."""
        self._streams.add(stream)

    async def close(self) -> None:
        """Close all of it."""
        for stream in list(self._streams):
            await stream.close()
        if self._api is not None:
            await self._api.close()

    def close_at_exit(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close all of it while the loop still runs: after that, a stream would wait for it."""
        closing = close_later(loop, self.close)
        with suppress(RuntimeError):  # no loop runs in this thread
            if asyncio.get_running_loop() is loop:
                return
        if closing is not None:
            with suppress(TimeoutError):
                closing.result(_EXIT_SECONDS)
