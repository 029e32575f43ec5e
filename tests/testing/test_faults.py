"""Each fault on its own: what the server gets of the request, and the client of the response."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from typing_extensions import override

from typed_artifacts import Api, ServerError
from typed_artifacts.testing import Requests, SentRequest
from typed_artifacts.testing.fault_proxy import FaultProxy
from typed_artifacts.testing.named_faults import plan_of

BODY = b'{"data": {"viewer": null}}'
HEADERS = b" HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n"
DOCUMENT = json.dumps({"query": "query Viewer { viewer { id } }"}).encode()


class _Server(http.server.ThreadingHTTPServer):
    """Answers each request in the same way, and keeps its headers and its body."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((headers, body))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(server: _Server) -> Iterator[FaultProxy]:
    with FaultProxy(("127.0.0.1", server.server_address[1])) as proxy:
        yield proxy


def received(proxy: FaultProxy, body: bytes) -> tuple[bytes, str]:
    """What a client gets for one request, and how its connection ends."""
    with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=30)) as client:
        client.sendall(body)
        with suppress(OSError):  # it may be over already
            client.shutdown(socket.SHUT_WR)
        response = b""
        try:
            while part := client.recv(1 << 16):
                response += part
        except ConnectionResetError:
            return response, "reset"
        return response, "closed"


def request(path: bytes = b"/graphql") -> bytes:
    return b"POST %sContent-Length: %d\r\n\r\n%s" % (path + HEADERS, len(DOCUMENT), DOCUMENT)


@pytest.mark.parametrize(
    ("name", "arrives", "status", "body", "end"),
    [
        ("reset", 0, b"", b"", "reset"),
        ("lost", 1, b"", b"", "reset"),
        ("cut", 1, b"200", BODY[: len(BODY) // 2], "reset"),
        ("flipped", 1, b"200", BODY[:-1] + b"|", "closed"),
        ("html", 1, b"200", b"<html>Sign in</html>", "closed"),
        ("empty", 1, b"200", b"", "closed"),
        ("401", 0, b"401", b'{"error": "who?"}', "closed"),
        ("403", 0, b"403", b'{"error": "no"}', "closed"),
        ("404", 0, b"404", b'{"error": "nothing"}', "closed"),
        ("408", 0, b"408", b'{"error": "too slow"}', "closed"),
        ("409", 0, b"409", b'{"error": "clash"}', "closed"),
        ("429", 0, b"429", b'{"error": "too many"}', "closed"),
        ("500", 0, b"500", b'{"error": "broken"}', "closed"),
        ("502", 0, b"502", b"<title>Bad</title>", "closed"),
        ("503", 0, b"503", b'{"error": "busy"}', "closed"),
    ],
)
def test_a_fault(
    name: str,
    arrives: int,
    status: bytes,
    body: bytes,
    end: str,
    server: _Server,
    proxy: FaultProxy,
) -> None:
    told: list[SentRequest] = []
    proxy.on_request = told.append
    proxy.plans = [plan_of([name], "Viewer")]
    response, ended = received(proxy, request())
    head, _, content = response.partition(b"\r\n\r\n")
    assert (head.split(b" ")[1:2], content) == ([status] if status else [], body)
    assert ended == end
    assert (b"\r\nRetry-After: 0\r\n" in head) == (name in {"429", "503"})
    if status:
        kind = b"application/json" if name not in {"html", "502"} else b"text/html"
        assert b"\r\ncontent-type: %s\r\n" % kind in head.lower()
    assert len(server.got) == len(proxy.forwarded) == arrives
    assert told == [SentRequest("Viewer", "/graphql", None)]
    # The next one goes well: whole, and not compressed, with one length.
    response, _ = received(proxy, request(b"/files/a?signature=b"))
    head, _, content = response.partition(b"\r\n\r\n")
    assert content == BODY
    assert head.lower().count(b"\r\ncontent-length: ") == 1
    headers, sent = server.got[-1]
    assert (headers.get("accept-encoding"), sent) == ("identity", DOCUMENT)
    assert told[1:] == [SentRequest("POST", "/files/a", 200)]


def test_what_is_no_http(server: _Server, proxy: FaultProxy) -> None:
    proxy.plans = [plan_of(["garbage"])]
    response, _ = received(proxy, request())
    assert not response.startswith(b"HTTP")
    assert response
    assert server.got == []


def test_what_hangs_ends_with_the_proxy(server: _Server, proxy: FaultProxy) -> None:
    proxy.plans = [plan_of(["hang"])]
    with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=30)) as client:
        client.sendall(request())
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(30)
        proxy.close()
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
    assert server.got == []


def _of_proxies() -> set[threading.Thread]:
    names = ("(_accept)", "(_serve)")
    return {each for each in threading.enumerate() if each.name.endswith(names)}


def test_a_proxy_that_is_closed_leaves_no_thread_and_no_connection(server: _Server) -> None:
    before = _of_proxies()
    with FaultProxy(("127.0.0.1", server.server_address[1])) as proxy:
        client = socket.create_connection(("127.0.0.1", proxy.port), timeout=30)
        client.sendall(request())
        assert client.recv(8) == b"HTTP/1.1"
        assert len(_of_proxies() - before) == 2
    with closing(client):
        while client.recv(1 << 16):
            pass
    assert _of_proxies() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port), timeout=30)


def test_requests_in_chunks_follow_each_other(server: _Server, proxy: FaultProxy) -> None:
    chunked = b"POST /graphql" + HEADERS + b"Transfer-Encoding: chunked\r\n\r\n"
    chunked += b"3\r\n{qu\r\n0\r\nX-Sum: 1\r\n\r\n"
    response, _ = received(proxy, chunked + request())
    assert response.count(b"HTTP/1.1 200") == 2
    assert [body for _, body in server.got] == [b"{qu", DOCUMENT]


@pytest.mark.artifacts_faults("503")
@pytest.mark.artifacts_faults("404")
def test_of_two_markers_the_outer_one_comes_first(
    artifacts_api: Api, artifacts_requests: Requests
) -> None:
    with pytest.raises(ServerError, match="404"):
        artifacts_api.artifact("demo/n")
    assert len(artifacts_requests) == 2  # the first was tried again
    assert repr(artifacts_requests).startswith("<2 requests\n  --- ArtifactMembership /graphql\n")


def test_requests_that_come_while_they_are_read_are_for_the_next_time() -> None:
    requests = Requests()
    requests.add(SentRequest("One", "", 200))
    for _, each in zip(range(3), requests, strict=False):
        requests.add(each)
    assert len(requests) == 2
    assert requests.counts == {"One": 2}
