"""The byte path over urllib3: the default, since it costs a third of what httpx's streams cost.

Retries, redirects and decoding are switched off: they are decided above (``reading``, ``uploads``).
Connections belong to one process; a child after a fork opens its own.
"""

from __future__ import annotations

import logging
import re
import threading
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Final, final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
)
from urllib3.exceptions import TimeoutError as Urllib3Timeout
from urllib3.util import Retry, parse_url

from .._requests.failures import forget_locals, untrusted, wants_proxy_password
from .._requests.process import ProcessLocal
from .._values.guards import override
from ..errors import ArtifactsError
from .byte_source import ByteRequest, ExchangeError

if TYPE_CHECKING:
    from .._environment.network import Network
    from .._environment.proxies import Proxy

_KEPT_CONNECTIONS: Final = 64  # for each host
_HOSTS: Final = 64
_PIECE: Final = 256 << 10  # read at once: larger ones cost as much, smaller ones more
_DRAIN: Final = 64 << 10  # bytes that are read at once, also to keep a connection
_LONGEST_LENGTH: Final = 18  # digits of a Content-Length that can be meant
_USER_AGENT: Final = "typed-artifacts"
_NO_RETRIES: Final = Retry(total=False)  # errors are raised as they are
_PATH: Final = re.compile(r"[/?#]")  # where it begins, after the host


class _Sending:
    """What one thread sends at the moment, and on which connection."""

    connection: HTTPConnection | None = None
    is_reused = False
    write_seconds = 60.0
    active = False

    def cut(self) -> None:
        """Cut the connection, from any thread: whoever waits for it fails at once."""
        connection = self.connection
        if connection is not None and connection.sock is not None:  # pyright: ignore[reportUnnecessaryComparison]  # before it connects
            with suppress(OSError):
                connection.sock.shutdown(SHUT_RDWR)


class _ThisThread(threading.local):
    def __init__(self) -> None:
        self.sending = _Sending()


_THREAD: Final = _ThisThread()


