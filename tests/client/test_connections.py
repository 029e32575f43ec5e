"""Connections without a proxy: reuse, replies, certificates."""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from base64 import b64encode
from pathlib import Path
from traceback import TracebackException

import anyio
import pytest

from tests.scripted import scripted, self_signed
from typed_artifacts import (
    NO_RETRIES,
    AsyncClient,
    Client,
    ConnectionFailed,
    RequestTimeout,
    RetryPolicy,
    ServerError,
)
from typed_artifacts._requests import deadline

KEY = "5ecre7" * 7
BODY = json.dumps({"data": {"viewer": None, "deleteArtifactSequence": None}}).encode()
QUICK = RetryPolicy(tries=3, first_wait=0.001, longest_wait=0.002)


def reply(body: bytes = BODY, *headers: str, status: int = 200) -> bytes:
    lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def chunked(body: bytes) -> bytes:
    half = len(body) // 2
    pieces = (body[:half], body[half:], b"")
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def bare_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


async def ask(flavour: str, url: str, times: int = 1, retry: RetryPolicy = NO_RETRIES) -> None:
    """A query, in either flavour, so many times."""
    if flavour == "sync":
        with Client(url, KEY, retry=retry, timeout=5) as client:
            for _ in range(times):
                client.queries.viewer()
        return
    async with AsyncClient(url, KEY, retry=retry, timeout=5) as client:
        for _ in range(times):
            await client.queries.viewer()


both = pytest.mark.parametrize("flavour", ["sync", "async"])


@both
async def test_closing_lets_a_request_end_and_closes_its_connection_then(flavour: str) -> None:
    """Closed under a request, a connection held its thread until the time was up."""
    slow = tuple(reply()[n : n + 20] for n in range(0, len(reply()), 20))
    with scripted([slow, b"a later request would get this"]) as (url, heard):

        async def until_heard(count: int) -> None:
            with anyio.fail_after(10):
                while len(heard) < count:  # noqa: ASYNC110 -- a thread hears it
                    await anyio.sleep(0.01)

        began = anyio.current_time()
        async with anyio.create_task_group() as group:
            if flavour == "sync":
                client = Client(url, KEY, retry=NO_RETRIES, timeout=15)
                group.start_soon(anyio.to_thread.run_sync, client.queries.viewer)
                await until_heard(1)
                client.close()
            else:
                other = AsyncClient(url, KEY, retry=NO_RETRIES, timeout=15)
                group.start_soon(other.queries.viewer)
                await until_heard(1)
                await other.close()
        assert anyio.current_time() - began < 10
        await until_heard(2)
    assert heard[1] == b""


@both
@pytest.mark.parametrize(
    "answer",
    [
        reply(),
        chunked(BODY),
        b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\n" + reply(),
        reply().partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n\n" + BODY,
        reply(BODY, "X-Folded: one\r\n two"),
        reply(BODY, *(f"X-{number}: {'x' * 700}" for number in range(90))),
        reply(BODY, f"X-Long: {'x' * 70_000}"),
        reply().replace(b"Content-Length: 57", b"Content-Length: 57, 57"),
        reply(gzip.compress(BODY), "Content-Encoding: gzip"),
        reply(zlib.compress(BODY), "Content-Encoding: deflate"),
        reply(bare_deflate(BODY), "Content-Encoding: deflate"),
        reply(BODY, "Content-Encoding: identity"),
    ],
    ids=[
        *("length", "chunks", "close", "interim", "bare-lf", "folded", "many-headers"),
        *("long-header", "lengths", "gzip", "zlib", "deflate", "identity"),
    ],
)
async def test_every_form_of_an_answer(flavour: str, answer: bytes) -> None:
    with scripted(answer) as (url, heard):
        await ask(flavour, url)
    assert heard[0].startswith(b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"operationName" in heard[0]


@both
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"no gzip", "Content-Encoding: gzip"), "cannot be decoded"),
        (reply(gzip.compress(bytes(3 << 20)), "Content-Encoding: gzip"), "2 MiB"),
        (
            reply(gzip.compress(gzip.compress(BODY)), "Content-Encoding: gzip, gzip"),
            "encoded 2 times",
        ),
        # httpx decodes it all at once, where the package is installed: 60 KB may be gigabytes.
        (reply(BODY, "Content-Encoding: br"), "encoded as 'br', which nobody asked for"),
        (reply(BODY, "Content-Encoding: zstd"), "encoded as 'zstd'"),
        (reply(BODY, "Content-Encoding: identity, x"), "encoded as 'x'"),
    ],
    ids=["none", "bomb", "twice", "brotli", "zstandard", "unknown"],
)
async def test_a_body_that_is_not_what_it_says(
    flavour: str, answer: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "MOST_BYTES", 2 << 20)
    with scripted(answer) as (url, _), pytest.raises(ServerError, match=words):
        await ask(flavour, url)


