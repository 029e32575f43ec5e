"""urllib3 pools: which one a request uses, and on which connection.

The pool of each host is used without urllib3's manager in front, which takes a quarter of a small
file's request to find it again; a proxy keeps its manager.
"""

from __future__ import annotations

import re
import ssl
import threading
from base64 import b64encode
from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal, NotRequired, TypedDict, final

import urllib3
from urllib3.util import parse_url

from ..._environment.extras import not_installed
from .byte_source import check_http
from .urllib3_connections import NotedConnection, NotedSecureConnection

if TYPE_CHECKING:
    from ..._environment.network import Network
    from ..._environment.proxies import Proxy

_KEPT_CONNECTIONS: Final = 1024  # for each host: as many as a caller may want threads
_HOSTS: Final = 64
_PATH: Final = re.compile(r"[/?#]")  # where it begins, after the host


class _TLS(TypedDict):
    ssl_context: ssl.SSLContext
    assert_hostname: NotRequired[Literal[False]]


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = NotedConnection  # pyright: ignore[reportAssignmentType]  # urllib3's own classes do not fit its protocol either


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = NotedSecureConnection  # pyright: ignore[reportAssignmentType]  # as above


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
                    # It closes its connections when it is no longer used.
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
        context = self._network.ssl_context() if proxy.url.startswith("https:") else None
        manager = urllib3.ProxyManager(
            proxy.url,
            _HOSTS,
            maxsize=_KEPT_CONNECTIONS,
            proxy_headers=_credentials(proxy),
            proxy_ssl_context=context,
            proxy_assert_hostname=None if context is None else _tls(context).get("assert_hostname"),
        )
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            pools, self._by_origin = self._by_origin, {}
            managers, self._by_proxy = self._by_proxy, {}
        for pool in pools.values():
            if isinstance(pool, urllib3.HTTPConnectionPool):
                pool.close()
        for manager in managers.values():
            manager.clear()


def _tls(context: ssl.SSLContext) -> _TLS:
    """How connections are secured: urllib3 looks at the host's name unless it is told not to."""
    # Where `ssl` cannot look at names alone, urllib3 does, and switches off the context's own look.
    if context.check_hostname or not ssl.HAS_NEVER_CHECK_COMMON_NAME:
        return {"ssl_context": context}
    return {"ssl_context": context, "assert_hostname": False}


def _socks_manager(proxy: Proxy) -> urllib3.PoolManager:
    try:
        import_module("socks")  # urllib3 would warn as well
    except ModuleNotFoundError as error:
        raise not_installed(error, "A SOCKS proxy", "socks") from error
    from .urllib3_socks import socks_manager

    return socks_manager(proxy, hosts=_HOSTS, connections=_KEPT_CONNECTIONS)


def _credentials(proxy: Proxy) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{proxy.username}:{proxy.password or ''}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode('ascii')}"}
