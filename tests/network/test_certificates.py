"""Certificates: whom a client trusts, and what it says of those it does not; GraphQL and files."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from inspect import isawaitable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from typing_extensions import override

from tests.network.conftest import Secure
from tests.network.serving import KEY, http_registry
from typed_artifacts import (
    NO_RETRIES,
    Api,
    AsyncApi,
    ConnectionFailed,
    RequestEvent,
    UntrustedCertificate,
)
from typed_artifacts._environment.network import Network
from typed_artifacts._transfer import FixedUrls, ManifestEntry, read_bytes
from typed_artifacts._transfer.http.httpx_source import TransportSource
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts.errors import InvalidInput

both = pytest.mark.parametrize("flavour", ["sync", "async"])


async def round_trip(
    flavour: str,
    url: str,
    name: str,
    context: ssl.SSLContext | None = None,
    events: list[RequestEvent] | None = None,
) -> bytes:
    """Log a file and read it again, in either flavour."""
    noted: list[RequestEvent] = [] if events is None else events
    if flavour == "sync":
        with Api(
            base_url=url,
            api_key=KEY,
            entity="local",
            ssl_context=context,
            on_request=noted.append,
        ) as api:
            logged = api.log_artifact(f"demo/{name}", type="dataset", files={"a": name.encode()})
            return logged.files()[0].read_bytes()
    async with AsyncApi(
        base_url=url, api_key=KEY, entity="local", ssl_context=context, on_request=noted.append
    ) as api:
        made = await api.log_artifact(f"demo/{name}", type="dataset", files={"a": name.encode()})
        return await (await anext(aiter(made.files()))).read_bytes()


def hashed_folder(certificate: Path, folder: Path) -> Path:
    """A folder as OpenSSL reads it: each certificate by the hash of its subject."""
    command = ["openssl", "x509", "-subject_hash", "-noout", "-in", str(certificate)]
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    shutil.copy(certificate, folder / f"{done.stdout.strip()}.0")
    return folder


@both
async def test_nobody_vouches_for_it(flavour: str, secure: Secure) -> None:
    events: list[RequestEvent] = []
    with pytest.raises(UntrustedCertificate, match="not trusted") as caught:
        await round_trip(flavour, secure.url("127.0.0.1"), "x", events=events)
    assert len(events) == 1
    assert "SSL_CERT_FILE" in str(caught.value)
    assert "network up" not in str(caught.value)
    assert not caught.value.request_sent


async def _settled(call: Callable[[], object]) -> None:
    found = call()
    if isawaitable(found):
        await found


@both
async def test_a_server_without_tls_is_told(flavour: str, tmp_path: Path) -> None:
    with http_registry(tmp_path) as port:
        made = {"sync": Api, "async": AsyncApi}[flavour]
        api: Any = made(base_url=f"https://127.0.0.1:{port}", api_key=KEY, retry=NO_RETRIES)
        with pytest.raises(ConnectionFailed, match=r"its address begins with http\.$"):
            await _settled(api.whoami)


@both
async def test_it_is_another_hosts(
    flavour: str, secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.authority))
    with pytest.raises(UntrustedCertificate, match="localhost"):
        await round_trip(flavour, secure.url("localhost"), "x")


@both
@pytest.mark.parametrize(
    ("variable", "kind"),
    [
        *(("SSL_CERT_FILE", "file"), ("SSL_CERT_DIR", "folder")),
        *(("REQUESTS_CA_BUNDLE", "file"), ("REQUESTS_CA_BUNDLE", "folder")),
        *(("CURL_CA_BUNDLE", "file"), ("CURL_CA_BUNDLE", "folder")),
    ],
)
async def test_the_environment_names_whom_to_trust(
    flavour: str,
    variable: str,
    kind: str,
    secure: Secure,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = secure.authority
    if kind == "folder":
        value = hashed_folder(secure.authority, tmp_path)
    monkeypatch.setenv(variable, str(value))
    name = f"{flavour}-{variable.lower()}-{kind}"
    assert await round_trip(flavour, secure.url("127.0.0.1"), name) == name.encode()


@both
@pytest.mark.parametrize(
    "variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
)
async def test_their_paths_may_begin_at_home_and_folders_be_several(
    flavour: str, variable: str, secure: Secure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    shutil.copy(secure.authority, tmp_path / "mine.pem")
    value = "~/mine.pem"
    if variable == "SSL_CERT_DIR":
        folder = hashed_folder(secure.authority, tmp_path)
        (tmp_path / "empty").mkdir()
        value = os.pathsep.join(["~/empty", f"~/{folder.relative_to(tmp_path)}", ""])
    monkeypatch.setenv(variable, value)
    name = f"{flavour}-home-{variable.lower()}"
    assert await round_trip(flavour, secure.url("127.0.0.1"), name) == name.encode()


@both
async def test_the_first_of_several_variables_counts(
    flavour: str, secure: Secure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.authority))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stranger))
    assert await round_trip(flavour, secure.url("127.0.0.1"), "first") == b"first"
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(secure.authority))
    with pytest.raises(UntrustedCertificate):
        await round_trip(flavour, secure.url("127.0.0.1"), "first")


@both
async def test_a_context_of_ones_own_with_a_client_certificate(
    flavour: str, secure: Secure, tmp_path: Path
) -> None:
    context = ssl.create_default_context(cafile=str(secure.authority))
    _load(context, secure.issuer, tmp_path, "client@registry.test")
    assert await round_trip(flavour, secure.url("127.0.0.1"), "mine", context) == b"mine"


def _load(context: ssl.SSLContext, issuer: trustme.CA, folder: Path, name: str) -> None:
    """Load a certificate that this issuer makes for a name."""
    pem = folder / f"{name}.pem"
    issuer.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(str(pem))
    context.load_cert_chain(pem)


def _trusting(issuer: trustme.CA, purpose: ssl.Purpose) -> ssl.SSLContext:
    return ssl.create_default_context(purpose, cadata=issuer.cert_pem.bytes().decode())


@contextmanager
def demanding(issuer: trustme.CA, version: ssl.TLSVersion, folder: Path) -> Generator[str]:
    """A server that answers nobody without a certificate of this issuer's; its URL.

    uvicorn is none: asyncio closes the connection without the alert that says why.
    """
    context = _trusting(issuer, ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    _load(context, issuer, folder, "127.0.0.1")
    server = _Quiet(("127.0.0.1", 0), _Demanding)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(ThreadingHTTPServer):
    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of the handshakes that fail."""