@both
@pytest.mark.parametrize("length", ["1" * 5000, "-1", "eleven"])
async def test_a_length_that_is_no_number_of_bytes(flavour: str, length: str) -> None:
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + BODY
    with scripted(answer) as (url, _), pytest.raises(ConnectionFailed):
        await ask(flavour, url)


@both
async def test_a_connection_is_kept(flavour: str) -> None:
    with scripted([reply(), reply(), reply()]) as (url, heard):
        await ask(flavour, url, times=3)
    assert (len(heard), heard.connections) == (3, 1)


@both
async def test_a_connection_that_says_it_closes_is_not_kept(flavour: str) -> None:
    with scripted(reply(BODY, "Connection: close"), reply()) as (url, heard):
        await ask(flavour, url, times=2)
    assert (len(heard), heard.connections) == (2, 2)


def test_what_nobody_asked_for_never_reaches_the_next_answer() -> None:
    with (
        scripted(reply() + reply(b'{"data": "EVIL"}'), reply()) as (url, heard),
        Client(url, KEY, retry=NO_RETRIES) as client,
    ):
        client.queries.viewer()
        client.queries.viewer()
    assert (len(heard), heard.connections) == (2, 2)


@both
@pytest.mark.parametrize("more", [reply(b'{"data": "EVIL"}'), b"HTTP/1.1 100 Continue\r\n", b"x"])
@pytest.mark.parametrize("answer", [reply(), chunked(BODY)], ids=["length", "chunks"])
async def test_what_comes_after_an_answer_on_a_kept_connection_is_no_answer(
    flavour: str, answer: bytes, more: bytes
) -> None:
    with scripted([answer + more, reply(b'{"data": "LATE"}')], [reply()]) as (url, heard):
        await ask(flavour, url, times=2)
    assert heard.connections == 2


@both
async def test_what_the_server_has_closed_meanwhile_costs_nobody_anything(flavour: str) -> None:
    with scripted(reply(), reply()) as (url, heard):  # it closes after each, without saying so
        if flavour == "sync":
            with Client(url, KEY, retry=NO_RETRIES) as client:
                client.queries.viewer()
                await anyio.sleep(0.05)
                client.queries.delete_artifact_sequence(id="x")
        else:
            async with AsyncClient(url, KEY, retry=NO_RETRIES) as client:
                await client.queries.viewer()
                await anyio.sleep(0.05)
                await client.queries.delete_artifact_sequence(id="x")
    assert (len(heard), heard.connections) == (2, 2)


def test_a_kept_connection_that_breaks_may_have_done_its_work() -> None:
    with (
        scripted([reply(), b""], reply()) as (url, heard),
        Client(url, KEY, retry=QUICK) as client,
    ):
        client.queries.viewer()
        with pytest.raises(ConnectionFailed) as caught:
            client.queries.delete_artifact_sequence(id="x")
        assert caught.value.request_sent
        client.queries.viewer()
    assert len(heard) == 3


def test_a_query_on_a_kept_connection_that_breaks_is_sent_again() -> None:
    with (
        scripted([reply(), b""], reply()) as (url, heard),
        Client(url, KEY, retry=QUICK) as client,
    ):
        client.queries.viewer()
        client.queries.viewer()
    assert (len(heard), heard.connections) == (3, 2)


def test_an_answer_that_arrives_before_the_request_is_read_is_heard() -> None:
    refusal = reply(b'{"error": "too much"}', "Connection: close", status=413)
    with (
        scripted(refusal) as (url, _),
        pytest.raises(ServerError, match="too much"),
        Client(url, KEY, retry=NO_RETRIES) as client,
    ):
        client.queries.delete_artifact_sequence(id="x" * 100_000)