class _HideQuery(logging.Filter):
    """Keeps signed queries out of urllib3's own log lines: they are keys to files."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if _THREAD.sending.active and isinstance(record.args, tuple):
            record.args = tuple(
                value.partition("?")[0] if isinstance(value, str) else value
                for value in record.args
            )
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_HideQuery())


class _NotedMixin(HTTPConnection):
    """Notes the connection that a request goes out on, so that it can be cut from outside."""

    _requests = 0

    @override
    def connect(self) -> None:
        super().connect()
        self._requests = 0
        # urllib3 would hold a write to the time for connecting.
        self.sock.settimeout(_THREAD.sending.write_seconds)

    @override
    def putrequest(
        self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False
    ) -> None:
        sending = _THREAD.sending
        sending.connection, sending.is_reused = self, self._requests > 0
        self._requests += 1
        if self.sock is not None:  # pyright: ignore[reportUnnecessaryComparison]  # before it connects
            self.sock.settimeout(_THREAD.sending.write_seconds)
        super().putrequest(method, url, skip_host, skip_accept_encoding)


class _Connection(_NotedMixin):
    pass


class _SecureConnection(_NotedMixin, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection  # pyright: ignore[reportAssignmentType]  # urllib3's own classes do not fit its protocol either


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection  # pyright: ignore[reportAssignmentType]  # as above


_POOLS: Final[dict[str, type[urllib3.HTTPConnectionPool]]] = {"http": _Pool, "https": _SecurePool}


@final
class _Pools:
    """The connections of one process: a pool for each host, and a manager for each proxy."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._lock = threading.Lock()
        self._by_origin: dict[str, urllib3.HTTPConnectionPool | urllib3.PoolManager] = {}
        self._by_proxy: dict[Proxy, urllib3.PoolManager] = {}

    def of(self, url: str) -> tuple[urllib3.HTTPConnectionPool | urllib3.PoolManager, str]:
        """What sends a request for a URL, and by what it is called there."""
        scheme, _, rest = url.partition("://")
        split = len(rest) if (found := _PATH.search(rest)) is None else found.start()
        origin, target = f"{scheme}://{rest[:split]}", rest[split:]
        with self._lock:
            pool = self._by_origin.get(origin)
            if pool is None:
                pool = self._by_origin[origin] = self._made(origin, self._network.proxy(url))
                if len(self._by_origin) > _HOSTS:
                    # It closes its connections when nobody uses it any more.
                    del self._by_origin[next(iter(self._by_origin))]
        if isinstance(pool, urllib3.PoolManager):
            return pool, url
        return pool, target if target.startswith("/") else f"/{target}"

    def _made(
        self, origin: str, proxy: Proxy | None
    ) -> urllib3.HTTPConnectionPool | urllib3.PoolManager:
        address = parse_url(origin)
        secure = address.scheme == "https"
        host, port = address.host or "", address.port
        if proxy is None and secure:
            context = self._network.ssl_context()
            return _SecurePool(host, port, maxsize=_KEPT_CONNECTIONS, ssl_context=context)
        if proxy is None:
            return _Pool(host, port, maxsize=_KEPT_CONNECTIONS)
        manager = self._by_proxy.get(proxy)
        if manager is None:
            manager = self._by_proxy[proxy] = self._manager(proxy)
        if secure and not manager.connection_pool_kw.get("ssl_context"):
            manager.connection_pool_kw["ssl_context"] = self._network.ssl_context()
        return manager

    def _manager(self, proxy: Proxy) -> urllib3.PoolManager:
        if proxy.is_socks:
            return _socks_manager(proxy)
        secure = proxy.url.startswith("https:")
        manager = urllib3.ProxyManager(
            proxy.url,
            _HOSTS,
            maxsize=_KEPT_CONNECTIONS,
            proxy_headers=_credentials(proxy),
            proxy_ssl_context=self._network.ssl_context() if secure else None,
        )
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        with self._lock:
            pools, self._by_origin = self._by_origin, {}
            managers, self._by_proxy = self._by_proxy, {}
        for pool in pools.values():
            if isinstance(pool, urllib3.HTTPConnectionPool):
                pool.close()
        for manager in managers.values():
            manager.clear()


def _socks_manager(proxy: Proxy) -> urllib3.PoolManager:
    try:
        from urllib3.contrib.socks import SOCKSProxyManager
    except ImportError as error:
        raise ExchangeError(
            "the proxy on the way speaks SOCKS, which is an extra: "
            "pip install 'typed-artifacts[socks]'",
            retryable=False,
            unsent=True,
        ) from error
    return SOCKSProxyManager(
        proxy.url, proxy.username, proxy.password, _HOSTS, maxsize=_KEPT_CONNECTIONS
    )


def _credentials(proxy: Proxy) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{proxy.username}:{proxy.password or ''}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode('ascii')}"}


