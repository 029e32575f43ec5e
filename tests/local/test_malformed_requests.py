"""Malformed requests are refused, and the server continues to work."""

import base64
import json
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.local.processes import PATIENCE, VERSIONS, VIEWER, Served, serving, upload_url

FILE = """{ project(entityName: "local", name: "p") { artifact(name: "c") {
  files { edges { node { directUrl } } } } } }"""


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("bytes=" + "9" * 5000 + "-", 416),
        ("bytes=0-" + "9" * 5000, 206),
        ("bytes=-" + "9" * 5000, 206),
        ("bytes=" + "0" * 5000 + "-0", 206),
        ("bytes=²-", 200),
        ("bytes=--1", 200),
    ],
)
def test_a_range_of_thousands_of_digits(served: Served, header: str, status: int) -> None:
    link = _link(served)
    reply = httpx.get(link, headers={b"range": header.encode()}, timeout=PATIENCE)
    assert reply.status_code == status


def _link(served: Served) -> str:
    artifact = served.ask(FILE).json()["data"]["project"]["artifact"]
    link: str = artifact["files"]["edges"][0]["node"]["directUrl"]
    return link


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expires", "9" * 5000),
        ("expires", "-1"),
        ("expires", "1e9"),
        ("expires", "%d9%a1"),
        ("signature", "%c3%a9" * 32),
        ("signature", "%ff%fe"),
        ("signature", ""),
        ("signature", "0" * 100_000),
    ],
)
def test_a_query_that_no_url_of_ours_has(served: Served, name: str, value: str) -> None:
    path, _, query = _link(served).partition("?")
    fields = dict(part.split("=") for part in query.split("&")) | {name: value}
    changed = "&".join(f"{key}={each}" for key, each in fields.items())
    reply = served.raw(
        f"GET {path.removeprefix(served.url)}?{changed} HTTP/1.1\r\nHost: localhost\r\n"
        "Connection: close\r\n\r\n"
    )
    assert reply.split(b" ")[1] in (b"403", b"400")


def _cursor(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        _cursor("[" * 50_000),
        _cursor("[" * 50_000 + "]" * 50_000),
        _cursor('["-version_index",' + "9" * 5000 + "]"),
        _cursor('["-version_index",' + "9" * 30 + "]"),
        _cursor('["-version_index", 1e999]'),
        _cursor('["-version_index", NaN]'),
        _cursor(["-version_index", [1]]),
        "é",
        "====",
    ],
)
def test_a_cursor_that_is_none(served: Served, cursor: str) -> None:
    query = """query($after: String) { project(entityName: "local", name: "p") {
      artifactCollection(name: "c") { artifacts(after: $after) { edges { cursor } } } } }"""
    (error,) = served.ask(query, after=cursor).json()["errors"]
    assert "cursor" in error["message"]


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "body", [DEEP, '{"complete": ' + DEEP, "9" * 5000, "\ud800".encode("utf-8", "surrogatepass")]
)
def test_a_file_stream_that_is_no_json(served: Served, body: str | bytes) -> None:
    url = f"{served.url}/files/local/p/r/file_stream"
    content = body.encode() if isinstance(body, str) else body
    reply = httpx.post(url, content=content, auth=("api", served.key), timeout=PATIENCE)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_a_number_of_thousands_of_digits_in_a_filter(served: Served) -> None:
    body = served.ask(VERSIONS, f='{"version": ' + "9" * 5000 + "}").json()
    assert "a number in it has too many digits" in body["errors"][0]["message"]


