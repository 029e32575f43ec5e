"""Bytes over urllib3: every form of a reply, connections, proxies, certificates."""

import os
import random
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from tests.scripted import scripted, self_signed
from tests.transfer.bucket import Bucket, entry_of
from tests.transfer.sources import make_source
from typed_artifacts import errors
from typed_artifacts._requests.redaction import Redactor
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._transfer import FixedUrls, ManifestEntry, read_bytes
from typed_artifacts._transfer.http import redacting_source
from typed_artifacts._transfer.http.byte_source import ByteRequest, ExchangeError
from typed_artifacts._transfer.http.redacting_source import RedactingSource
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source

BIG = os.urandom(1_500_000)


def get(source: Urllib3Source, url: str, size: int | None, data: bytes, *, tries: int = 1) -> bytes:
    entry = ManifestEntry("x", entry_of("x", data).digest, size)
    policy = RetryPolicy(tries=tries, first_wait=0.01)
    return read_bytes(entry, FixedUrls({"x": url}), source=source, retry=policy)


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-length:5\r\nConnection: close\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 102 P\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 103 Early Hints\r\nLink: </y>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: " + b"y" * 30_000 + b"\r\n\r\nhello",
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
        + b"".join(b"X-%d: %b\r\n" % (n, b"y" * 900) for n in range(80))
        + b"\r\nhello",
    ],
)
def test_every_form_of_a_reply(source: Urllib3Source, reply: bytes) -> None:
    with scripted(reply) as (url, heard):
        assert get(source, f"{url}/x", 5, b"hello") == b"hello"
    assert heard[0].startswith(b"GET /x HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1000
        + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"1" * 5000 + b"\r\n\r\nhello",
        random.Random(500).randbytes(500),  # noqa: S311 -- bytes, not a secret
    ],
)
def test_what_is_no_reply_is_a_fault(source: Urllib3Source, reply: bytes) -> None:
    with scripted(reply) as (url, _), pytest.raises(errors.ConnectionFailed, match=r"127\.0\.0\.1"):
        get(source, f"{url}/x", 5, b"hello")


def test_what_is_said_of_a_status_line_is_one_line(source: Urllib3Source) -> None:
    reply = b"HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello"
    with scripted(reply) as (url, _), pytest.raises(errors.ConnectionFailed) as caught:
        get(source, f"{url}/x", 5, b"hello")
    assert str(caught.value).endswith("failed: BadStatusLine: HTTP/1.1 20 OK. Try again later.")


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"X: " + b"y" * 70_000 + b"\r\n", "64 KiB"),
        (b"".join(b"X-%d: y\r\n" % n for n in range(120)), "100 headers"),
    ],
)
def test_a_head_that_is_too_long_is_told_after_one_attempt(
    source: Urllib3Source, head: bytes, said: str
) -> None:
    reply = b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 5\r\n\r\nhello"
    with scripted(reply, reply) as (url, heard):
        with pytest.raises(errors.ConnectionFailed, match=said):
            get(source, f"{url}/x", 5, b"hello", tries=3)
        assert len(heard) == 1


@pytest.mark.parametrize(
    "line", [b"no header", b"Content-Length : 5", b"A b: c"], ids=["none", "blank", "two words"]
)
def test_a_line_that_is_no_header_is_told_at_once(source: Urllib3Source, line: bytes) -> None:
    """What follows it was left out, the body's length too: the end was waited for in vain."""
    reply = b"HTTP/1.1 200 OK\r\n" + line + b"\r\nContent-Length: 5\r\n\r\nhello"
    with (
        scripted([reply, b""]) as (url, _),
        pytest.raises(errors.ConnectionFailed, match="one of its headers is none") as caught,
    ):
        get(source, url, 5, b"hello")
    assert not isinstance(caught.value, errors.RequestTimeout)
    whole = reply.replace(b"OK", b"OK\r\nContent-Length: 5")
    for ends in (whole, reply.replace(b"OK", b"OK\r\nConnection: close")):
        with scripted(ends) as (url, _):
            assert get(source, url, 5, b"hello") == b"hello"


def test_trailers_are_headers_too(source: Urllib3Source) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
    few, many = (b"".join(b"X-%d: y\r\n" % n for n in range(count)) for count in (100, 101))
    with scripted(head + few + b"\r\n") as (url, _):
        assert get(source, f"{url}/x", 5, b"hello") == b"hello"
    with scripted(head + many + b"\r\n", head) as (url, heard):
        with pytest.raises(errors.ConnectionFailed, match="100 headers"):
            get(source, f"{url}/x", 5, b"hello", tries=3)
        assert len(heard) == 1


