"""GraphQL over sockets of our own: the way to a server that no proxy stands before.

A request costs a third of what it does through httpx, and httpx need not be loaded; of a listing
of small pages that is half of the time. What an answer means is read in ``_answers``.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from .._transfer.byte_source import SourceFault
from .._transfer.connections import Connections, fault
from .._transfer.decoding import ACCEPTED, Undecodable, decoded
from .._transfer.wire import Body, HungUp, NotHttp, Wire
from .deadline import MOST_BYTES, Collected
from .failures import broken_off, timed_out, undecodable, unready
from .response import RequestContext, Response, request_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..errors import ArtifactsError
    from ..settings import Settings

_CHUNK: Final = 1 << 20
_UNTOLD: Final = 64 << 10
# Who has not answered the phone by then will not; the rest of the timeout is for the answer.
CONNECT_SECONDS: Final = 10.0


class SocketTransport:
    """Sends request bodies over keep-alive connections; thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._origin = ("", "")
        self._head = b""
        self._lock = threading.Lock()
        self._opened: Connections | None = None

    def post(self, context: RequestContext, content: bytes, seconds: float) -> Response:
        """Send one GraphQL request and read the whole answer, within so many seconds.

        Raises:
            ArtifactsError: no whole answer came.
        """
        ends = time.monotonic() + seconds
        connections = self._connections(context)
        try:
            wire = connections.kept_open(self._origin)
            if wire is None:
                wire = connections.connect(self._origin, seconds)
        except SourceFault as error:
            raise _translated(error, context) from error
        wire.ends = ends
        try:
            response, stays = self._exchange(wire, content, Collected(context, ends))
        except BaseException as error:
            wire.socket.close()
            if isinstance(error, OSError | HungUp | NotHttp):
                raise _translated(fault(error), context) from error
            raise
        if stays:
            connections.keep(self._origin, wire)
        else:
            wire.socket.close()
        return _readable(response, context)

    def _exchange(self, wire: Wire, content: bytes, collected: Collected) -> tuple[Response, bool]:
        """The answer as it came, and whether the connection can be used again."""
        refused = False
        try:
            wire.heed_the_end()
            # No local variable: a traceback that shows those must not show the key.
            wire.socket.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(content), content))
        except (BrokenPipeError, ConnectionResetError):
            refused = True  # why, it may have said before
        status, headers, stays = wire.read_head()
        body = Body(wire, status, headers)
        buffer = memoryview(bytearray(_UNTOLD if not body.left else min(body.left, _CHUNK)))
        while count := body.readinto(buffer):
            collected.add(bytes(buffer[:count]))
        response = Response(status, collected.content, headers)
        return response, stays and not refused and body.ended and wire.is_clean

    def _connections(self, context: RequestContext) -> Connections:
        # Threads that share a client share its connections from the first request on.
        with self._lock:
            if self._opened is None:
                try:
                    self._opened = self._open()
                except (OSError, UnicodeError) as error:
                    raise unready(context, error) from error
            return self._opened

    def _open(self) -> Connections:
        parts = urlsplit(self._settings.base_url)
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        self._origin = (parts.scheme, host)
        self._head = _head(host, f"{parts.path}/graphql", request_headers(self._settings))
        context = None
        if parts.scheme == "https":
            from .._environment.certificates import tls_context

            context = tls_context(verify=self._settings.verify_tls)
        return Connections(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=CONNECT_SECONDS,
            ssl_context=context,
            direct=True,
        )

    def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            self._opened.close()


def _head(host: str, path: str, headers: Mapping[str, str]) -> bytes:
    """The head of every request, up to the length of its body."""
    # Names have no case, and the last word on each is the settings'.
    given = {name.lower(): f"{name}: {value}" for name, value in headers.items()}
    ours = {"host": f"Host: {host}", "accept-encoding": f"Accept-Encoding: {ACCEPTED}"}
    for framing in ("content-length", "transfer-encoding", "connection"):
        given.pop(framing, None)
    line = f"POST {quote(path, safe='/%:@!$&()*+,;=~')} HTTP/1.1"
    return "\r\n".join([line, *(ours | given).values(), "Content-Length: "]).encode("latin-1")


def _readable(response: Response, context: RequestContext) -> Response:
    encodings = response.headers.get("content-encoding")
    if encodings is None:
        return response
    try:
        content = decoded(response.content, encodings, MOST_BYTES)
    except Undecodable as error:
        raise undecodable(context, str(error)) from error
    return Response(response.status, content, response.headers)


def _translated(error: SourceFault, context: RequestContext) -> ArtifactsError:
    if error.timed_out:
        words = "there was no connection" if error.unsent else "its answer has not ended"
        return timed_out(context, words, unsent=error.unsent)
    return broken_off(context, error.reason, unsent=error.unsent)
