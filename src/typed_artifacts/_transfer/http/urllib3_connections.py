"""urllib3 connections that another thread can close, and that are reused for seconds only."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import suppress
from email.errors import MissingHeaderBodySeparatorDefect
from http import HTTPStatus
from socket import SHUT_RDWR, socket
from typing import Final

from urllib3.connection import HTTPConnection, HTTPSConnection

from ..._requests.transport import IDLE_SECONDS
from ..._values.guards import override

_MOST_INTERIM: Final = 100
# As many, and as long ones, as ``http.client`` allows of headers.
_MOST_TRAILERS: Final = 100
_LONGEST_LINE: Final = 1 << 16
_HTTP_1_0: Final = 10  # as http.client says it


class _Sending:
    """What one thread sends at the moment, and on which connection."""

    def __init__(self) -> None:
        self.write_seconds = 60.0
        self._lock = threading.Lock()
        self._handshake: socket | None = None
        self.start()

    def start(self) -> None:
        """A request begins: its connection is not known yet."""
        self.connection: HTTPConnection | None = None
        self.is_reused = False
        self.is_cut = False

    def cut(self) -> None:
        """Close the connection from any thread: a thread that waits for it fails at once.

        What is not connected yet fails when it is.
        """
        self.is_cut = True
        connection = self.connection
        with self._lock:
            sockets = [self._handshake, None if connection is None else connection.sock]
            for each in sockets:
                if each is not None:
                    with suppress(OSError):
                        each.shutdown(SHUT_RDWR)

    def check(self) -> None:
        """Raise ``ConnectionAbortedError`` if it was cut before there was a connection."""
        if self.is_cut:
            raise ConnectionAbortedError("it was cut off here")

    def begin_handshake(self, connected: socket) -> None:
        """Keep a second handle of a socket: ``ssl`` takes the first away until it is done."""
        self._handshake = connected.dup()
        if self.is_cut:
            self.cut()

    def end_handshake(self) -> None:
        """Close the second handle."""
        with self._lock:
            if self._handshake is not None:
                self._handshake.close()
                self._handshake = None


class _ThisThread(threading.local):
    def __init__(self) -> None:
        self.sending = _Sending()


THREAD: Final = _ThisThread()


class MalformedHeader(http.client.HTTPException):
    """A line of a reply's head that is no header."""


class _FinalResponse(http.client.HTTPResponse):
    """The response that an exchange ends with: ``http.client`` takes any but 100 for that.

    What comes after an early hint would be the next request's response. ``http.client`` would skip
    responses of 100, and read trailers, for as long as they come.
    """

    _statuses = 0

    @override
    def begin(self) -> None:
        while True:
            super().begin()
            if not 100 <= self.status < 200 or self.status == HTTPStatus.SWITCHING_PROTOCOLS:
                self._refuse_unknown_end()
                return
            self.headers = self.msg = None  # type: ignore[assignment]  # as before it began

    def _refuse_unknown_end(self) -> None:
        """Raise where what follows a line that is no header would say where the body ends.

        ``http.client`` leaves out that line and all that follow, and would wait for the end of the
        connection, which the server keeps.
        """
        is_kept = self.version > _HTTP_1_0 and "close" not in self.headers.get("connection", "")
        is_broken = any(
            isinstance(each, MissingHeaderBodySeparatorDefect) for each in self.headers.defects
        )
        if self.length is None and not self.chunked and is_kept and is_broken:
            raise MalformedHeader("one of its headers is none")

    def _read_status(self) -> tuple[str, int, str]:
        if self._statuses > _MOST_INTERIM:
            raise http.client.BadStatusLine(f"{_MOST_INTERIM} interim responses came, and no other")
        self._statuses += 1
        return super()._read_status()  # type: ignore[no-any-return, misc]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]  # private

    def _read_and_discard_trailer(self) -> None:
        for _ in range(_MOST_TRAILERS + 1):
            line = self.fp.readline(_LONGEST_LINE + 1)
            if len(line) > _LONGEST_LINE:
                raise http.client.LineTooLong("trailer line")
            if line in {b"\r\n", b"\n", b""}:
                return
        raise http.client.HTTPException(f"got more than {_MOST_TRAILERS} trailers")


class NotedConnection(HTTPConnection):
    """Notes the connection that a request goes out on, so that it can be cut from outside.

    Attributes:
        used_at: when something was last sent or read, in the seconds of ``time.monotonic``.
    """

    response_class = _FinalResponse
    used_at = 0.0
    _requests = 0

    @property
    @override
    def is_connected(self) -> bool:
        """Whether it may be reused: urllib3 connects again otherwise.

        A gateway may forget an idle connection without a word: the next request on it would wait
        for a reply until its time is up, and so would its repetition on the next connection.
        """
        return super().is_connected and time.monotonic() - self.used_at <= IDLE_SECONDS

    @override
    def connect(self) -> None:
        sending = THREAD.sending
        sending.connection = self
        try:
            super().connect()
        finally:
            sending.end_handshake()
        sending.check()
        # Otherwise urllib3 warns at each request, although the user has switched verification
        # off; with -W error that would be an error.
        self.is_verified = True
        self._requests = 0
        # urllib3 would hold a write to the time for connecting.
        self.sock.settimeout(sending.write_seconds)

    @override
    def putrequest(
        self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False
    ) -> None:
        sending = THREAD.sending
        sending.connection, sending.is_reused = self, self._requests > 0
        self._requests += 1
        self.used_at = time.monotonic()
        sending.check()
        if self.sock is not None:  # pyright: ignore[reportUnnecessaryComparison]  # before it connects
            self.sock.settimeout(sending.write_seconds)
        super().putrequest(method, url, skip_host, skip_accept_encoding)


class NotedSecureConnection(NotedConnection, HTTPSConnection):
    """The same over TLS."""

    @override
    def _new_conn(self) -> socket:  # private, but urllib3's own SOCKS connections override it, too
        connected = super()._new_conn()
        THREAD.sending.begin_handshake(connected)
        return connected