class Dripping(tuple[bytes, ...]):  # noqa: SLOT001 -- it counts
    """Pieces of a reply, a tenth of a second apart, and how many of them were sent."""

    sent = 0

    @override
    def __iter__(self) -> Iterator[bytes]:
        for piece in super().__iter__():
            self.sent += 1
            yield piece


def dripping(status: str) -> Dripping:
    head = f"HTTP/1.1 {status}\r\nLocation: /y\r\nContent-Length: 100\r\n\r\n"
    return Dripping([head.encode(), *[b"x"] * 100])


def test_the_rest_of_a_redirect_that_drips_is_not_waited_for(source: Urllib3Source) -> None:
    """It was read to its end, to keep the connection: hours, of some kilobytes."""
    reply = dripping("302 Found")
    with scripted([reply], b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") as (url, heard):
        assert get(source, url, 5, b"hello") == b"hello"
    assert heard.connections == 2
    assert reply.sent < 60


def test_the_words_of_a_refusal_that_drips_are_not_waited_for(
    source: Urllib3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redacting_source, "_MOST_SECONDS", 1.0)
    reply = dripping("404 Not Found")
    redacting = RedactingSource(source, Redactor("k" * 40, {}, tuple))
    with (
        scripted([reply]) as (url, _),
        pytest.raises(errors.NotFoundError, match=r"answered 404 \(x+\)"),
    ):
        read_bytes(entry_of("x", b"hello"), FixedUrls({"x": url}), source=redacting)
    assert reply.sent < 60


def test_a_file_of_unknown_size_is_not_read_into_memory_without_an_end(
    source: Urllib3Source,
) -> None:
    entry, most = ManifestEntry("wandb_manifest.json", ""), 1 << 20
    for size, fits in ((most, True), (most + 1, False)):
        with scripted(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(size)) as (url, _):
            urls = FixedUrls({entry.path: url})
            if fits:
                assert read_bytes(entry, urls, source=source, most=most) == bytes(size)
                continue
            with pytest.raises(errors.ServerError, match="more than 1 MiB"):
                read_bytes(entry, urls, source=source, most=most)


def test_another_protocol_is_told_after_one_attempt(source: Urllib3Source) -> None:
    reply = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello"
    with scripted(reply, reply) as (url, heard):
        with pytest.raises(errors.ConnectionFailed, match="answered 101"):
            get(source, f"{url}/x", 5, b"hello", tries=3)
        assert len(heard) == 1


def test_more_than_was_announced_never_reaches_the_next_reply(source: Urllib3Source) -> None:
    fine = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    long = fine + fine.replace(b"hello", b"EVIL!")
    with scripted(long, fine) as (url, heard):
        assert get(source, f"{url}/x", 5, b"hello") == b"hello"
        # A second try, for a machine so busy that the end of a connection comes late.
        assert get(source, f"{url}/x", 5, b"hello", tries=2) == b"hello"
    assert len(heard) == 2


def test_an_early_hint_leaves_no_reply_behind_for_the_next_request(source: Urllib3Source) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    replies = [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + name for name in (b"a", b"b")]
    found: list[bytes] = []
    with scripted([(hint, reply) for reply in replies]) as (url, heard):
        for _ in replies:
            reply = source.send(ByteRequest("GET", url))
            buffer = bytearray(9)
            found.append(bytes(buffer[: reply.readinto(memoryview(buffer))]))
            reply.close()
    assert (found, heard.connections) == ([b"a", b"b"], 1)


def test_a_kept_connection_that_was_closed_is_replaced(source: Urllib3Source) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    with scripted(reply, reply, reply) as (url, heard):  # closes after each, without saying so
        for _ in range(3):
            # A second try, for a machine so busy that the end of a connection comes late.
            assert get(source, f"{url}/x", 5, b"hello", tries=2) == b"hello"
    assert len(heard) == 3


def test_as_many_connections_are_kept_as_a_caller_has_threads(
    source: Urllib3Source, bucket: Bucket
) -> None:
    """With 200 threads, a distant server would be dialled for nearly every file otherwise."""
    bucket.put("x", BIG[:200_000])
    for _ in range(3):
        replies = [source.send(ByteRequest("GET", bucket.url("x"))) for _ in range(200)]
        for reply in replies:
            buffer = memoryview(bytearray(200_000))
            while count := reply.readinto(buffer):
                buffer = buffer[count:]
            assert len(buffer) == 0
            reply.close()
    assert bucket.connections == 200


def test_connections_that_were_idle_are_not_used_again(
    source: Urllib3Source, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway may have forgotten them: a request would wait for its reply in vain."""
    bucket.put("x", b"hello")
    replies = [source.send(ByteRequest("GET", bucket.url("x"))) for _ in range(3)]
    for reply in replies:
        assert reply.readinto(memoryview(bytearray(9))) == 5
        reply.close()
    assert bucket.connections == 3

    monotonic = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 20)
    assert get(source, bucket.url("x"), 5, b"hello") == b"hello"
    assert bucket.connections == 4
    assert get(source, bucket.url("x"), 5, b"hello") == b"hello"
    assert bucket.connections == 4


def test_a_connection_whose_body_took_long_is_used_again(
    source: Urllib3Source, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("x", b"hello" * 40_000)
    reply = source.send(ByteRequest("GET", bucket.url("x")))
    monotonic = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 20)
    while reply.readinto(memoryview(bytearray(100_000))):
        pass
    reply.close()
    get(source, bucket.url("x"), 200_000, b"hello" * 40_000)
    assert bucket.connections == 1


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://host/x", "http:///x", "x", "http://h h/"]
)
def test_only_http_urls_are_opened(source: Urllib3Source, url: str) -> None:
    with pytest.raises(ExchangeError):
        source.send(ByteRequest("GET", url))


def test_an_odd_url_is_sent_as_one_line(source: Urllib3Source) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    with scripted(reply) as (url, heard):
        get(source, f"{url}/x é\r\nEvil: 1?a=%2F+b#frag", 5, b"hello")
    first = heard[0].split(b"\r\n")[0]
    assert first == b"GET /x%20%C3%A9%0D%0AEvil:%201?a=%2F+b HTTP/1.1"


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("", "/"),
        ("?x", "/?x"),
        ("#f", "/"),
        ("//b//k?x=1#f", "//b//k?x=1"),
        ("/a/./c/../b", "/a/b"),
        ("/a%2fb?c=/d//e", "/a%2Fb?c=/d//e"),
        ("/a b/\u00e9?q=\u00e9%zz", "/a%20b/%C3%A9?q=%C3%A9%25zz"),
    ],
)
def test_what_of_a_url_is_sent(source: Urllib3Source, target: str, sent: str) -> None:
    with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") as (url, heard):
        assert get(source, f"{url}{target}", 5, b"hello") == b"hello"
    assert heard[0].startswith(f"GET {sent} HTTP/1.1\r\n".encode())


def test_a_certificate_nobody_vouches_for_is_not_retried(tmp_path: Path) -> None:
    certificate, context = self_signed(tmp_path)
    bucket = Bucket(context)
    entry = bucket.put("x", BIG)
    try:
        strict = make_source()
        with pytest.raises(errors.ConnectionFailed, match="certificate"):
            read_bytes(entry, bucket.urls, source=strict)
        trusting = make_source(ssl_context=ssl.create_default_context(cafile=certificate))
        assert read_bytes(entry, bucket.urls, source=trusting) == BIG
        assert read_bytes(entry, bucket.urls, source=trusting) == BIG
        trusting.close()
    finally:
        bucket.close()


def test_a_proxy_gets_the_whole_url(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    with scripted(reply, reply) as (proxy, heard):
        given = make_source(proxies={"http": proxy.replace("//", "//us%65r:pass@")})
        assert get(given, "http://files.invalid/x?sig=1", 5, b"hello") == b"hello"
        monkeypatch.setenv("http_proxy", proxy)
        told = make_source()
        assert get(told, "http://files.invalid:81/y", 5, b"hello") == b"hello"
        given.close()
        told.close()
    assert heard[0].startswith(b"GET http://files.invalid/x?sig=1 HTTP/1.1\r\n")
    assert b"\r\nHost: files.invalid\r\n" in heard[0]
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" in heard[0]
    assert heard[1].startswith(b"GET http://files.invalid:81/y ")


def test_a_proxy_tunnels_https() -> None:
    with scripted(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as (proxy, heard):
        source = make_source(proxies={"https": proxy})
        with pytest.raises(errors.ConnectionFailed, match="407"):
            get(source, "https://files.invalid/x", 5, b"hello")
    assert heard[0].startswith(b"CONNECT files.invalid:443 HTTP/1.")


def test_httpx_is_not_imported_by_the_package() -> None:
    code = "import sys, typed_artifacts._transfer; print('httpx' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert found.stdout == "False\n"