class _Demanding(BaseHTTPRequestHandler):
    @override
    def setup(self) -> None:
        connection: ssl.SSLSocket = self.request
        try:
            connection.do_handshake()
        except ssl.SSLError:
            # A server that closes at once may lose the alert that says why on its way.
            connection.shutdown(socket.SHUT_WR)
            while socket.socket.recv(connection, 1 << 16):
                pass
            raise
        super().setup()


@both
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("has_one", [False, True], ids=["none", "a stranger's"])
async def test_a_server_wants_a_certificate_of_the_clients(
    flavour: str, version: ssl.TLSVersion, has_one: bool, tmp_path: Path
) -> None:
    issuer, events = trustme.CA(), list[RequestEvent]()
    context = _trusting(issuer, ssl.Purpose.SERVER_AUTH)
    if has_one:
        _load(context, trustme.CA(), tmp_path, "client@registry.test")
    with (
        demanding(issuer, version, tmp_path) as url,
        pytest.raises(UntrustedCertificate, match=r"load_cert_chain.*ssl_context=") as caught,
    ):
        await round_trip(flavour, url, "x", context, events)
    assert len(events) == 1
    assert "SSL_CERT_FILE" not in str(caught.value)
    assert not caught.value.request_sent


@pytest.mark.parametrize("way", ["urllib3", "httpx"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_files_of_such_a_server_say_the_same_after_one_attempt(
    way: str, version: ssl.TLSVersion, tmp_path: Path
) -> None:
    issuer = trustme.CA()
    context = _trusting(issuer, ssl.Purpose.SERVER_AUTH)
    with demanding(issuer, version, tmp_path) as url:
        _check_file_refused(way, url, context, "load_cert_chain")


@both
async def test_a_context_that_looks_at_no_hosts_name(flavour: str, secure: Secure) -> None:
    context = ssl.create_default_context(cafile=str(secure.authority))
    context.check_hostname = False
    assert await round_trip(flavour, secure.url("localhost"), "any", context) == b"any"
    with pytest.raises(UntrustedCertificate):
        await round_trip(flavour, secure.url("localhost"), "any", _trusting_nobody_by_name())


@both
async def test_who_asked_for_no_verification_is_not_warned(
    flavour: str, secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_INSECURE_DISABLE_SSL", "true")
    assert await round_trip(flavour, secure.url("localhost"), "blind") == b"blind"


@both
async def test_certificates_that_are_not_there_are_named(
    flavour: str, secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at-all.pem")
    events: list[RequestEvent] = []
    with pytest.raises(InvalidInput, match=r"at-all\.pem.*SSL_CERT_FILE"):
        await round_trip(flavour, secure.url("127.0.0.1"), "x", events=events)
    assert len(events) == 1
    with pytest.raises(InvalidInput, match=r"at-all\.pem.*SSL_CERT_FILE"):
        _read(f"{secure.url('127.0.0.1')}/x")


def _read(url: str) -> bytes:
    source = Urllib3Source(Network(timeout=5))
    try:
        return read_bytes(ManifestEntry("x", "", None), FixedUrls({"x": url}), source=source)
    finally:
        source.close()


def _trusting_nobody_by_name() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


@pytest.mark.parametrize("way", ["urllib3", "httpx"])
def test_files_say_the_same_after_one_attempt(way: str, secure: Secure) -> None:
    _check_file_refused(way, secure.url("127.0.0.1"), None, "SSL_CERT_FILE")


def _check_file_refused(way: str, url: str, context: ssl.SSLContext | None, advice: str) -> None:
    """A file's request ends after one attempt with this advice, and without its signature."""
    counting = _Counting(verify=True if context is None else context)
    network = Network(timeout=5, ssl_context=context)
    source = Urllib3Source(network) if way == "urllib3" else TransportSource(counting)
    urls = FixedUrls({"x": f"{url}/storage/x?signature"})
    with pytest.raises(UntrustedCertificate, match=advice) as caught:
        read_bytes(ManifestEntry("x", ""), urls, source=source)
    assert "signature" not in str(caught.value)
    assert counting.requests == (way == "httpx")
    source.close()
    counting.close()


class _Counting(httpx.HTTPTransport):
    requests = 0

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        return super().handle_request(request)
