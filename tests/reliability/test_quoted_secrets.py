"""A server that quotes the key, a token or a signed URL: the client says nothing of it again."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.client.flavours import Flavour
from tests.client.taps import Script
from tests.reliability.expectations import shown
from tests.reliability.leaking import KEY, TOKEN, leaks
from typed_artifacts import (
    ArtifactsError,
    ConnectionFailed,
    GraphQLError,
    RequestEvent,
    ServerError,
)
from typed_artifacts._requests.redaction import Redactor
from typed_artifacts.local import Registry
from typed_artifacts.testing.fault_proxy import Act, Exchange, FaultProxy, Plan, Response
from typed_artifacts.testing.serving import HOST, served

SIGNATURE = "f1" * 32
SIGNED = f"X-Amz-Credential=AKIA%2F2026%2Fs3&X-Amz-Signature={SIGNATURE}"
# With the characters of base64 that JSON and URLs escape.
KEY_OF_SIGNS = "local-?????>>>>~~~~0123456789abcdef"
PROXY_PASSWORD = "p@ss/w:rd"
NOWHERE = ("127.0.0.1", 1)


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with FaultProxy(NOWHERE) as opened:
        yield opened


def redirecting(location: str) -> Act:
    return lambda exchange: exchange.reply(Response(302, [("Location", location)], b""))


def quoting(exchange: Exchange) -> None:
    """Send the Authorization header in the place of the status line."""
    line = next(f"{k}: {v}" for k, v in exchange.request.headers if k.lower() == "authorization")
    exchange.client.sendall(f"{line}\r\n\r\n".encode())
    exchange.hang_up()


@pytest.mark.parametrize(
    "location",
    [
        f"https://login.example/?next=x&key={KEY}",
        f"https://login.example/{KEY}/x",
        f"https://{KEY}:x@login.example/",
        f"/login/Basic {TOKEN}",
        f"https://login.example/Basic%20{quote(TOKEN, safe='')}",
    ],
)
async def test_a_redirect_that_quotes_the_key(
    flavour: Flavour, proxy: FaultProxy, location: str, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.plans = [Plan(None, redirecting(location))]
    caplog.set_level(logging.DEBUG)
    events: list[RequestEvent] = []
    api = flavour.over_http(proxy.url, KEY, on_request=events.append)
    async with api:
        with pytest.raises(ServerError, match="redirects ArtifactMembership") as caught:
            await api.artifact("e/p/c:v0")
    assert not leaks(shown(caught.value) + caplog.text + repr(events) + repr(vars(api.client)))


@pytest.mark.parametrize(
    ("location", "told"),
    [
        (f"https://files.example/x?{SIGNED}", r"to https://files\.example/x\?…, where"),
        (f"/x?{SIGNED}", "to /x, where"),
        ("/x?pin=1234", "to /x, where"),
    ],
)
async def test_a_redirect_that_is_signed(
    flavour: Flavour, proxy: FaultProxy, location: str, told: str
) -> None:
    proxy.plans = [Plan(None, redirecting(location))]
    async with flavour.over_http(proxy.url, KEY) as api:
        with pytest.raises(ServerError, match=told) as caught:
            await api.artifact("e/p/c:v0")
    assert SIGNATURE not in shown(caught.value)


async def test_what_is_no_http_and_quotes_the_key(
    flavour: Flavour, proxy: FaultProxy, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.plans = [Plan(None, quoting)]
    caplog.set_level(logging.DEBUG)
    events: list[RequestEvent] = []
    async with flavour.over_http(proxy.url, KEY, on_request=events.append) as api:
        with pytest.raises(ConnectionFailed, match=r"Basic \[the API key\]") as caught:
            await api.artifact("e/p/c:v0")
    assert not leaks(shown(caught.value) + caplog.text + repr(events))


async def test_what_is_no_http_and_quotes_an_access_token(
    flavour: Flavour, proxy: FaultProxy
) -> None:
    proxy.plans = [Plan(None, quoting)]
    async with flavour.over_http(proxy.url, None, token=lambda: KEY) as api:
        with pytest.raises(ConnectionFailed, match=r"Bearer \[the token\]") as caught:
            await api.artifact("e/p/c:v0")
    assert not leaks(shown(caught.value))


async def test_an_exchange_of_a_token_that_is_quoted_in_a_redirect(
    flavour: Flavour, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "identity"
    path.write_text(KEY)
    monkeypatch.setenv("WANDB_IDENTITY_TOKEN_FILE", str(path))
    proxy.plans = [Plan("TokenExchange", redirecting(f"https://login.example/{KEY}"))]
    async with flavour.over_http(proxy.url, None) as api:
        with pytest.raises(ArtifactsError, match="TokenExchange") as caught:
            await api.artifact("e/p/c:v0")
    assert not leaks(shown(caught.value))


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda text: json.dumps({"errors": [{"message": text}]}).encode(),
    "escaped": lambda text: b'{"errors":[{"message":"%b"}]}' % _escaped(text).encode(),
    "upper": lambda text: (
        b'{"errors":[{"message":"%b"}]}' % _escaped(text).upper().replace("\\U", "\\u").encode()
    ),
    "slash": lambda text: json.dumps({"errors": [text]}).replace("/", "\\/").encode(),
    "twice": lambda text: json.dumps({"error": json.dumps(text).replace("/", "\\/")}).encode(),
    "utf-16": lambda text: json.dumps({"errors": [text]}).encode("utf-16"),
    "html": lambda text: "<title>{}</title>".format(
        "".join(f"&#x{ord(character):x};" for character in text)
    ).encode(),
    "cut": lambda text: b"x" * 150 + text.encode(),
    "url": lambda text: f"GET /?q={quote(text, safe='')}".encode(),
}


@pytest.mark.parametrize("status", [200, 401, 500])
@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_the_key_is_hidden_however_it_is_spelled(
    flavour: Flavour, status: int, spelling: str
) -> None:
    token = httpx.BasicAuth("api", KEY_OF_SIGNS)._auth_header.removeprefix("Basic ")
    assert "/" in token
    for secret in (KEY_OF_SIGNS, token):
        body = SPELLINGS[spelling](secret)
        api = flavour.api(Script(httpx.Response(status, content=body)), api_key=KEY_OF_SIGNS)
        with pytest.raises(ArtifactsError) as caught:
            await api.artifact("e/p/c:v0")
        told = shown(caught.value)
        for hidden in (secret[:20], secret[8:24]):
            assert hidden not in told
            assert _escaped(hidden) not in told


def test_to_look_for_secrets_takes_no_longer_than_the_text_is_long() -> None:
    # A backslash may begin an escaped character, from each place on: it took the square.
    redactor = Redactor(KEY_OF_SIGNS, {}, tuple)

    def seconds(length: int) -> float:
        times: list[float] = []
        for _ in range(5):
            began = time.thread_time()
            assert redactor.content(b"\\" * length) == b"\\" * length
            times.append(time.thread_time() - began)
        return min(times)

    assert seconds(16_000) < 8 * seconds(4_000)
    # Four levels of JSON in JSON.
    spelled = "".join("\\" * 15 + f"u{ord(character):04x}" for character in KEY_OF_SIGNS)
    assert redactor.text(f"x{spelled}x") == "x[the API key]x"


def test_a_long_secret_is_hidden_whole_and_soon() -> None:
    def calls(length: int) -> int:
        """How many functions are called to prepare for a signature, and to hide it."""
        signature, counted = f"{length}x" * (length // 5), 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            redactor = Redactor(KEY_OF_SIGNS, {}, tuple).for_url(
                f"https://files.example/x?s={signature}"
            )
            told = redactor.text(f"no such s={quote(signature[:9])}{signature[9:]}' there")
        finally:
            sys.setprofile(None)
        assert told == "no such [of the URL]' there"
        return counted

    assert calls(32_000) < 2 * calls(2_005)


async def test_of_millions_of_errors_the_first_are_told(flavour: Flavour) -> None:
    said = b'{"errors": [' + b"[]," * 50_000 + b"[]]}"
    api = flavour.api(Script(httpx.Response(200, content=said)))
    with pytest.raises(GraphQLError) as caught:
        await api.artifact("e/p/c:v0")
    assert len(caught.value.errors) == 10_000


async def test_a_signed_url_in_a_graphql_error(flavour: Flavour) -> None:
    said = {"errors": [{"message": f"cannot read https://files.example/x?{SIGNED}"}]}
    api = flavour.api(Script(httpx.Response(200, json=said)))
    with pytest.raises(GraphQLError, match=r"cannot read https://files\.example/x") as caught:
        await api.artifact("e/p/c:v0")
    assert SIGNATURE not in str(caught.value)
    assert SIGNATURE not in str(caught.value.server_says)


Quote = Callable[[Exchange, bytes], None]


def _as_a_status_line(exchange: Exchange, text: bytes) -> None:
    exchange.client.sendall(text + b"\r\n\r\n")
    exchange.hang_up()


def _as_the_length_of_a_chunk(exchange: Exchange, text: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    exchange.client.sendall(head + text + b"\r\n")
    exchange.hang_up()


def _as_words(exchange: Exchange, text: bytes) -> None:
    exchange.reply(Response(400, [], text))


def _as_words_that_end(exchange: Exchange, text: bytes) -> None:
    exchange.reply(Response(400, [], b" " * (4096 - 30) + text))


def _as_words_that_are_cut(exchange: Exchange, text: bytes) -> None:
    exchange.reply(Response(400, [], text, len(text) + 9))
    exchange.hang_up()


def _as_a_redirect(exchange: Exchange, text: bytes) -> None:
    exchange.reply(Response(302, [("Location", text.decode())], b""))


def _as_a_header(exchange: Exchange, text: bytes) -> None:
    """In a line that is no header, of which urllib3 warns."""
    exchange.client.sendall(b"HTTP/1.1 400 X\r\n" + text + b"\r\nContent-Length: 0\r\n\r\n")
    exchange.hang_up()  # for the library reads no header after that line, and no length


QUOTES = [
    _as_a_status_line,
    _as_the_length_of_a_chunk,
    _as_words,
    _as_words_that_end,
    _as_words_that_are_cut,
    _as_a_redirect,
    _as_a_header,
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    """A server of one version with one file, behind a proxy."""
    with Registry(tmp_path_factory.mktemp("quoting") / "registry") as registry:
        registry.register_key("local", KEY)
        registry.log_version("local/p/c", type="dataset", files={"a.txt": "1"})
        with served(registry) as port, FaultProxy((HOST, port)) as opened:
            yield opened


@pytest.mark.parametrize("spoil", QUOTES)
async def test_a_server_of_files_that_quotes_the_key(
    flavour: Flavour,
    files: FaultProxy,
    spoil: Quote,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    files.plans = [Plan("GET", lambda exchange: spoil(exchange, KEY.encode()))]
    async with flavour.over_http(files.url, KEY) as api:
        artifact = await api.artifact("local/p/c:v0")
        with pytest.raises(ArtifactsError, match="failed") as caught:
            await artifact.download(tmp_path / "out")
    assert not leaks(shown(caught.value) + caplog.text)


@pytest.mark.parametrize("location", [f"x{KEY}:x", f"http://[{KEY}", f"ftp://x/{KEY}"])
async def test_a_redirect_of_a_file_that_quotes_the_key(
    flavour: Flavour, files: FaultProxy, location: str, tmp_path: Path
) -> None:
    files.plans = [Plan("GET", lambda exchange: _as_a_redirect(exchange, location.encode()))]
    async with flavour.over_http(files.url, KEY) as api:
        artifact = await api.artifact("local/p/c:v0")
        with pytest.raises(
            ConnectionFailed, match=r"redirects to what is no http\(s\) URL"
        ) as caught:
            await artifact.download(tmp_path / "out")
    assert not leaks(shown(caught.value))


@pytest.mark.parametrize("spoil", QUOTES[:-2])
async def test_a_server_of_files_that_quotes_a_signed_url(
    flavour: Flavour, files: FaultProxy, spoil: Quote, tmp_path: Path
) -> None:
    signatures: list[str] = []

    def act(exchange: Exchange) -> None:
        signatures.append(exchange.request.path.partition("signature=")[2])
        spoil(exchange, f"Signed: {signatures[-1]} {exchange.request.path}".encode())

    files.plans = [Plan("GET", act)]
    events: list[RequestEvent] = []
    async with flavour.over_http(files.url, KEY, on_request=events.append) as api:
        artifact = await api.artifact("local/p/c:v0")
        with pytest.raises(ArtifactsError, match="failed") as caught:
            await artifact.download(tmp_path / "out")
    told = "".join(traceback.format_exception(caught.value)) + repr(events)
    assert len(signatures[0]) == 64
    assert signatures[0][:20] not in told


PAIR = "cf-access:" + "9b" * 10
HEADERS = {"Cf-Access": PAIR, "Cookie": "session=5e55i0n-1; theme=dark", "X-Team": "research"}


@pytest.mark.parametrize("operation", ["ArtifactMembership", "GET"])
@pytest.mark.parametrize("spoil", [_as_a_status_line, _as_words, _as_a_redirect])
async def test_a_server_that_quotes_the_headers_of_a_gateway(
    flavour: Flavour,
    files: FaultProxy,
    operation: str,
    spoil: Quote,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("WANDB_X_EXTRA_HTTP_HEADERS", json.dumps(HEADERS))
    said = f"research says no to {PAIR} and {HEADERS['Cookie']}, that is 5e55i0n-1".encode()
    files.plans = [Plan(operation, lambda exchange: spoil(exchange, said))]
    async with flavour.over_http(files.url, KEY) as api:
        with pytest.raises(ArtifactsError) as caught:
            await (await api.artifact("local/p/c:v0")).download(tmp_path / "out")
    told = shown(caught.value) + caplog.text
    assert "research" in told  # what is no secret is repeated
    assert PAIR not in told
    assert "5e55i0n-1" not in told


def _quoting_what_the_proxy_was_sent(exchange: Exchange) -> None:
    sent = dict(exchange.request.headers)["Proxy-Authorization"]
    exchange.reply(Response(502, [], f"{sent} ({PROXY_PASSWORD})".encode()))


@pytest.mark.parametrize("variable", ["http_proxy", "WANDB__PROXIES"])
async def test_a_proxy_that_quotes_its_password(
    flavour: Flavour, proxy: FaultProxy, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = proxy.url.replace("//", f"//us%20er:{quote(PROXY_PASSWORD, safe='')}@")
    value = json.dumps({"http": address}) if variable.startswith("WANDB") else address
    monkeypatch.setenv(variable, value)
    proxy.plans = [Plan(None, _quoting_what_the_proxy_was_sent)]
    async with flavour.over_http("http://registry.test", KEY, allow_http=True) as api:
        with pytest.raises(
            ServerError, match=r"Basic \[the proxy's password\] \(\[the proxy's password\]\)"
        ) as caught:
            await api.artifact("e/p/c:v0")
    pair = b64encode(f"us er:{PROXY_PASSWORD}".encode()).decode()
    assert PROXY_PASSWORD not in shown(caught.value)
    assert pair not in shown(caught.value)


async def test_a_refusal_of_a_file_keeps_its_words(
    flavour: Flavour, files: FaultProxy, tmp_path: Path
) -> None:
    said = f"Who is {KEY}?".encode()
    files.plans = [Plan("GET", lambda exchange: _as_words(exchange, said))]
    async with flavour.over_http(files.url, KEY) as api:
        artifact = await api.artifact("local/p/c:v0")
        with pytest.raises(
            ArtifactsError, match=r"answered 400 \(Who is .the API key.\?\)"
        ) as caught:
            await artifact.download(tmp_path / "out")
    assert caught.value.server_says == "Who is [the API key]?"