def test_the_last_word_on_a_header_is_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"user-agent": "mine", "X-More": "1", "transfer-encoding": "chunked", "HOST": "h"}
    monkeypatch.setenv("WANDB_X_EXTRA_HTTP_HEADERS", json.dumps(headers))
    with scripted(reply()) as (url, heard), Client(f"{url}/a b", KEY) as client:
        client.queries.viewer()
    first, *lines = heard[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    found = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert first == "POST /a%20b/graphql HTTP/1.1"
    assert len(found) == len(lines)
    assert (found["user-agent"], found["x-more"], found["host"]) == ("mine", "1", "h")
    assert "transfer-encoding" not in found
    assert found["authorization"].startswith("Basic ")


@both
async def test_the_certificates_of_the_environment_are_trusted(
    flavour: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = self_signed(tmp_path)
    with scripted(reply(), reply(), context=context) as (url, heard):
        with pytest.raises(ConnectionFailed, match=r"(?i)certificate") as caught:
            await ask(flavour, url)
        assert not caught.value.request_sent
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        await ask(flavour, url)
    assert len(heard) == 1


@both
async def test_certificates_are_not_checked_where_that_is_switched_off(
    flavour: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, context = self_signed(tmp_path)
    monkeypatch.setenv("WANDB_INSECURE_DISABLE_SSL", "1")
    with scripted([reply(), reply()], context=context) as (url, heard):
        await ask(flavour, url, times=2)
    assert (len(heard), heard.connections) == (2, 1)


@both
async def test_no_error_is_its_own_cause(flavour: str) -> None:
    """Who followed the causes of one never came to an end, and its own was lost."""
    twice = reply(gzip.compress(gzip.compress(BODY)), "Content-Encoding: gzip, gzip")
    with scripted(twice) as (url, _), pytest.raises(ServerError, match="encoded 2 times") as caught:
        await ask(flavour, url)
    assert caught.value.__cause__ is None


@both
@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("cut", [b"", BODY[:5], BODY[:-1]])
async def test_a_body_that_ends_with_its_connection_is_cut_where_it_is_not_whole(
    flavour: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secure: bool, cut: bytes
) -> None:
    """Over TLS a reset looks like the end, to ``ssl`` but not to anyio; it was a ServerError then.

    It was sent again where it was a reset, and not where it was one over TLS.
    """
    context = None
    if secure:
        certificate, context = self_signed(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    with scripted(head + cut, head + cut, head + BODY, context=context) as (url, heard):
        await ask(flavour, url, retry=QUICK)
    assert len(heard) == 3
    with (
        scripted(*[head + cut] * 3, context=context) as (url, heard),
        pytest.raises(ConnectionFailed, match="broke off") as caught,
    ):
        await ask(flavour, url, retry=QUICK)
    assert caught.value.request_sent
    with (
        scripted(head + b"{}}", context=context) as (url, heard),
        pytest.raises(ServerError, match="not its reply"),
    ):
        await ask(flavour, url, retry=QUICK)


@both
@pytest.mark.parametrize(
    "host", ["b\u00fccher.invalid", "\u4f8b\u3048.invalid:81", "a" * 70 + ".x"]
)
async def test_a_host_that_cannot_be_reached_is_named(flavour: str, host: str) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        await ask(flavour, f"https://{host}")
    assert not caught.value.request_sent
    assert host in str(caught.value)


def test_a_traceback_with_local_variables_has_no_key() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, KEY, retry=NO_RETRIES, timeout=0.1) as client:
            with pytest.raises(RequestTimeout) as caught:
                client.queries.viewer()
            with pytest.raises(RequestTimeout) as long:  # more than the system takes unread
                client.queries.delete_artifact_sequence(id="x" * (16 << 20))
    for error in (caught.value, long.value):
        shown = "".join(TracebackException.from_exception(error, capture_locals=True).format())
        assert "handle_request" in shown
        assert b64encode(f"api:{KEY}".encode()).decode() not in shown
        assert KEY not in shown
