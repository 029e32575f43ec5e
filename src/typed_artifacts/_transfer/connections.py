"""Connections to servers: made directly or through a proxy, kept while they are idle, shared."""

from __future__ import annotations

import socket
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, final
from urllib.parse import SplitResult, urlsplit

from .byte_source import SourceFault
from .wire import HungUp, NotHttp, Wire

if TYPE_CHECKING:
    import ssl

    from .._environment.proxies import Proxy

SourceCollection = tuple[str, str]
"""Scheme and network location: what a connection can be shared within."""

# A server may close what was idle for so long just when it is used again.
_IDLE_SECONDS: Final = 5.0
_LEAST: Final = 0.001  # no time left; 0 would mean not to wait at all, and not to block
_TIMED_OUT: Final = "it did not answer in time"


@final
class Connections:
    """Makes connections and keeps those that are idle; thread-safe.

    Args:
        connect_timeout: seconds to establish a connection.
        read_timeout: seconds without a byte after which a connection counts as stalled.
        ssl_context: for https; without it certificates are checked as the environment says.
        proxies: scheme → proxy URL (``WANDB__PROXIES``); with none the environment decides.
        direct: whether there are no proxies, whatever the environment says.
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        read_timeout: float,
        ssl_context: ssl.SSLContext | None = None,
        proxies: Mapping[str, str] | None = None,
        direct: bool = False,
    ) -> None:
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._ssl_context = ssl_context
        self._proxies = proxies
        self._is_direct = direct
        self._lock = threading.Lock()
        self._idle: defaultdict[SourceCollection, list[Wire]] = defaultdict(list)
        self._proxy_of: dict[SourceCollection, Proxy | None] = {}

    def kept(self, origin: SourceCollection) -> Wire | None:
        """An idle connection, perhaps one that the server has closed meanwhile."""
        with self._lock:
            idle = self._idle[origin]
            return idle.pop() if idle else None

    def kept_open(self, origin: SourceCollection) -> Wire | None:
        """An idle connection that the server has not closed, as far as can be seen from here."""
        oldest = time.monotonic() - _IDLE_SECONDS
        while (wire := self.kept(origin)) is not None:
            if wire.idle_since > oldest and not wire.has_input():
                return wire
            wire.socket.close()
        return None

    def keep(self, origin: SourceCollection, wire: Wire) -> None:
        """Take back a connection whose reply was read to its end."""
        wire.idle_since = time.monotonic()
        with self._lock:
            self._idle[origin].append(wire)

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        with self._lock:
            idle = [wire for wires in self._idle.values() for wire in wires]
            self._idle.clear()
        for wire in idle:
            wire.socket.close()

    def connect(self, origin: SourceCollection, seconds: float | None = None) -> Wire:
        """A new connection.

        Args:
            origin: where to.
            seconds: how long it may take at the most, if that is less than usual.

        Raises:
            SourceFault: there is none to be had; nothing was sent.
        """
        scheme, netloc = origin
        usual = self._connect_timeout
        timeout = usual if seconds is None else min(seconds, usual)
        try:
            parts = urlsplit(f"{scheme}://{netloc}")
            host, port = parts.hostname or "", parts.port or (443 if scheme == "https" else 80)
            proxy = self._proxy_for(origin, parts)
            context = self._context() if scheme == "https" else None
            if proxy is not None and context is not None:
                connected = _tunnel(proxy, host, port, timeout, context)
            else:
                address = (proxy.host, proxy.port) if proxy else (host, port)
                connected = _direct(address, timeout, context)
        except (OSError, ValueError, NotHttp) as error:
            raise fault(error, unsent=True) from error
        connected.settimeout(self._read_timeout)
        return Wire(connected)

    def proxy_of(self, origin: SourceCollection) -> Proxy | None:
        """The proxy on the way to where a connection was made."""
        return self._proxy_of.get(origin)

    def _proxy_for(self, origin: SourceCollection, parts: SplitResult) -> Proxy | None:
        if self._is_direct:
            return None
        from .._environment.proxies import proxy_for

        with self._lock:
            if origin not in self._proxy_of:
                self._proxy_of[origin] = proxy_for(parts, self._proxies)
            return self._proxy_of[origin]

    def _context(self) -> ssl.SSLContext:
        from .._environment.certificates import tls_context

        with self._lock:
            if self._ssl_context is None:
                self._ssl_context = tls_context()
            return self._ssl_context


def _direct(
    address: tuple[str, int], timeout: float, context: ssl.SSLContext | None
) -> socket.socket:
    ends = time.monotonic() + timeout
    connected = socket.create_connection(address, timeout)
    try:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is None:
            return connected
        connected.settimeout(max(ends - time.monotonic(), _LEAST))
        return context.wrap_socket(connected, server_hostname=address[0])
    except BaseException:
        connected.close()
        raise


def _tunnel(
    proxy: Proxy, host: str, port: int, timeout: float, context: ssl.SSLContext
) -> socket.socket:
    import http.client

    connection = http.client.HTTPSConnection(
        proxy.host, proxy.port, timeout=timeout, context=context
    )
    connection.set_tunnel(host, port, headers=dict(proxy.headers))
    try:
        connection.connect()
    except http.client.HTTPException as error:
        connection.close()
        raise NotHttp(f"{type(error).__name__}: {error}".rstrip(": ")) from error
    except BaseException:
        connection.close()
        raise
    connected = connection.sock
    if connected is None:  # pyright: ignore[reportUnnecessaryComparison]  # the two disagree on its type
        raise ConnectionError
    return connected


def fault(error: Exception, *, unsent: bool = False) -> SourceFault:
    """What a broken exchange is called.

    Args:
        error: what broke it.
        unsent: whether the request surely was not sent.
    """
    if isinstance(error, TimeoutError):
        return SourceFault(_TIMED_OUT, timed_out=True, unsent=unsent)
    if hasattr(error, "verify_message"):  # ssl's, which only https needs
        return SourceFault(
            f"its certificate is not trusted ({error})", retryable=False, unsent=unsent
        )
    if isinstance(error, HungUp | NotHttp):
        return SourceFault(str(error), unsent=unsent)
    if isinstance(error, ValueError):  # a host that is no name, a port that is no number
        return SourceFault(f"its URL names no host ({error})", retryable=False, unsent=unsent)
    return SourceFault(f"{type(error).__name__}: {error}".rstrip(": "), unsent=unsent)
