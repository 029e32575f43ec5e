"""Proxies on the way to a server, for GraphQL and for files, in both flavours."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
import threading
import time
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import trio
import trustme

from tests.network.conftest import Secure
from tests.network.forward_proxy import PASSWORD, USER, forward_proxy
from tests.network.serving import KEY, http_registry
from typed_artifacts import (
    NO_RETRIES,
    Api,
    AsyncApi,
    AsyncClient,
    Client,
    ConnectionFailed,
    ProxyAuthenticationRequired,
    RequestEvent,
    RequestTimeout,
    RetryPolicy,
)
from typed_artifacts._environment.network import Network
from typed_artifacts._environment.proxies import bypasses, passwords, proxy_for
from typed_artifacts._transfer import FixedUrls, ManifestEntry, read_bytes
from typed_artifacts._transfer.http.httpx_source import TransportSource
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts.errors import ExtraNotInstalled, InvalidInput

PAIR = f"{USER.replace(':', '')}:{quote(PASSWORD)}"
FILES = {f"f{n}": bytes([n]) * 5000 for n in range(3)}
both = pytest.mark.parametrize("flavour", ["sync", "async"])


async def round_trip(
    flavour: str, url: str, folder: Path, name: str, noted: list[RequestEvent] | None = None
) -> list[RequestEvent]:
    """Log and download, in either flavour."""
    events: list[RequestEvent] = [] if noted is None else noted
    options: dict[str, Any] = {"base_url": url, "api_key": KEY, "entity": "local"}
    if flavour == "sync":
        with Api(**options, on_request=events.append, allow_http=True) as api:
            api.log_artifact(f"demo/{name}", type="dataset", files=FILES).download(folder)
    else:
        async with AsyncApi(**options, on_request=events.append, allow_http=True) as api:
            logged = await api.log_artifact(f"demo/{name}", type="dataset", files=FILES)
            await logged.download(folder)
    assert contents(folder) == FILES
    return events


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@both
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy", "WANDB__PROXIES"])
async def test_everything_over_https_goes_through_the_tunnel(
    flavour: str, variable: str, secure: Secure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.authority))
    with forward_proxy() as proxy:
        address = f"http://{PAIR}@{proxy.address}"
        value = json.dumps({"https": address}) if variable.startswith("WANDB") else address
        monkeypatch.setenv(variable, value)
        await round_trip(flavour, secure.url(), tmp_path / "out", f"{flavour}-{variable.lower()}")
    assert {method for method, _ in proxy.asked} == {"CONNECT"}
    assert {target for _, target in proxy.asked} == {f"registry.test:{secure.port}"}
    assert proxy.refused == 0


@both
async def test_everything_over_http_goes_through_the_proxy(
    flavour: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with forward_proxy() as proxy, http_registry(tmp_path / "registry") as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://{PAIR}@{proxy.address}")
        url = f"http://registry.test:{port}"
        await round_trip(flavour, url, tmp_path / "out", "plain")
    assert {method for method, _ in proxy.asked} == {"POST", "PUT", "GET"}
    assert all(target.startswith(url) for _, target in proxy.asked)


@both
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_wants_a_password_is_told_after_one_attempt(
    flavour: str, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with forward_proxy() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://someone:wrong@{proxy.address}")
        with pytest.raises(ProxyAuthenticationRequired, match=r"user.*password") as caught:
            await round_trip(flavour, f"{scheme}://registry.test:99", tmp_path / "out", "refused")
    assert proxy.refused == 1
    assert "wrong" not in str(caught.value)


def test_a_password_is_wanted_for_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with forward_proxy() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://{proxy.address}")
        for scheme in ("http", "https"):
            source = Urllib3Source(Network(timeout=5))
            urls = FixedUrls({"x": f"{scheme}://registry.test:99/x?secret"})
            with pytest.raises(ProxyAuthenticationRequired, match=r"user.*password"):
                read_bytes(ManifestEntry("x", ""), urls, source=source)
            source.close()
    assert proxy.refused == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_password_is_wanted_behind_a_transport_too(scheme: str) -> None:
    with forward_proxy() as proxy, httpx.HTTPTransport(proxy=f"http://{proxy.address}") as given:
        urls = FixedUrls({"x": f"{scheme}://registry.test:99/x?secret"})
        with pytest.raises(ProxyAuthenticationRequired, match=r"user.*password"):
            read_bytes(ManifestEntry("x", ""), urls, source=TransportSource(given))
    assert proxy.refused == 1


@both
async def test_this_machine_is_never_reached_through_a_proxy(
    flavour: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with http_registry(tmp_path / "registry") as port:
        await round_trip(flavour, f"http://127.0.0.1:{port}", tmp_path / "out", "direct")


@both
async def test_a_socks_proxy_that_is_not_needed_stops_nothing(
    flavour: str, secure: Secure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.authority))
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with forward_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{PAIR}@{proxy.address}")
        await round_trip(flavour, secure.url(), tmp_path / "out", f"{flavour}-socks")


@both
async def test_a_change_is_sent_again_where_the_proxy_has_opened_no_tunnel(
    flavour: str, secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counted as sent, so that a proxy's 503 ended every change that may not run twice."""
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.authority))
    options: dict[str, Any] = {"base_url": secure.url(), "api_key": KEY, "entity": "local"}
    with forward_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{PAIR}@{proxy.address}")
        with Api(**options) as api:
            logged = api.log_artifact(f"demo/gone-{flavour}", type="dataset", files=FILES)
            proxy.failing = [503]
            if flavour == "sync":
                with Client(secure.url(), KEY) as client:
                    client.queries.delete_artifact(id=logged.id, delete_aliases=True)
            else:
                async with AsyncClient(secure.url(), KEY) as other:
                    await other.queries.delete_artifact(id=logged.id, delete_aliases=True)
            assert not proxy.failing
            assert not api.artifact_exists(f"demo/gone-{flavour}:v0")