@pytest.mark.parametrize("unit", ["[],", "{},", '"",', "1,"])
@pytest.mark.parametrize("path", ["/graphql", "/files/local/p/r/file_stream"])
def test_json_of_very_many_values_is_not_read(served: Served, path: str, unit: str) -> None:
    """Each value takes many times its text in memory, and nobody else is served meanwhile."""
    before = served.memory()
    content = '{"query": "{viewer{id}}", "x": [' + unit * (15_000_000 // len(unit)) + "0]}"
    headers, auth = {"content-type": "application/json"}, ("api", served.key)
    reply = httpx.post(
        f"{served.url}{path}", content=content, headers=headers, auth=auth, timeout=PATIENCE
    )
    assert (reply.status_code, "values" in reply.text) == (400, True), reply.text
    assert served.memory() - before < 200 << 20


@pytest.mark.parametrize("name", ["metadata", "filters", "variables"])
def test_json_inside_json_that_is_too_deep(served: Served, name: str) -> None:
    if name == "filters":
        body = served.ask(VERSIONS, f=DEEP).json()
        assert "too deeply" in body["errors"][0]["message"]
    elif name == "variables":
        content = '{"query": "{viewer{id}}", "variables": ' + DEEP
        headers = {"content-type": "application/json"}
        auth = ("api", served.key)
        reply = httpx.post(f"{served.url}/graphql", content=content, headers=headers, auth=auth)
        assert reply.status_code == 400
    else:
        query = """mutation($m: JSONString) { createArtifact(input: {entityName: "local",
          projectName: "p", artifactTypeName: "t", artifactCollectionName: "m", digest: "0",
          digestAlgorithm: MANIFEST_MD5, metadata: $m}) { artifact { id } } }"""
        (error,) = served.ask(query, m='{"a": ' + DEEP).json()["errors"]
        assert "Metadata must be JSON" in error["message"]


@pytest.mark.parametrize(
    "path", ["/graphql", "/files/local/p/r/file_stream", "/storage/uploads/file/0/1"]
)
def test_a_client_that_hangs_up_is_forgotten(served: Served, path: str) -> None:
    token = base64.b64encode(f"api:{served.key}".encode()).decode()
    method, target = "POST", path
    if path.startswith("/storage"):
        method, target = "PUT", upload_url(served, b"never").removeprefix(served.url)
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    for _ in range(5):
        with served.connect() as connection:
            connection.sendall(head.encode())
            time.sleep(0.05)
    assert served.ask(VIEWER).status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
        "GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: \xff\r\n\r\n",
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n",
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nX: " + "y" * 200_000 + "\r\n\r\n",
        "\x00\x01\x02\r\n\r\n",
    ],
)
def test_heads_that_are_none(served: Served, head: str) -> None:
    reply = served.raw(head.encode("latin-1"))
    assert not reply.startswith(b"HTTP/1.1 5")
    assert served.ask(VIEWER).status_code == 200


QUICK = """
from typed_artifacts.local.http import bodies, protocol
bodies.STALLED_SECONDS = 0.5
protocol.QUIET_SECONDS = 0.5
"""


@pytest.mark.long
def test_clients_that_stall_are_given_up(tmp_path: Path) -> None:
    with serving(tmp_path / "registry", before=QUICK) as quick:
        token = base64.b64encode(f"api:{quick.key}".encode()).decode()
        head = f"POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {token}\r\n"
        body = f"{head}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{{"
        with quick.connect() as connection:
            connection.sendall(body.encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")
        for text in ("", "POST /graph", head):  # no request at all
            assert quick.raw(text) == b""
        with quick.connect() as connection:  # answered long ago, and still sending
            connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n")
            connection.sendall(b"Content-Length: 99999999\r\n\r\n")
            with pytest.raises(ConnectionError):
                _drip(connection)
        assert "Traceback" not in quick.errors.read_text(encoding="utf-8")


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
"""


@pytest.mark.long
@pytest.mark.parametrize(("soft", "hard", "idle"), [(256, 256, 400), (256, 4096, 400)])
def test_idle_connections_take_no_file_from_others(
    tmp_path: Path, soft: int, hard: int, idle: int
) -> None:
    """A connection that cannot be accepted was told of in 64 MB, and who was connected got 500."""
    pytest.importorskip("resource")
    with (
        serving(tmp_path / "registry", before=LIMITED.format(soft=soft, hard=hard)) as limited,
        httpx.Client(base_url=limited.url) as client,
    ):
        assert client.get("/healthz").status_code == 200
        held = [limited.connect() for _ in range(idle)]
        for _ in range(20):
            assert client.get("/healthz").status_code == 200
            assert limited.ask(VIEWER).status_code == 200  # on a connection of its own
        for connection in held:
            connection.close()
        assert limited.errors.stat().st_size < 10_000


def _drip(connection: socket.socket) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        connection.sendall(b" " * 1000)
        time.sleep(0.05)
