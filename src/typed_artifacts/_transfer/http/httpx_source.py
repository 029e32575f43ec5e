"""A byte source over the user's httpx transport.

Imported only when it is needed. The transport is used bare: no client on top adds redirects,
cookies, credentials or decoding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import final

import httpx

from ..._requests.given_transports import begin_use
from ..._values.guards import override
from .byte_source import ByteReply, ByteRequest
from .httpx_exchange import HttpxReply, as_httpx, exchange_error, timeouts_of


class _Body(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    @override
    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)


@final
class _SyncReply(HttpxReply):
    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response)
        # A response that was created with its content, as in tests, cannot be streamed.
        whole = response.is_stream_consumed
        self._chunks = iter([response.content]) if whole else response.iter_raw()

    @override
    def _next_chunk(self) -> bytes | None:
        try:
            return next(self._chunks, None)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise exchange_error(error) from error

    def close(self) -> None:
        """Give the connection back to the transport."""
        with suppress(httpx.HTTPError, OSError):
            self._response.close()


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
        self._timeouts = timeouts_of(connect_timeout, read_timeout)

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
                self._transport.handle_request(as_httpx(request, body, self._timeouts))
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise exchange_error(error) from error

    def close(self) -> None:
        """Nothing: the transport is the caller's."""
