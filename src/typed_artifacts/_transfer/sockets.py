"""The byte path over plain sockets: kept alive, and read into large buffers.

Measured against httpx's streams it costs a fifth of the CPU: ``recv_into`` copies from the socket
to the caller's buffer and nowhere else. ``connections`` makes and keeps the connections, ``wire``
reads the replies.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, final
from urllib.parse import quote

from .byte_source import ByteRequest, SourceFault
from .connections import Connections, SourceCollection, fault
from .wire import Body, HungUp, NotHttp, Wire

if TYPE_CHECKING:
    import ssl

_URL: Final = re.compile(
    r"(https?)://([^/?#\\\s]+)(/[^?#]*)?(\?[^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL
)
_PLAIN: Final = re.compile(r"[!-~]*")
_SAFE: Final = "%/:=&?~#+!$,;'@()*[]"  # quote nothing that may be part of a signed URL
_SMALL: Final = 64 << 10
_DRAIN: Final = 64 << 10  # bytes worth reading to keep a connection
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\r\n\0\u0100-\U0010ffff]*")


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
        self._connections = Connections(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            ssl_context=ssl_context,
            proxies=proxies,
        )
        self._user_agent = user_agent

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
            wire = self._connections.kept(origin)
            fresh = wire is None
            if wire is None:
                wire = self._connections.connect(origin)
            try:
                return self._exchange(wire, origin, target, request)
            except (HungUp, ConnectionError) as error:
                wire.socket.close()
                # Nothing of an answer yet: a server closes what it has kept long enough.
                if fresh or (isinstance(error, HungUp) and not error.unanswered):
                    raise fault(error) from error
            except (OSError, NotHttp) as error:
                wire.socket.close()
                raise fault(error) from error
            except BaseException:  # the body could not be read, or it was cancelled
                wire.socket.close()
                raise

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        self._connections.close()

    def _exchange(
        self, wire: Wire, origin: SourceCollection, target: str, request: ByteRequest
    ) -> HttpReply:
        unwatch = request.cancel.watch(lambda: _cut(wire.socket)) if request.cancel else None
        try:
            refused = self._write(wire.socket, origin, target, request)
            status, headers, stays = wire.read_head()
        finally:
            if unwatch is not None:
                unwatch()
        stays = stays and not refused
        body = Body(wire, status, headers)
        return HttpReply(self._connections, origin, wire, status, headers, body, stays=stays)

    def _write(
        self, connected: socket.socket, origin: SourceCollection, target: str, request: ByteRequest
    ) -> bool:
        """Write the request; whether the server hung up before it had read all of it."""
        head = self._head(origin, target, request)
        try:
            for piece in _led_by(head, iter(request.body() if request.body else ())):
                connected.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            return True  # it may have refused the upload, and its reason is worth a look
        return False

    def _head(self, origin: SourceCollection, target: str, request: ByteRequest) -> bytes:
        scheme, netloc = origin
        host = netloc.rpartition("@")[2]  # a user and password in a URL are not for us
        headers = {"Host": host, "User-Agent": self._user_agent, **request.headers}
        if not _PLAIN.fullmatch(target):
            target = quote(target, safe=_SAFE)
        proxy = self._connections.proxy_of(origin)
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
        connections: Connections,
        origin: SourceCollection,
        wire: Wire,
        status: int,
        headers: Mapping[str, str],
        body: Body,
        *,
        stays: bool,
    ) -> None:
        self._connections = connections
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
        except BaseException as error:
            self._stays = False  # how much of the body was read, nobody knows
            if isinstance(error, OSError | HungUp | NotHttp):
                raise fault(error) from error
            raise

    def abort(self) -> None:
        """Cut the connection; a read that is waiting in another thread fails at once."""
        _cut(self._wire.socket)

    def close(self) -> None:
        """Keep the connection if the body is at its end, or nearly so; else close it."""
        if self._closed:
            return
        self._closed = True
        if self._stays and self._at_end():
            self._connections.keep(self._origin, self._wire)
        else:
            self._wire.socket.close()

    def _at_end(self) -> bool:
        left = self._body.left
        if not self._body.ended and left is not None and left <= _DRAIN:
            with suppress(SourceFault):
                self.readinto(memoryview(bytearray(left + 1)))
        return self._body.ended and self._stays and self._wire.is_clean


def _led_by(head: bytes, chunks: Iterator[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """A head and a body; a small body's first chunk goes with the head, in one call."""
    first = next(chunks, b"")
    if len(first) <= _SMALL:
        yield head + first
    else:
        yield head
        yield first
    yield from chunks


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
