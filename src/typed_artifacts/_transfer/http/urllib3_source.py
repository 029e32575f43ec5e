"""The default byte source, over urllib3: a third of the CPU of httpx's streams.

Retries, redirects and decoding are switched off: they are decided above (``reading``, ``uploads``).
Connections belong to one process; a child after a fork opens its own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException, LineTooLong
from typing import TYPE_CHECKING, Final, final

import urllib3
from urllib3.exceptions import (
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
)
from urllib3.exceptions import TimeoutError as Urllib3Timeout
from urllib3.util import Retry

from ..._requests.failures import causes_of, forget_locals
from ..._values.process import ProcessLocal
from ...errors import ArtifactsError
from .byte_source import (
    ByteRequest,
    ExchangeError,
    announced_length,
    connection_refusal,
)
from .urllib3_connections import THREAD, NotedConnection
from .urllib3_pools import Pools

if TYPE_CHECKING:
    from ..._environment.network import Network

_PIECE: Final = 256 << 10  # read at once: larger ones cost as much, smaller ones more
_DRAIN: Final = 64 << 10  # bytes that are read at once, also to keep a connection
_DRAIN_SECONDS: Final = 1.0  # how long it is worth to read them: a new connection takes less
_USER_AGENT: Final = "typed-artifacts"
_NO_RETRIES: Final = Retry(total=False)  # errors are raised as they are


@final
class Urllib3Source:
    """A ``ByteSource`` whose connections are kept and shared by all threads of a process.

    Args:
        network: proxies, certificates and time limits.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._timeout = urllib3.Timeout(connect=network.connect_seconds, read=network.read_seconds)
        self._pools = ProcessLocal(lambda: Pools(network))

    def send(self, request: ByteRequest, /) -> Urllib3Reply:
        """Send one request, on a kept connection if there is one.

        A kept connection that the server has closed meanwhile is replaced without a word: every
        request sent here may be repeated.

        Raises:
            ExchangeError: no reply came.
            InvalidInput: the proxy that is needed has no usable address.
        """
        while True:
            try:
                return Urllib3Reply(self._response(request))
            except (ArtifactsError, ExchangeError):
                raise
            except (HTTPError, OSError, ValueError) as error:
                cancelled = request.cancel is not None and request.cancel.is_set()
                if cancelled or not (THREAD.sending.is_reused and _was_closed(error)):
                    raise _failure(error, self._network.proxy_address(request.url)) from error

    def close(self) -> None:
        """Close idle connections."""
        pools = self._pools.take()
        if pools is not None:
            pools.close()

    def _response(self, request: ByteRequest) -> urllib3.BaseHTTPResponse:
        headers = {"User-Agent": _USER_AGENT, **request.headers}
        if request.body is not None:
            headers["Content-Length"] = str(request.length)
        sending = THREAD.sending
        sending.start()
        sending.write_seconds = self._network.read_seconds
        unwatch = request.cancel.watch(sending.cut) if request.cancel else None
        try:
            pool, target = self._pools.get().of(request.url)
            return pool.urlopen(
                request.method,
                target,
                body=None if request.body is None else request.body(),
                headers=headers,
                timeout=self._timeout,
                retries=_NO_RETRIES,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        finally:
            if unwatch is not None:
                unwatch()


@final
class Urllib3Reply:
    """A reply whose body is still to be read."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self._connection = response.connection
        self.status = response.status
        self.headers: Mapping[str, str] = {
            name.lower(): value for name, value in response.headers.items()
        }
        if self.status < 200:
            response.close()
            raise ExchangeError(
                f"it answered {self.status}, after which no HTTP can follow", retryable=False
            )
        try:
            announced_length(self.headers)
        except ExchangeError:
            response.close()
            raise

    def readinto(self, buffer: memoryview, /) -> int:
        """Read some of the body; 0 at its end.

        Raises:
            ExchangeError: it broke off before its end.
        """
        response = self._response
        remaining = response.length_remaining
        size = min(len(buffer), _PIECE)
        if isinstance(self._connection, NotedConnection):
            self._connection.used_at = time.monotonic()
        try:
            # A small rest is read whole: in pieces as they arrive, it would take several reads. The
            # words of a refusal are not waited for that long.
            whole = self.status < 300 and remaining is not None and remaining <= _DRAIN
            data = response.read(size) if whole else response.read1(size)
        except (HTTPError, OSError, ValueError) as error:
            self._response.close()  # how much of the body was read is unknown
            raise _failure(error) from error
        if len(data) > len(buffer):  # of a chunk with a length below zero, say
            self._response.close()
            raise ExchangeError("what it sends is no HTTP")
        buffer[: len(data)] = data
        return len(data)

    def abort(self) -> None:
        """Cut the connection; a read that is waiting in another thread fails at once."""
        with suppress(OSError, RuntimeError, ValueError):  # it was let go meanwhile
            self._response.shutdown()

    def close(self) -> None:
        """Keep the connection if the body is at its end, or nearly so; else close it."""
        remaining = self._response.length_remaining
        ends = time.monotonic() + _DRAIN_SECONDS
        try:
            if remaining is not None and remaining <= _DRAIN:
                while self._response.read1(_DRAIN):
                    if time.monotonic() > ends:
                        break
                else:
                    self._response.release_conn()
        except (HTTPError, OSError, ValueError):
            pass  # what was wanted of it is read
        self._response.close()


def _was_closed(error: Exception) -> bool:
    """Whether the server had closed a kept connection: nothing of an answer came."""
    return isinstance(error, ProtocolError) and any(
        isinstance(each, ConnectionError) for each in error.args
    )


def _failure(error: Exception, proxy: str | None = None) -> ExchangeError:
    """What a broken exchange is called.

    Args:
        error: what urllib3 raised.
        proxy: the proxy on the way, where there may have been no connection to it.
    """
    forget_locals(error)
    if refusal := connection_refusal(error):
        return refusal
    if _has_too_long_head(error):
        return ExchangeError(
            "its reply has a header of more than 64 KiB, or more than 100 headers", retryable=False
        )
    # That a proxy cannot be reached is the cause of another error.
    unconnected = NewConnectionError | LocationValueError
    unsent = any(isinstance(each, unconnected) for each in causes_of(error))
    through = f", through the proxy {proxy}" if proxy is not None and unsent else ""
    if isinstance(error, Urllib3Timeout | TimeoutError) and not isinstance(
        error, NewConnectionError
    ):
        return ExchangeError(f"it did not answer in time{through}", timed_out=True, unsent=unsent)
    if isinstance(error, LocationValueError):
        return ExchangeError("its URL is no http(s) URL with a host", retryable=False, unsent=True)
    if isinstance(error, ValueError) and not isinstance(error, HTTPError):
        return ExchangeError(
            "its URL or one of its headers cannot be sent", retryable=False, unsent=True
        )
    return ExchangeError(f"{_reason(error)}{through}", unsent=unsent)


def _has_too_long_head(error: Exception) -> bool:
    """Whether a reply was refused for limits of ``http.client``, which are fixed."""
    # That of the number of headers has no class of its own.
    return any(type(each) in {LineTooLong, HTTPException} for each in causes_of(error))


def _reason(error: Exception) -> str:
    """What broke an exchange, in the words of what lies behind it, without an address."""
    inner: BaseException = error
    while isinstance(inner, HTTPError):
        causes = [
            each for each in (*inner.args, inner.__cause__) if isinstance(each, BaseException)
        ]
        if not causes:
            break
        inner = causes[-1]
    if isinstance(inner, NewConnectionError):
        # The system's own error; behind that of a SOCKS proxy it is only the context.
        system = (x for x in causes_of(inner) if isinstance(x, OSError) and x.errno)
        inner = next(system, inner)
    if isinstance(inner, HTTPError):
        return type(inner).__name__
    text = " ".join(str(inner).split())  # a status line that is none comes with its end
    return f"{type(inner).__name__}: {text}".rstrip(": ")
