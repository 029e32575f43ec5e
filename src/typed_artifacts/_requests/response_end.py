"""The end of a response: what a server sends after it must not become the next one.

httpcore keeps what it has read beyond the end of a response, and takes it for the next one. If
there is any, the connection is closed before it can be used again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

import httpx

from .._values.guards import override

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# The attributes from httpx's stream to the parser of the connection; none is public.
_TO_PARSER: Final = ("_httpcore_stream", "_stream", "_connection", "_h11_state")


def watch_end(response: httpx.Response) -> None:
    """Have a response's connection closed at the body's end if more has come."""
    stream = response.stream
    if isinstance(stream, httpx.SyncByteStream):
        response.stream = _Watched(stream, response.extensions)


def async_watch_end(response: httpx.Response) -> None:
    """The same for a coroutine's response."""
    stream = response.stream
    if isinstance(stream, httpx.AsyncByteStream):
        response.stream = _AsyncWatched(stream, response.extensions)


@final
class _Watched(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, extensions: dict[str, object]) -> None:
        self._inner = stream
        self._connection = extensions.get("network_stream")

    @override
    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner
        if self._connection is not None and _has_more(self._inner):
            self._connection.close()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # httpcore's NetworkStream

    @override
    def close(self) -> None:
        self._inner.close()


@final
class _AsyncWatched(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, extensions: dict[str, object]) -> None:
        self._inner = stream
        self._connection = extensions.get("network_stream")

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            yield piece
        if self._connection is not None and _has_more(self._inner):
            await self._connection.aclose()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # httpcore's AsyncNetworkStream

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


def _has_more(stream: object) -> bool:
    """Whether more than the response was read; unknown, and so not, of another's transport."""
    found: object = stream
    for name in _TO_PARSER:
        found = getattr(found, name, None)
    trailing: object = getattr(found, "trailing_data", None)
    return isinstance(trailing, tuple) and bool(trailing[0])  # pyright: ignore[reportUnknownArgumentType]  # bytes, and whether the connection has ended