@final
class Urllib3Source:
    """A ``ByteSource`` whose connections are kept and shared by all threads of a process.

    Args:
        network: proxies, certificates and time limits.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._timeout = urllib3.Timeout(connect=network.connect_seconds, read=network.read_seconds)
        self._pools = ProcessLocal(lambda: _Pools(network))

    def send(self, request: ByteRequest, /) -> Urllib3Reply:
        """Send one request, on a kept connection if there is one.

        A kept connection that the server has closed meanwhile is replaced without a word: every
        request sent here may be repeated.

        Raises:
            ExchangeError: no reply came.
            InvalidInput: the proxy that is needed has no usable address.
        """
        if not request.url.lower().startswith(("http://", "https://")):
            raise ExchangeError("its URL is no http(s) URL", retryable=False, unsent=True)
        while True:
            try:
                return Urllib3Reply(self._response(request))
            except (ArtifactsError, ExchangeError):
                raise
            except (HTTPError, OSError, ValueError) as error:
                cancelled = request.cancel is not None and request.cancel.is_set()
                if cancelled or not (_THREAD.sending.is_reused and _was_closed(error)):
                    raise _failure(error) from error

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        pools = self._pools.take()
        if pools is not None:
            pools.close()

    def _response(self, request: ByteRequest) -> urllib3.BaseHTTPResponse:
        headers = {"User-Agent": _USER_AGENT, **request.headers}
        if request.body is not None:
            headers["Content-Length"] = str(request.length)
        sending = _THREAD.sending
        sending.connection, sending.is_reused, sending.active = None, False, True
        sending.write_seconds = self._network.read_seconds
        unwatch = request.cancel.watch(sending.cut) if request.cancel else None
        try:
            pool, target = self._pools.get().of(request.url)
            return pool.urlopen(
                request.method,
                target,
                body=None if request.body is None else request.body(),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # memoryviews are sent like bytes
                headers=headers,
                timeout=self._timeout,
                retries=_NO_RETRIES,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        finally:
            sending.active = False
            if unwatch is not None:
                unwatch()


@final
class Urllib3Reply:
    """A reply whose body is still to be read."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = {
            name.lower(): value for name, value in response.headers.items()
        }
        length = self.headers.get("content-length", "").partition(",")[0].strip()
        if length and not (length.isdecimal() and len(length) <= _LONGEST_LENGTH):
            response.close()
            raise ExchangeError("the length that it announces is no number of bytes")

    def readinto(self, buffer: memoryview, /) -> int:
        """Read some of the body; 0 at its end.

        Raises:
            ExchangeError: it broke off before its end.
        """
        response = self._response
        left = response.length_remaining
        size = min(len(buffer), _PIECE)
        try:
            # What is little is waited for: as it comes would be three pieces for one.
            whole = left is not None and left <= _DRAIN
            data = response.read(size) if whole else response.read1(size)
        except (HTTPError, OSError, ValueError) as error:
            self._response.close()  # how much of the body was read, nobody knows
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
        left = self._response.length_remaining
        try:
            if left is not None and left <= _DRAIN:
                while self._response.read1(_DRAIN):
                    pass
                self._response.release_conn()
        except (HTTPError, OSError, ValueError):
            pass  # what was wanted of it is read
        self._response.close()


def _was_closed(error: Exception) -> bool:
    """Whether the server had closed a kept connection: nothing of an answer came."""
    return isinstance(error, ProtocolError) and any(
        isinstance(each, ConnectionError) for each in error.args
    )


def _failure(error: Exception) -> ExchangeError:
    """What a broken exchange is called."""
    forget_locals(error)
    if reason := untrusted(error):
        return ExchangeError(reason, untrusted=True, retryable=False, unsent=True)
    if wants_proxy_password(error):
        return ExchangeError("407", proxy_refused=True, retryable=False, unsent=True)
    unsent = isinstance(error, NewConnectionError | LocationValueError)
    if isinstance(error, Urllib3Timeout | TimeoutError) and not isinstance(
        error, NewConnectionError
    ):
        return ExchangeError("it did not answer in time", timed_out=True, unsent=unsent)
    if isinstance(error, LocationValueError):
        return ExchangeError("its URL is no http(s) URL with a host", retryable=False, unsent=True)
    if isinstance(error, ValueError) and not isinstance(error, HTTPError):
        return ExchangeError(
            "its URL or one of its headers cannot be sent", retryable=False, unsent=True
        )
    return ExchangeError(_words(error), unsent=unsent)


def _words(error: Exception) -> str:
    """What broke an exchange, in the words of what lies behind it, without an address."""
    inner: BaseException = error
    while isinstance(inner, HTTPError):
        behind = [
            each for each in (*inner.args, inner.__cause__) if isinstance(each, BaseException)
        ]
        if not behind:
            break
        inner = behind[-1]
    if isinstance(inner, NewConnectionError) and inner.__cause__ is not None:
        inner = inner.__cause__
    if isinstance(inner, HTTPError):
        return type(inner).__name__
    return f"{type(inner).__name__}: {inner}".rstrip(": ")
