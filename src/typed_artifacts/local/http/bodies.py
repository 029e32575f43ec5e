"""Reads request bodies, with limits of size and time."""

from collections.abc import AsyncIterator, Awaitable

import anyio
from starlette.types import Message, Receive, Send

STALLED_SECONDS = 30.0
SENDING_SECONDS = 60.0
_PIECE = 1 << 20


class Stalled(Exception):
    """The client has sent, or taken, nothing for too long."""


class HungUp(Exception):
    """The client has gone."""


class BodyReader:
    """Reads the bodies of requests."""

    def __init__(self) -> None:
        self._longest = STALLED_SECONDS
        self._waits: set[anyio.CancelScope] = set()

    def shorten_timeouts(self, seconds: float) -> None:
        """From now on, gives a client up that sends nothing for so long."""
        self._longest = min(self._longest, seconds)
        for scope in self._waits:
            scope.deadline = min(scope.deadline, anyio.current_time() + seconds)

    async def pieces(self, receive: Receive) -> AsyncIterator[bytes]:
        """The body in pieces large enough to be worth a thread.

        Raises:
            Stalled: Nothing came for too long.
            HungUp: The client went before the end.
        """
        buffer = bytearray()
        more = True
        while more:
            message = await self._next(receive)
            if message["type"] == "http.disconnect":
                raise HungUp
            buffer += message.get("body", b"")
            more = message.get("more_body", False)
            if len(buffer) >= _PIECE or not more:
                if buffer:
                    yield bytes(buffer)
                buffer.clear()

    async def whole(self, receive: Receive, most: int) -> bytes | None:
        """The whole body; None as soon as it is larger than `most` bytes."""
        parts: list[bytes] = []
        size = 0
        async for piece in self.pieces(receive):
            size += len(piece)
            if size > most:
                return None
            parts.append(piece)
        return b"".join(parts)

    async def _next(self, receive: Receive) -> Message:
        with anyio.move_on_after(self._longest) as scope:
            self._waits.add(scope)
            try:
                return await receive()
            finally:
                self._waits.discard(scope)
        raise Stalled


def with_send_timeout(send: Send) -> Send:
    """Sends, but gives a client up that takes nothing for too long."""

    async def sending(message: Message) -> None:
        await within_send_timeout(send(message))

    return sending


async def within_send_timeout(sending: Awaitable[None]) -> None:
    """Waits until something is sent.

    Raises:
        Stalled: The client has taken nothing of it for too long.
    """
    with anyio.move_on_after(SENDING_SECONDS) as scope:
        await sending
    if scope.cancelled_caught:
        raise Stalled
