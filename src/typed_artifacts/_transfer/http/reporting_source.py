"""A byte source that reports each request, as for GraphQL."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Final, final

from ..._requests.attempt import LOGGER, report
from ..._requests.request_event import RequestEvent
from .byte_source import ByteReply, ByteRequest, ByteSource

_OPERATIONS: Final = {"GET": "download", "PUT": "upload"}


@final
class ReportingSource:
    """A ``ByteSource`` that logs and reports what another one sends.

    Args:
        source: sends the requests.
        on_request: called when a reply was read, or let go.
    """

    def __init__(
        self, source: ByteSource, on_request: Callable[[RequestEvent], None] | None
    ) -> None:
        self._source = source
        self._on_request = on_request

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Send one request.

        Raises:
            ExchangeError: no reply came.
        """
        if self._on_request is None and not LOGGER.isEnabledFor(logging.DEBUG):
            return self._source.send(request)
        exchange = _Exchange(request, self._on_request)
        try:
            reply = self._source.send(request)
        except BaseException as error:
            exchange.ended(None, error)
            raise
        return _ReportingReply(reply, exchange)

    def close(self) -> None:
        """Close idle connections."""
        self._source.close()


@final
class _Exchange:
    def __init__(
        self, request: ByteRequest, on_request: Callable[[RequestEvent], None] | None
    ) -> None:
        self._request = request
        self._on_request = on_request
        self._began = time.perf_counter()
        self._is_reported = False
        self.received = 0

    def ended(self, status: int | None, error: BaseException | None) -> None:
        if self._is_reported:
            return
        self._is_reported = True
        request = self._request
        event = RequestEvent(
            _OPERATIONS.get(request.method, request.method),
            request.attempt,
            status,
            time.perf_counter() - self._began,
            request.length,
            self.received,
            error,
            subject=request.subject,
        )
        report(event, self._on_request)


@final
class _ReportingReply:
    def __init__(self, reply: ByteReply, exchange: _Exchange) -> None:
        self._reply = reply
        self._exchange = exchange
        self.status = reply.status
        self.headers: Mapping[str, str] = reply.headers

    def readinto(self, buffer: memoryview, /) -> int:
        try:
            count = self._reply.readinto(buffer)
        except BaseException as error:
            self._exchange.ended(self.status, error)
            raise
        self._exchange.received += count
        return count

    def abort(self) -> None:
        self._reply.abort()

    def close(self) -> None:
        self._reply.close()
        self._exchange.ended(self.status, None)
