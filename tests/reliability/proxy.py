"""A TCP proxy between a client and a server that spoils chosen exchanges.

It reads each request whole and asks the plan what to do with it. What does not go wrong is passed
on and back unchanged. Everything that arrives is noted, for tests that look for secrets.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, Self, TypeAlias

Headers: TypeAlias = list[tuple[str, str]]
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
        name: str = json.loads(self.body)["operationName"]
        return name

    @property
    def text(self) -> str:
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
    """Which requests go wrong, and how: those of an operation, after some, up to a number."""

    operation: str
    act: Act
    after: int = 0
    times: int = 10**9
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spoils(self, operation: str) -> int | None:
        """Which of the requests to spoil this one is; ``None`` for one that goes well."""
        if operation != self.operation:
            return None
        with self.lock:
            number = self.seen - self.after
            self.seen += 1
        return number if 0 <= number < self.times else None


class FaultProxy:
    """Listens on a free port of 127.0.0.1, in threads of its own."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self.plan: Plan | None = None
        self.requests: list[Request] = []
        self.forwarded: list[str] = []
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop_listening(self) -> None:
        """Refuse every connection from now on."""
        # A thread that waits in accept() is woken by shutdown(), not by close().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
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
        plan = self.plan
        number = None if plan is None else plan.spoils(request.operation)
        exchange = Exchange(self, client, request, number or 0)
        if plan is None or number is None:
            exchange.reply(exchange.forward())
        else:
            plan.act(exchange)


def read_request(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Request | None:
    """The next request of a connection; ``None`` at its end."""
    first = readline()
    if not first:
        return None
    method, path, _ = first.decode("latin-1").split(" ", 2)
    headers: Headers = []
    while line := readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
    length = next((int(v) for k, v in headers if k.lower() == "content-length"), 0)
    return Request(method, path, headers, read(length))
