"""urllib3 pools behind a SOCKS proxy, with connections that can be closed.

Imported only when it is needed: the library that it stands on is an extra.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import urllib3
from urllib3.contrib.socks import (
    SOCKSConnection,
    SOCKSHTTPConnectionPool,
    SOCKSHTTPSConnection,
    SOCKSHTTPSConnectionPool,
    SOCKSProxyManager,
)

from .urllib3_connections import NotedConnection, NotedSecureConnection

if TYPE_CHECKING:
    from ..._environment.proxies import Proxy


class _Connection(NotedConnection, SOCKSConnection):
    pass


class _SecureConnection(NotedSecureConnection, SOCKSHTTPSConnection):  # pyright: ignore[reportIncompatibleMethodOverride]  # what it calls returns the right kind of socket
    pass


class _Pool(SOCKSHTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(SOCKSHTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS: Final[dict[str, type[urllib3.HTTPConnectionPool]]] = {"http": _Pool, "https": _SecurePool}


def socks_manager(proxy: Proxy, *, hosts: int, connections: int) -> urllib3.PoolManager:
    """What sends requests through a SOCKS proxy.

    Args:
        proxy: where it is, and its credentials.
        hosts: of how many the pools are kept.
        connections: how many are kept for each host.
    """
    manager = SOCKSProxyManager(
        proxy.url, proxy.username, proxy.password, hosts, maxsize=connections
    )
    manager.pool_classes_by_scheme = _POOLS  # pyright: ignore[reportAttributeAccessIssue]  # the manager of urllib3 takes any pools
    return manager
