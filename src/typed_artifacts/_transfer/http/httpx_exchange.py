"""The common part of the byte sources over httpx, sync and async."""

from __future__ import annotations

import httpx

from .byte_source import (
    ByteRequest,
    ExchangeError,
    announced_length,
    check_http,
    connection_refusal,
)


class HttpxReply:
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


def timeouts_of(connect: float, read: float) -> dict[str, float]:
    """The time limits of a request, as httpx takes them."""
    return {"connect": connect, "read": read, "write": read, "pool": read}


def as_httpx(
    request: ByteRequest,
    body: httpx.SyncByteStream | httpx.AsyncByteStream | None,
    timeouts: dict[str, float],
) -> httpx.Request:
    """A request as httpx takes it.

    Raises:
        ExchangeError: its URL or one of its headers cannot be sent.
    """
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
        raise exchange_error(error) from error


def exchange_error(error: Exception) -> ExchangeError:
    """What a broken exchange is called."""
    if refusal := connection_refusal(error):
        return refusal
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return ExchangeError("it did not answer in time", timed_out=True)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | ValueError):
        return ExchangeError(f"the URL is not one ({type(error).__name__})", retryable=False)
    return ExchangeError(f"{type(error).__name__}: {error}".rstrip(": "))
