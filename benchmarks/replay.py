"""A server that replays recorded responses of the embedded server from memory.

It is a process: ``python -m benchmarks.replay FOLDER``. A repeated request for a query or
a file costs only a look-up, so that the client is measured and not the server. Mutations and
uploads go to the embedded server each time. ``POST /-/control`` sets the latency and returns the
counts of requests.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import override

from typed_artifacts.local import Registry
from typed_artifacts.local.http.endpoints import respond
from typed_artifacts.local.http.uploads import PREFIX, begin_upload
from typed_artifacts.local.messages import Reply, Request
from typed_artifacts.local.service import Service

from .world import KEY, USER

CONTROL: Final = "/-/control"
# Larger bodies stay in their file and go out by sendfile.
_LARGEST_KEPT: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded response: bytes, and for a large one a file with the rest."""

    head: bytes
    path: Path | None = None
    start: int = 0
    length: int = 0


class Recorder:
    """Requests each query and each file once from the embedded server."""

    def __init__(self, registry: Registry) -> None:
        self._service = Service(registry.store, keys={KEY: registry.user(USER)})
        self._registry = registry
        self._kept: dict[tuple[str, str, bytes], Recorded] = {}
        self.latency = 0.0
        self.live = False
        self.counts: Counter[str] = Counter()

    def respond(self, request: Request, body: bytes, wanted: str) -> Recorded:
        """The recorded response, or one of the embedded server."""
        target = f"{request.path}?{request.query}"
        key = (f"{request.method} {target}", wanted, body)
        found = None if self.live else self._kept.get(key)
        if found is None:
            found = self._ask(request, body)
            if not self.live and not _changes(request, body):
                self._kept[key] = found
        return found

    def _ask(self, request: Request, body: bytes) -> Recorded:
        if request.path.startswith(PREFIX) and request.method == "PUT":
            return _recorded(self._upload(request, body))
        if request.path == "/graphql":
            return _recorded(self._service.graphql(request, body))
        reply = respond(self._service, request, body)
        length = int(reply.headers.get("content-length", "0"))
        if isinstance(reply.body, bytes) or length <= _LARGEST_KEPT:
            return _recorded(reply)
        return _file(reply, self._registry.store.blobs.path(request.path.split("/")[3]), length)

    def _upload(self, request: Request, body: bytes) -> Reply:
        upload = begin_upload(self._service, request)
        if isinstance(upload, Reply):
            return upload
        try:
            upload.write(body)
            return upload.finish()
        finally:
            upload.close()

    def control(self, body: bytes) -> Recorded:
        """Set the latency and whether to record; return the counts, and reset them."""
        told = json.dumps(self.counts).encode()
        self.counts.clear()
        wishes = json.loads(body)
        self.latency = float(wishes.get("latency", 0.0))
        self.live = bool(wishes.get("live", self.live))
        return _recorded(Reply(200, {}, told))

    def count(self, request: Request, body: bytes) -> None:
        """Count a request."""
        name = f"{request.method} {request.path.split('/')[1]}"
        if request.path == "/graphql":
            name = str(json.loads(body).get("operationName") or "GraphQL")
        self.counts[name] += 1


def _changes(request: Request, body: bytes) -> bool:
    """Whether a response must not be replayed: of a mutation, an upload, a new version."""
    if request.method in ("GET", "HEAD"):
        return False
    return request.path != "/graphql" or b"mutation" in body[:4096] or b"ArtifactByID" in body


def _recorded(reply: Reply) -> Recorded:
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    return Recorded(_head(reply, len(body)) + body)


def _file(reply: Reply, path: Path, length: int) -> Recorded:
    span = reply.headers.get("content-range", "bytes 0-")
    start = int(span.partition(" ")[2].partition("-")[0])
    return Recorded(_head(reply, length), path, start, length)


def _head(reply: Reply, length: int) -> bytes:
    headers = {**reply.headers, "content-length": str(length)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} OK\r\n{lines}\r\n".encode()


class _Connection(socketserver.StreamRequestHandler):
    """One keep-alive connection, with a minimal HTTP parser."""

    rbufsize = 1 << 16
    disable_nagle_algorithm = True
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # made by it

    @override
    def handle(self) -> None:
        try:
            while self._one():
                pass
        except (ConnectionError, BrokenPipeError):
            return

    def _one(self) -> bool:
        line = self.rfile.readline()
        if not line:
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(headers)
        path, _, query = target.partition("?")
        request = Request(method, path, query, headers, f"http://{headers.get('host', '')}")
        recorder = self.server.recorder
        if path == CONTROL:
            self._send(recorder.control(body))
            return True
        recorder.count(request, body)
        if recorder.latency:
            time.sleep(recorder.latency)
        self._send(recorder.respond(request, body, headers.get("range", "")))
        return headers.get("connection", "").lower() != "close"

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length", "0")))
        pieces: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _send(self, recorded: Recorded) -> None:
        self.connection.sendall(recorded.head)
        if recorded.path is None:
            return
        with recorded.path.open("rb") as file:
            offset, end = recorded.start, recorded.start + recorded.length
            while offset < end:
                sent = os.sendfile(self.connection.fileno(), file.fileno(), offset, end - offset)
                if not sent:
                    break
                offset += sent


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128
    recorder: Recorder


def main(folder: str) -> None:
    """Serve until standard input closes; the first line of output is the port."""
    registry = Registry(folder)
    with _Server(("127.0.0.1", 0), _Connection) as server:
        server.recorder = Recorder(registry)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    # A blocked write must not outlive its client.
    socket.setdefaulttimeout(None)
    main(sys.argv[1])
