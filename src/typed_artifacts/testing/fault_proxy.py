"""A TCP proxy between client and server that disturbs chosen requests.

It reads each request whole and asks the plan what to do with it. What does not go wrong is passed
on and back unchanged. Everything that arrives is noted, for tests that look for secrets.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, Self, TypeAlias

from .recording import SentRequest

Headers: TypeAlias = list[tuple[str, str]]
_NAMED = re.compile(r"\b(?:query|mutation)\s+(\w+)")
_DROPPED = {"connection", "transfer-encoding", "content-length", "accept-encoding"}


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: Headers
    body: bytes

    @property
    def operation(self) -> str:
        """The GraphQL operation's name, ``TokenExchange``, or ``PUT`` and ``GET`` for files."""
        if self.path.endswith("/oidc/token"):
            return "TokenExchange"
        if not self.path.endswith("/graphql"):
            return self.method
        try:
            envelope = json.loads(self.body)
            named = envelope.get("operationName") or _NAMED.search(envelope["query"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return self.method
        return named if isinstance(named, str) else named[1] if named else self.method

    @property
    def text(self) -> str:
        """All of it, as text."""
        lines = [f"{self.method} {self.path}", *(f"{k}: {v}" for k, v in self.headers)]
        return "\n".join(lines) + "\n\n" + self.body.decode("utf-8", "replace")


@dataclass
class Response:
    """What the server answered; a fault may change it."""

    status: int
    headers: Headers
    body: bytes
    length: int | None = None
    """What Content-Length says, where that is not the truth."""

    @property
    def head(self) -> bytes:
        """The status line and the headers, as they are sent."""
        length = len(self.body) if self.length is None else self.length
        lines = [f"HTTP/1.1 {self.status} X"]
        lines += [f"{k}: {v}" for k, v in self.headers if k.lower() not in _DROPPED]
        return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode("latin-1")


class HungUp(Exception):  # noqa: N818 -- a signal between two functions, not an error
    """The connection is over, by the will of a fault."""


class Exchange:
    """One request on its way: what a fault can do with it."""

    def __init__(
        self, proxy: FaultProxy, client: socket.socket, request: Request, number: int
    ) -> None:
        self.proxy = proxy
        self.client = client
        self.request = request
        self.number = number
        """0 for the first request that this fault spoils."""

    def forward(self) -> Response:
        """Let the server do it."""
        return self.proxy.forward(self.request)

    def reply(self, response: Response) -> None:
        """Answer the client."""
        self.client.sendall(response.head + response.body)

    def reset(self) -> NoReturn:
        """Hang up without a goodbye."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise HungUp

    def hang_up(self) -> NoReturn:
        """Hang up as one does."""
        raise HungUp

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the proxy is closed."""
        self.proxy.closing.wait(seconds)


Act: TypeAlias = Callable[[Exchange], None]


@dataclass
class Plan:
    """Which requests go wrong, and how: those of an operation, after some, up to a number.

    Attributes:
        operation: of which operation; ``None`` for any.
        act: spoils one exchange.
        after: how many requests go well before.
        times: how many go wrong then.
        matched: how many requests of the operation have come.
    """

    operation: str | None
    act: Act
    after: int = 0
    times: int = 10**9
    matched: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spoils(self, operation: str) -> int | None:
        """Which of the requests to spoil this one is; ``None`` for one that goes well."""
        if self.operation not in {None, operation}:
            return None
        with self.lock:
            number = self.matched - self.after
            self.matched += 1
        return number if 0 <= number < self.times else None


class FaultProxy:
    """Listens on a free port of 127.0.0.1, in threads of its own."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self.plans: Sequence[Plan] = ()
        self.on_request: Callable[[SentRequest], None] | None = None
        self.requests: list[Request] = []
        self.forwarded: list[str] = []
        self.closing: threading.Event = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def stop_listening(self) -> None:
        """Refuse every connection from now on."""
        # A thread that waits in accept() is woken by shutdown(), not by close().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """End all connections, and wait for its threads."""
        self.closing.set()
        self.stop_listening()
        for client in list(self._open):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        for thread in self._threads:
            thread.join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def forward(self, request: Request) -> Response:
        """Send a request to the server, and give its response."""
        self.forwarded.append(request.operation)
        upstream = http.client.HTTPConnection(*self._upstream, timeout=60)
        try:
            kept = {k: v for k, v in request.headers if k.lower() not in _DROPPED}
            upstream.request(request.method, request.path, request.body, kept)
            response = upstream.getresponse()
            return Response(response.status, response.getheaders(), response.read())
        finally:
            upstream.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        try:
            with client, client.makefile("rb") as reader:
                while (request := read_request(reader.readline, reader.read)) is not None:
                    self.requests.append(request)
                    self._handle(client, request)
        except (OSError, HungUp):
            pass  # the client did, or a fault
        finally:
            self._open.discard(client)

    def _handle(self, client: socket.socket, request: Request) -> None:
        for plan in self.plans:
            if (number := plan.spoils(request.operation)) is not None:
                self._tell(request, None)
                plan.act(Exchange(self, client, request, number))
                return
        exchange = Exchange(self, client, request, 0)
        response = exchange.forward()
        self._tell(request, response.status)
        exchange.reply(response)

    def _tell(self, request: Request, status: int | None) -> None:
        """Report a request: with the status of its response, unless a fault replaced it."""
        if self.on_request is not None:
            path = request.path.partition("?")[0]
            self.on_request(SentRequest(request.operation, path, status))


def read_request(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Request | None:
    """The next request of a connection; ``None`` at its end, be it in the middle of a request."""
    first = readline()
    if not first.endswith(b"\n"):
        return None
    method, path, _ = first.decode("latin-1").split(" ", 2)
    headers: Headers = []
    while line := readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
    fields = {name.lower(): value for name, value in headers}
    if fields.get("transfer-encoding", "").lower() == "chunked":
        return Request(method, path, headers, _chunks(readline, read))
    length = int(fields.get("content-length", "0"))
    body = read(length)
    return Request(method, path, headers, body) if len(body) == length else None


def _chunks(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> bytes:
    """A chunked body."""
    body = b""
    while size := int(readline().partition(b";")[0], 16):
        body += read(size)
        readline()
    while readline().strip():  # trailers
        pass
    return body
