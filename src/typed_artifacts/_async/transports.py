"""Spreads concurrent requests over several httpx transports."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, final

from .._requests.transport import IDLE_SECONDS, REQUESTS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from .._requests.deadline import Collected
    from .._requests.sending import AsyncSender


@final
class AsyncTransports:
    """Gives each request to the first transport that has room for it, and makes more if none has.

    For every request httpcore looks at every connection of a transport, and asks the system about
    those that are idle: with 64 in one, each of 64 requests at once costs ten times what it costs
    with eight. One request after another stay on one connection.

    Args:
        make: makes a transport.
        is_given: whether it makes a transport of the user's, which carries everything.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], *, is_given: bool) -> None:
        self._make = make
        self.is_given = is_given
        self._lock = threading.Lock()
        self._all = [_PooledTransport(make())]
        self._retired: list[_PooledTransport] = []
        """Those that get no request any more, to be closed."""
        self._is_closed = False

    async def send(
        self, sender: AsyncSender, request: httpx.Request, seconds: float, body: Collected
    ) -> httpx.Response:
        """Send a request and collect its response's body; the response, without it.

        Args:
            sender: what sends it over one transport.
            request: the request.
            seconds: how long it may take.
            body: collects the response's body.
        """
        if len(self._all) > 1 or self._retired:
            await self._close_idle()
        pooled = self._begin(request)
        try:
            return await sender.send(pooled.transport, request, seconds, body)
        except Exception:
            raise
        except BaseException:
            self._retire(pooled)
            raise
        finally:
            with self._lock:
                pooled.requests.remove(request)
                pooled.ended = time.monotonic()
                is_last = self._is_closed and not pooled.requests
            if is_last:
                await pooled.transport.aclose()

    def _begin(self, request: httpx.Request) -> _PooledTransport:
        with self._lock:
            # Once it is closed, those that are idle are being closed: none of them gets a request.
            for pooled in () if self._is_closed and not self.is_given else self._all:
                if self.is_given or len(pooled.requests) < REQUESTS_AT_ONCE:
                    break
            else:
                pooled = _PooledTransport(self._make())
                self._all.append(pooled)
            pooled.requests.add(request)
        return pooled

    def _retire(self, pooled: _PooledTransport) -> None:
        """Give a transport no request any more: one was cancelled on it.

        That may interrupt httpcore while it releases a connection, which then stays in use.
        """
        with self._lock:
            if not self.is_given and pooled in self._all:
                self._all = [each for each in self._all if each is not pooled] or [
                    _PooledTransport(self._make())
                ]
                self._retired.append(pooled)

    async def _close_idle(self) -> None:
        """Close the transports that are idle: httpcore would do so only at their next use.

        The first one stays.
        """
        since = time.monotonic() - IDLE_SECONDS
        with self._lock:
            first, *others = self._all
            idle = [pooled for pooled in others if not pooled.requests and pooled.ended < since]
            self._all = [first, *(pooled for pooled in others if pooled not in idle)]
            idle += [pooled for pooled in self._retired if not pooled.requests]
            self._retired = [pooled for pooled in self._retired if pooled.requests]
        try:
            while idle:
                await idle[-1].transport.aclose()
                idle.pop()
        finally:  # also when cancelled: the next call closes the rest
            with self._lock:
                self._retired += idle

    async def aclose(self) -> None:
        """Close the connections of all; those of a transport with a request when that has ended.

        A thread that waits for a reply would not notice that its connection is closed.
        """
        with self._lock:
            self._is_closed = True
            idle = [pooled for pooled in (*self._all, *self._retired) if not pooled.requests]
        for pooled in idle:
            await pooled.transport.aclose()


@final
class _PooledTransport:
    """A transport, and what it carries."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.transport = transport
        self.requests: set[httpx.Request] = set()
        self.ended = 0.0
        """When its last request ended."""
