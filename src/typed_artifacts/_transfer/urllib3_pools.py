"""urllib3's pools: which one a URL's requests go through, and on which connection they are sent.

The pool of each host is used without urllib3's manager in front, which takes a quarter of a small
file's request to find it again; a proxy keeps its manager.
"""

from __future__ import annotations

import http.client
import logging
import re
import threading
from base64 import b64encode
from contextlib import suppress
from http import HTTPStatus
from importlib import import_module
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Final, Literal, NotRequired, TypedDict, final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import parse_url

from .._environment.extras import not_installed
from .._values.guards import override
from .byte_source import check_http

if TYPE_CHECKING:
    from ssl import SSLContext

    from .._environment.network import Network
    from .._environment.proxies import Proxy

_KEPT_CONNECTIONS: Final = 64  # for each host
_HOSTS: Final = 64
_MOST_INTERIM: Final = 100
_PATH: Final = re.compile(r"[/?#]")  # where it begins, after the host


class _TLS(TypedDict):
    ssl_context: SSLContext
    assert_hostname: NotRequired[Literal[False]]


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


THREAD: Final = _ThisThread()


class _HideQuery(logging.Filter):
    """Keeps signed queries out of urllib3's own log lines: they are keys to files."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if THREAD.sending.active and isinstance(record.args, tuple):
            record.args = tuple(
                value.partition("?")[0] if isinstance(value, str) else value
                for value in record.args
            )
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_HideQuery())


class _FinalResponse(http.client.HTTPResponse):
    """The response that an exchange ends with: ``http.client`` takes any but 100 for that.

    What comes after an early hint would be the next request's response.
    """

    @override
    def begin(self) -> None:
        for _ in range(_MOST_INTERIM):
            super().begin()
            if not 100 <= self.status < 200 or self.status == HTTPStatus.SWITCHING_PROTOCOLS:
                return
            self.headers = self.msg = None  # type: ignore[assignment]  # as before it began
        raise http.client.HTTPException(f"{_MOST_INTERIM} interim responses came, and no other")


class _NotedMixin(HTTPConnection):
    """Notes the connection that a request goes out on, so that it can be cut from outside."""

    response_class = _FinalResponse
    _requests = 0

    @override
    def connect(self) -> None:
        super().connect()
        # urllib3 would warn, at every request, of what somebody has asked for: -W error would
        # make it an error.
        self.is_verified = True
        self._requests = 0
        # urllib3 would hold a write to the time for connecting.
        self.sock.settimeout(THREAD.sending.write_seconds)

    @override
    def putrequest(
        self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False
    ) -> None:
        sending = THREAD.sending
        sending.connection, sending.is_reused = self, self._requests > 0
        self._requests += 1
        if self.sock is not None:  # pyright: ignore[reportUnnecessaryComparison]  # before it connects
            self.sock.settimeout(THREAD.sending.write_seconds)
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
class Pools:
    """The connections of one process: a pool for each host, and a manager for each proxy."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._lock = threading.Lock()
        self._by_origin: dict[str, urllib3.HTTPConnectionPool | urllib3.PoolManager] = {}
        self._by_proxy: dict[Proxy, urllib3.PoolManager] = {}

    def of(self, url: str) -> tuple[urllib3.HTTPConnectionPool | urllib3.PoolManager, str]:
        """What sends a request for a URL, and by what it is called there.

        Raises:
            ExchangeError: it is no http(s) URL, or its proxy cannot be used.
        """
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
        if "/." in target:  # steps up, which httpx and a proxy's manager resolve, too
            target = parse_url(url).request_uri
        return pool, target if target.startswith("/") else f"/{target}"

    def _made(
        self, origin: str, proxy: Proxy | None
    ) -> urllib3.HTTPConnectionPool | urllib3.PoolManager:
        check_http(origin)
        address = parse_url(origin)
        secure = address.scheme == "https"
        host, port = address.host or "", address.port
        if proxy is None and secure:
            tls = _tls(self._network.ssl_context())
            return _SecurePool(host, port, maxsize=_KEPT_CONNECTIONS, **tls)
        if proxy is None:
            return _Pool(host, port, maxsize=_KEPT_CONNECTIONS)
        manager = self._by_proxy.get(proxy)
        if manager is None:
            manager = self._by_proxy[proxy] = self._manager(proxy)
        if secure and not manager.connection_pool_kw.get("ssl_context"):
            manager.connection_pool_kw |= _tls(self._network.ssl_context())
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


def _tls(context: SSLContext) -> _TLS:
    """How connections are secured: urllib3 looks at the host's name unless it is told not to."""
    if context.check_hostname:
        return {"ssl_context": context}
    return {"ssl_context": context, "assert_hostname": False}


def _socks_manager(proxy: Proxy) -> urllib3.PoolManager:
    try:
        import_module("socks")  # urllib3 would warn as well
    except ModuleNotFoundError as error:
        raise not_installed(error, "A SOCKS proxy", "socks") from error
    from urllib3.contrib.socks import SOCKSProxyManager

    return SOCKSProxyManager(
        proxy.url, proxy.username, proxy.password, _HOSTS, maxsize=_KEPT_CONNECTIONS
    )


def _credentials(proxy: Proxy) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{proxy.username}:{proxy.password or ''}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode('ascii')}"}