@pytest.mark.parametrize("flavour", ["sync", "asyncio", "trio"])
def test_a_proxy_that_opens_no_tunnel_is_named_and_asked_once(
    flavour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that forbids the host; six attempts took nine seconds."""
    with forward_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{PAIR}@{proxy.address}")
        proxy.failing = [403, 403]
        with pytest.raises(ConnectionFailed, match=r"proxy.*403 Forbidden.*NO_PROXY") as caught:
            exists(flavour, RetryPolicy())
    assert caught.value.request_sent is False
    assert proxy.failing == [403]


@pytest.mark.parametrize("status", [403, 404, 429, 502])
def test_files_are_asked_for_once_where_a_proxy_refuses_a_tunnel(
    status: int, secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But again where it may open one later."""
    with forward_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{PAIR}@{proxy.address}")
        proxy.failing = [status, 403]
        source = Urllib3Source(Network(timeout=5))
        urls = FixedUrls({"x": f"{secure.url()}/x?secret"})
        with pytest.raises(ConnectionFailed, match=r"no connection \(40[34]\)\. .*NO_PROXY.*it\.$"):
            read_bytes(ManifestEntry("x", ""), urls, source=source)
        source.close()
    assert proxy.failing == ([403] if status in {403, 404} else [])


def exists(flavour: str, retry: RetryPolicy = NO_RETRIES) -> bool:
    """Ask for a version of a server that only a proxy reaches."""
    options: dict[str, Any] = {"base_url": "https://registry.test", "api_key": KEY, "retry": retry}

    async def ask() -> bool:
        async with AsyncApi(**options) as api:
            return await api.artifact_exists("me/demo/data")

    if flavour == "sync":
        return Api(**options).artifact_exists("me/demo/data")
    return asyncio.run(ask()) if flavour == "asyncio" else trio.run(ask)


@pytest.mark.parametrize("flavour", ["sync", "asyncio", "trio"])
def test_a_proxy_that_refuses_connections_is_told_in_the_words_of_the_system(
    flavour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In async code the error was only that all attempts had failed, and the proxy had no name."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://{PAIR}@127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(ConnectionFailed, match="Connection refused") as caught:
        exists(flavour)
    message = str(caught.value)
    assert " https://registry.test through the proxy http://127.0.0.1:9: " in message
    assert "Hosts that NO_PROXY names are reached without it." in message
    assert not caught.value.request_sent


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_files_name_the_proxy_that_refuses_connections(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://{PAIR}@127.0.0.1:9")
    source = Urllib3Source(Network(timeout=5))
    entry, urls = ManifestEntry("x", "", 1), FixedUrls({"x": "https://h.test/x"})
    words = rf"Connection refused, through the proxy {scheme}://127\.0\.0\.1:9\. Try again later\.$"
    with pytest.raises(ConnectionFailed, match=words) as caught:
        read_bytes(entry, urls, source=source, retry=NO_RETRIES)
    assert not caught.value.request_sent


def test_a_transport_of_the_callers_goes_through_no_proxy_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no way there")

    transport = httpx.MockTransport(refuse)
    url = "https://registry.test"
    with (
        Api(base_url=url, api_key=KEY, retry=NO_RETRIES, transport=transport) as api,
        pytest.raises(ConnectionFailed, match=r"no way there\. Is the address right") as caught,
    ):
        api.artifact_exists("me/demo/data")
    assert "127.0.0.1:9" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "port", "no_proxy", "bypassed"),
    [
        ("example.com", 443, "", False),
        ("example.com", 443, "*", True),
        ("example.com", 443, "a.org, example.com", True),
        ("example.com", 443, "a.org example.com", True),
        ("EXAMPLE.com.", 443, "Example.COM", True),
        ("api.example.com", 443, "example.com", True),
        ("api.example.com", 443, ".example.com", True),
        ("api.example.com", 443, "*.example.com", True),
        ("notexample.com", 443, "example.com", False),
        ("example.com", 443, "example.com:443", True),
        ("example.com", 443, "example.com:8080", False),
        ("example.com", 443, "example.com:abc", False),
        ("10.1.2.3", 80, "10.0.0.0/8", True),
        ("10.1.2.3", 80, "10.9.9.9/8", True),
        ("11.1.2.3", 80, "10.0.0.0/8", False),
        ("10.1.2.3", 80, "10.1.2.3", True),
        ("10.1.2.3", 80, "10.1.2.3:81", False),
        ("fd00::1", 80, "localhost,127.0.0.1,::1,fd00::/8", True),
        ("fe80::1", 80, "localhost,127.0.0.1,::1,fd00::/8", False),
        ("2001:db8::1", 80, "2001:0db8:0::0001", True),
        ("2001:db8::1", 80, "[2001:db8::1]", True),
        ("2001:db8::1", 80, "[2001:db8::1]:80", True),
        ("2001:db8::1", 80, "[2001:db8::1]:81", False),
        ("2001:db8::1", 80, "[2001:db8::]/32", True),
        ("example.com", 80, "fd00::/8,:,/,[,]:,example.com", True),
        ("example.com", 80, "10.0.0.0/99, ::/x", False),
    ],
)
def test_what_no_proxy_names(host: str, port: int, no_proxy: str, *, bypassed: bool) -> None:
    assert bypasses(host, port, no_proxy) is bypassed


def test_which_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://host.example/x"
    assert proxy_for(url, {}) is None
    monkeypatch.setenv("ALL_PROXY", "socks5://socks.example:1080")
    assert (found := proxy_for(url, {})) is not None
    assert found.is_socks
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    assert (found := proxy_for(url, {})) is not None
    assert found.url == "http://proxy.example:3128"
    monkeypatch.setenv("no_proxy", "host.example")
    assert proxy_for(url, {}) is None
    assert (found := proxy_for(url, {"all": "http://me:secret@other:1"})) is not None
    assert (found.url, found.username, found.password) == ("http://other:1", "me", "secret")
    assert "secret" not in repr(found)
    for host in ("localhost", "localhost.", "127.1", "127.8.0.1", "[::1]", "[::ffff:127.0.0.1]"):
        assert proxy_for(f"http://{host}:81/", {"http": "http://other:1"}) is None
    for host in ("localhost.example", "128.1", "127.1.example"):
        assert proxy_for(f"http://{host}:81/", {"http": "http://other:1"}) is not None


def test_a_proxy_may_be_an_address_of_ipv6() -> None:
    found = proxy_for("http://host.example", {"http": "http://[2001:db8::1]:3128"})
    assert found is not None
    assert found.url == "http://[2001:db8::1]:3128"
    found = proxy_for("http://host.example", {"http": "http://[2001:db8::1]"})
    assert found is not None
    assert found.url == "http://[2001:db8::1]"


def test_a_proxy_without_a_usable_address_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://me:secret@x:1")
    with pytest.raises(InvalidInput, match="no usable address") as caught:
        proxy_for("https://host.example/", {})
    assert "secret" not in str(caught.value)
    assert proxy_for("http://host.example/", {}) is None


@both
@pytest.mark.parametrize(
    ("address", "expected", "words"),
    [
        ("http://", InvalidInput, "no usable address"),
        ("socks5://127.0.0.1:9", ExtraNotInstalled, r"typed-artifacts\[socks\]"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_one_error_after_one_attempt(
    flavour: str,
    address: str,
    expected: type[Exception],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    for missing in ("socksio", "socks"):
        monkeypatch.setitem(sys.modules, missing, None)
    events: list[RequestEvent] = []
    with pytest.raises(expected, match=words):
        await round_trip(flavour, "https://h.test", Path(), "x", events)
    assert len(events) == 1
    entry, urls = ManifestEntry("x", "", None), FixedUrls({"x": "https://h.test/x"})
    with pytest.raises(expected, match=words):
        read_bytes(entry, urls, source=Urllib3Source(Network(timeout=5)))


def test_a_tunnel_that_drips_keeps_to_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(connection: ssl.SSLSocket) -> None:
        with suppress(OSError), connection:
            connection.recv(65536)
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 10:
                connection.sendall(bytes([byte]))
                time.sleep(0.2)

    issuer = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert("drip.test").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # of pyOpenSSL, which is not here
    trusting = ssl.create_default_context()
    issuer.configure_trust(trusting)  # pyright: ignore[reportUnknownMemberType]  # of pyOpenSSL, which is not here
    with socket.create_server(("127.0.0.1", 0)) as listener, forward_proxy() as proxy:

        def accept() -> None:
            connection, _ = listener.accept()
            drip(context.wrap_socket(connection, server_side=True))

        thread = threading.Thread(target=accept)
        thread.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://{PAIR}@{proxy.address}")
        with (
            Api(
                base_url=f"https://drip.test:{listener.getsockname()[1]}",
                api_key=KEY,
                entity="e",
                timeout=1,
                retry=NO_RETRIES,
                ssl_context=trusting,
            ) as api,
            pytest.raises(RequestTimeout, match=f" through the proxy http://{proxy.address} "),
        ):
            api.artifact("p/c:v0")
        thread.join(20)


def test_passwords_that_are_hidden_in_texts() -> None:
    short, long = (f"http://me:{each}@proxy.test" for each in ("abc", "abc-%20-xyz"))
    travelling = [b64encode(pair).decode() for pair in (b"me:abc", b"me:abc- -xyz")]
    # A short password may be part of any word; what is sent of it is none.
    assert passwords({"http": short, "https": long}) == [*travelling, "abc- -xyz"]
    assert passwords({"all": "http://me@proxy.test"}) == []
