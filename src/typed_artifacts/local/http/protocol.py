"""uvicorn's HTTP/1.1 protocol, with a time limit for idle connections."""

import asyncio
import time
from collections.abc import Collection
from typing import Any, cast

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

# A client may take at most twice this time to send the head of a request.
QUIET_SECONDS = 15.0
# Connections above the limit whose requests are answered, by 503; more are ended at once.
MOST_REFUSED = 32


class BoundedProtocol(H11Protocol):
    """Ends a connection on which nothing has been asked, or that does not close, for a while.

    uvicorn limits the time between requests, but not that of the first one's headers, nor that of
    a body which is still sent when its request was answered long ago; nor how many connections
    bring no request.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401  (passed on)
        super().__init__(*arguments, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._made = 0.0
        self._idle_since_last = False
        self._last_cycle: object = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._made = time.monotonic()
        most = self.limit_concurrency or 0
        if len(self.connections) >= most:
            self._make_room()
        if len(self.connections) > most + MOST_REFUSED:
            transport.abort()
            return
        self._look_later()

    def _make_room(self) -> None:
        """Ends the connection that has been there for the longest time without any request."""
        others = cast("Collection[object]", self.connections)
        silent = [
            each
            for each in others
            if isinstance(each, BoundedProtocol)
            and each is not self
            and each._last_request() is None  # noqa: SLF001 - of the same class
        ]
        if silent:
            oldest = min(silent, key=lambda each: each._made)  # noqa: SLF001 - of the same class
            self.connections.discard(oldest)
            oldest.transport.abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _look_later(self) -> None:
        self._timer = self.loop.call_later(QUIET_SECONDS, self._look)

    def _last_request(self) -> RequestResponseCycle | None:
        return self.cycle  # None before the first one, whatever uvicorn declares

    def _look(self) -> None:
        cycle = self._last_request()
        idle = self.transport.is_closing() or cycle is None or cycle.response_complete
        if idle and self._idle_since_last and cycle is self._last_cycle:
            self.transport.abort()
            return
        self._idle_since_last, self._last_cycle = idle, cycle
        self._look_later()
