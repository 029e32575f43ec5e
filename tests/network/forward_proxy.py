"""A forward proxy with a password: absolute URLs for http, a CONNECT tunnel for https."""

from __future__ import annotations

import base64
import http.client
import select
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from typing_extensions import override

USER, PASSWORD = "us:r", "p@ss wörd"


class ForwardProxy(ThreadingHTTPServer):
    """Notes what it was asked to do; every name is this machine.

    Attributes:
        asked: method and target of each request that had the right password.
        refused: how many had not.
        failing: the statuses that it answers the next attempts to open a tunnel with.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str]] = []
        self.refused = 0
        self.failing: list[int] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ForwardProxy  # pyright: ignore[reportIncompatibleVariableOverride]  # no other makes it

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass

    def _is_allowed(self) -> bool:
        pair = base64.b64encode(f"{USER.replace(':', '')}:{PASSWORD}".encode()).decode()
        if self.headers.get("Proxy-Authorization") == f"Basic {pair}":
            self.server.asked.append((self.command, self.path))
            return True
        self.server.refused += 1
        self.send_response(407)
        self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        return False

    def do_CONNECT(self) -> None:
        if not self._is_allowed():
            return
        if self.server.failing:
            self.send_response(self.server.failing.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.close_connection = True
            return
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            self.send_response(200)
            self.end_headers()
            _pump(self.connection, upstream)
        self.close_connection = True

    def _forward(self) -> None:
        if not self._is_allowed():
            return
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=30)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = {k: v for k, v in self.headers.items() if not k.lower().startswith("proxy-")}
        upstream.request(self.command, target, body, kept)
        response = upstream.getresponse()
        content = response.read()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in {"transfer-encoding", "content-length", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        upstream.close()

    do_GET = do_POST = do_PUT = _forward  # noqa: N815 - the names that http.server looks for


def _pump(one: socket.socket, other: socket.socket) -> None:
    while True:
        for source in select.select([one, other], [], [], 30)[0]:
            target = other if source is one else one
            if not (data := source.recv(65536)):
                return
            target.sendall(data)


@contextmanager
def forward_proxy() -> Generator[ForwardProxy]:
    """Run a proxy for a while."""
    proxy = ForwardProxy()
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
