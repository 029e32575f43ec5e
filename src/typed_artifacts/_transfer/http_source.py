"""The byte path over plain sockets: kept alive, and read into large buffers.

Measured against httpx's streams it costs a fifth of the CPU: ``recv_into`` copies from the socket
to the caller's buffer and nowhere else. ``http.client`` makes the connections, with TLS and
proxies; ``wire`` reads the replies.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, final
from urllib.parse import quote, urlsplit

from .proxies import Proxy, proxy_for
from .source import ByteRequest, SourceFault
from .wire import Body, HungUp, NotHttp, Wire

_URL: Final = re.compile(
    r"(https?)://([^/?#\\\s]+)(/[^?#]*)?(\?[^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL
)
_PLAIN: Final = re.compile(r"[!-~]*")
_SAFE: Final = "%/:=&?~#+!$,;'@()*[]"  # quote nothing that may be part of a signed URL
_DRAIN: Final = 64 << 10  # bytes worth reading to keep a connection
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\r\n\0\u0100-\U0010ffff]*")
_TIMED_OUT: Final = "it did not answer in time"

Origin = tuple[str, str]
"""Scheme and network location: what a connection can be shared within."""


@final
class HttpSource:
    """Sends requests over sockets of its own; thread-safe, connections are kept and shared.

    Args:
        connect_timeout: seconds to establish a connection.
        read_timeout: seconds without a byte after which a transfer counts as stalled.
        ssl_context: for https; without it certificates are checked as Python does.
        proxies: scheme → proxy URL (``WANDB__PROXIES``); with none the environment decides.
        user_agent: sent with each request.
    """

    def __init__(
        self,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        ssl_context: ssl.SSLContext | None = None,
        proxies: Mapping[str, str] | None = None,
        user_agent: str = "typed-artifacts",
    ) -> None:
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._ssl_context = ssl_context
        self._proxies = proxies
        self._user_agent = user_agent
        self._lock = threading.Lock()
        self._idle: defaultdict[Origin, list[Wire]] = defaultdict(list)
        self._proxy_of: dict[Origin, Proxy | None] = {}

    def send(self, request: ByteRequest, /) -> HttpReply:
        """Send one request, on a kept connection if there is one.

        A kept connection that the server has closed meanwhile is replaced without a word: every
        request sent here may be repeated.

        Raises:
            SourceFault: no reply came.
        """
        parts = _URL.fullmatch(request.url)
        if parts is None:
            raise SourceFault("its URL is no http(s) URL", retryable=False)
        origin = (parts[1].lower(), parts[2])
        target = (parts[3] or "/") + (parts[4] or "")
        while True:
            wire = self._kept(origin)
            fresh = wire is None
            if wire is None:
                wire = self._connect(origin)
            try:
                return self._exchange(wire, origin, target, request)
            except (HungUp, ConnectionError) as error:
                wire.socket.close()
                # Nothing of an answer yet: a server closes what it has kept long enough.
                if fresh or (isinstance(error, HungUp) and not error.unanswered):
                    raise _fault(error) from error
            except (OSError, NotHttp) as error:
                wire.socket.close()
                raise _fault(error) from error
            except BaseException:  # the body could not be read, or it was cancelled
                wire.socket.close()
                raise

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        with self._lock:
            idle = [wire for wires in self._idle.values() for wire in wires]
            self._idle.clear()
        for wire in idle:
            wire.socket.close()

    def keep(self, origin: Origin, wire: Wire) -> None:
        """Take back a connection whose reply was read to its end."""
        with self._lock:
            self._idle[origin].append(wire)

    def _kept(self, origin: Origin) -> Wire | None:
        with self._lock:
            idle = self._idle[origin]
            return idle.pop() if idle else None

    def _connect(self, origin: Origin) -> Wire:
        scheme, netloc = origin
        parts = urlsplit(f"{scheme}://{netloc}")
        with self._lock:
            if origin not in self._proxy_of:
                self._proxy_of[origin] = proxy_for(parts, self._proxies)
            proxy = self._proxy_of[origin]
            if scheme == "https" and self._ssl_context is None:
                self._ssl_context = _default_context()
        try:
            host, port = parts.hostname or "", parts.port or (443 if scheme == "https" else 80)
            address = (proxy.host, proxy.port) if proxy else (host, port)
            connection = self._connection(scheme, address)
            if proxy and scheme == "https":
                connection.set_tunnel(host, port, headers=dict(proxy.headers))
            return Wire(self._connected(connection))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _fault(error) from error

    def _connection(self, scheme: str, address: tuple[str, int]) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(*address, timeout=self._connect_timeout)
        return http.client.HTTPSConnection(
            *address, timeout=self._connect_timeout, context=self._ssl_context
        )

    def _connected(self, connection: http.client.HTTPConnection) -> socket.socket:
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        connected = connection.sock
        if connected is None:  # pyright: ignore[reportUnnecessaryComparison]  # the two disagree on its type
            raise ConnectionError
        connected.settimeout(self._read_timeout)
        return connected

    def _exchange(self, wire: Wire, origin: Origin, target: str, request: ByteRequest) -> HttpReply:
        unwatch = request.cancel.watch(lambda: _cut(wire.socket)) if request.cancel else None
        try:
            refused = self._write(wire.socket, origin, target, request)
            status, headers, stays = wire.read_head()
        finally:
            if unwatch is not None:
                unwatch()
        body = Body(wire, status, headers)
        return HttpReply(self, origin, wire, status, headers, body, stays=stays and not refused)

    def _write(
        self, connected: socket.socket, origin: Origin, target: str, request: ByteRequest
    ) -> bool:
        """Write the request; whether the server hung up before it had read the body."""
        connected.sendall(self._head(origin, target, request))
        try:
            for chunk in request.body() if request.body is not None else ():
                connected.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            return True  # it may have refused the upload, and its reason is worth a look
        return False

    def _head(self, origin: Origin, target: str, request: ByteRequest) -> bytes:
        scheme, netloc = origin
        host = netloc.rpartition("@")[2]  # a user and password in a URL are not for us
        headers = {"Host": host, "User-Agent": self._user_agent, **request.headers}
        if not _PLAIN.fullmatch(target):
            target = quote(target, safe=_SAFE)
        proxy = self._proxy_of.get(origin)
        if proxy and scheme == "http":
            target = f"http://{host}{target}"
            headers |= proxy.headers
        if request.body is not None:
            headers["Content-Length"] = str(request.length)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if not all(map(_HEADER.fullmatch, lines)):
            raise SourceFault("one of the request's headers is none", retryable=False)
        head = "\r\n".join([f"{request.method} {target} HTTP/1.1", *lines, "", ""])
        return head.encode("latin-1")


@final
class HttpReply:
    """A reply whose body is still on its wire."""

    def __init__(
        self,
        source: HttpSource,
        origin: Origin,
        wire: Wire,
        status: int,
        headers: Mapping[str, str],
        body: Body,
        *,
        stays: bool,
    ) -> None:
        self._source = source
        self._origin = origin
        self._wire = wire
        self._body = body
        self._stays = stays
        self._closed = False
        self.status = status
        self.headers = headers

    def readinto(self, buffer: memoryview, /) -> int:
        """Read some of the body; 0 at its end.

        Raises:
            SourceFault: it broke off before its end.
        """
        try:
            return self._body.readinto(buffer)
        except (OSError, HungUp, NotHttp) as error:
            self._stays = False
            raise _fault(error) from error

    def abort(self) -> None:
        """Cut the connection; a read that is waiting in another thread fails at once."""
        _cut(self._wire.socket)

    def close(self) -> None:
        """Keep the connection if the body is at its end, or nearly so; else close it."""
        if self._closed:
            return
        self._closed = True
        if self._stays and self._at_end():
            self._source.keep(self._origin, self._wire)
        else:
            self._wire.socket.close()

    def _at_end(self) -> bool:
        left = self._body.left
        if not self._body.ended and left is not None and left <= _DRAIN:
            with suppress(SourceFault):
                self.readinto(memoryview(bytearray(left + 1)))
        return self._body.ended and self._stays and self._wire.is_clean


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _default_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _fault(error: Exception) -> SourceFault:
    if isinstance(error, TimeoutError):
        return SourceFault(_TIMED_OUT, timed_out=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return SourceFault(f"its certificate is not trusted ({error})", retryable=False)
    if isinstance(error, HungUp | NotHttp):
        return SourceFault(str(error))
    if isinstance(error, ValueError):  # a host that is no name, a port that is no number
        return SourceFault(f"its URL names no host ({error})", retryable=False)
    return SourceFault(f"{type(error).__name__}: {error}".rstrip(": "))
