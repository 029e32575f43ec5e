"""Requests of browsers: allowed hosts, origins and content types."""

import json
from collections.abc import Iterator
from pathlib import Path
from socket import gethostname

import httpx
import pytest
from typing_extensions import override

from tests.local.processes import PATIENCE, Served, serving
from typed_artifacts import Api
from typed_artifacts.local.http.hosts import names_of

VIEWER = json.dumps({"query": "{ viewer { username } }"})
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("hosts") / "registry", "--open") as running:
        yield running


def _post(served: Served, headers: dict[str, str], content: str = VIEWER) -> httpx.Response:
    return httpx.post(
        f"{served.url}/graphql",
        content=content,
        headers=headers,
        auth=("api", "some-user"),
        timeout=PATIENCE,
    )


@pytest.mark.each(3)
@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example"),
        *("8.8.8.8", "[::2]", "", "evil.example@localhost", "localhost/..", "0.0.0.1", "[::1"),
    ],
)
def test_another_host_is_refused(served: Served, host: str) -> None:
    reply = _post(served, JSON | {"host": host})
    assert reply.status_code in (421, 400)
    assert "username" not in reply.text
    for path in ("/storage/blobs/0/x", "/healthz", "/artifacts/x/y"):
        other = httpx.get(served.url + path, headers={"host": host}, timeout=PATIENCE)
        assert other.status_code in (421, 400)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:9", "localhost."]
)
def test_the_own_names_are_taken(served: Served, host: str) -> None:
    assert _post(served, JSON | {"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("listening", "further", "host", "allowed"),
    [
        ("127.0.0.1", (), "192.168.1.5", False),
        ("127.0.0.2", (), "127.0.0.2:80", True),
        ("::1", (), "[0:0::1]:80", True),
        ("0.0.0.0", (), "192.168.1.5:80", True),  # noqa: S104
        ("0.0.0.0", (), "evil.example", False),  # noqa: S104
        ("0.0.0.0", (), f"{gethostname().upper()}.:80", True),  # noqa: S104
        ("127.0.0.1", (), gethostname(), False),
        ("192.168.1.5", (), "192.168.1.5", True),
        ("192.168.1.5", (), "192.168.1.6", False),
        ("192.168.1.5", (), "10.0.0.1", True),  # the address that the connection came to
        ("build.lan", (), "build.lan:8080", True),
        ("127.0.0.1", ("Wandb.Example.org",), "wandb.example.ORG", True),
        ("127.0.0.1", ("a.example",), "b.a.example", False),
        ("127.0.0.1", ("*",), "anything", True),
        ("127.0.0.1", ("*",), "no host", False),
    ],
)
def test_which_names_are_the_servers(
    listening: str, further: tuple[str, ...], host: str, allowed: bool
) -> None:
    assert names_of(listening, further).allow(host, "10.0.0.1") is allowed


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "",
        "json",
        "multipart/form-data; boundary=x",
        "application/jsonp",
    ],
)
def test_only_json_is_executed(served: Served, content_type: str) -> None:
    reply = _post(served, {"content-type": content_type})
    assert reply.status_code == 415
    assert "username" not in reply.text
    assert _post(served, {}).status_code == 400


def test_a_charset_may_be_said(served: Served) -> None:
    assert _post(served, {"content-type": "Application/JSON; charset=utf-8"}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "", "["])
def test_foreign_pages_are_refused(served: Served, origin: str) -> None:
    reply = _post(served, JSON | {"origin": origin})
    assert reply.status_code == 403
    assert "username" not in reply.text
    assert not any(name.startswith("access-control") for name in reply.headers)


def test_the_own_page_may_ask_and_there_is_no_cors(served: Served) -> None:
    assert _post(served, JSON | {"origin": served.url}).status_code == 200
    asked = {"origin": "https://x.org", "access-control-request-method": "POST"}
    reply = httpx.options(f"{served.url}/graphql", headers=asked, timeout=PATIENCE)
    assert reply.status_code >= 400
    assert not any(name.startswith("access-control") for name in reply.headers)


@pytest.mark.long
def test_further_hosts_and_origins_are_asked_for(tmp_path: Path) -> None:
    further = ("--allow-host", "wandb.example.org", "--allow-origin", "https://x.org")
    with serving(tmp_path / "registry", "--open", *further) as served:
        assert _post(served, JSON | {"host": "wandb.example.org"}).status_code == 200
        assert _post(served, JSON | {"host": "evil.example"}).status_code == 421
        reply = _post(served, JSON | {"origin": "https://x.org"})
        assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (
            200,
            "https://x.org",
        )
        asked = {
            "origin": "https://x.org",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }
        assert httpx.options(f"{served.url}/graphql", headers=asked).status_code == 200
        assert _post(served, JSON | {"origin": "https://y.org"}).status_code == 403


class _TlsProxy(httpx.HTTPTransport):
    """What a proxy that ends TLS sends on, and the addresses that it was asked for."""

    def __init__(self, served: Served) -> None:
        super().__init__()
        self._server = httpx.URL(served.url)
        self.asked: set[str] = set()

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.add(str(request.url.join("/")))
        request.headers["x-forwarded-proto"] = request.url.scheme
        request.url = request.url.copy_with(
            scheme=self._server.scheme, host=self._server.host, port=self._server.port
        )
        return super().handle_request(request)


@pytest.mark.long
def test_files_are_sent_and_read_through_a_proxy_that_ends_tls(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "registry", "--open", "--allow-host", "wandb.example.org") as served,
        _TlsProxy(served) as proxy,
    ):
        api = Api(base_url="https://wandb.example.org", api_key="k" * 40, transport=proxy)
        logged = api.log_artifact("p/c", type="t", files={"a.txt": b"alpha"})
        with logged.files()[0].open() as file:
            assert file.read() == b"alpha"
        assert proxy.asked == {"https://wandb.example.org/"}
