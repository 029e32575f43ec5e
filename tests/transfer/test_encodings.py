"""Files that a server, or a proxy, sends encoded, though they are asked for as they are."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest

from tests.scripted import scripted
from tests.transfer.bucket import entry_of
from typed_artifacts import ArtifactsError, ConnectionFailed, IntegrityError
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._transfer import FixedUrls, ManifestEntry, download, open_remote, read_bytes
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source

DATA = b"".join(b"line %d\n" % number for number in range(20_000))
PACKED = gzip.compress(DATA)


# A scripted server closes after its reply: a kept connection could be used before that is noticed.
CLOSE = "Connection: close"


def sent(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", *headers, CLOSE, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def chunked(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", *headers, CLOSE, "Transfer-Encoding: chunked", "", ""]
    return "\r\n".join(lines).encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


GZIP = "Content-Encoding: gzip"
ENCODED = {
    "gzip": sent(PACKED, GZIP),
    "x-gzip": sent(PACKED, "content-encoding: X-GZIP"),
    "deflate": sent(zlib.compress(DATA), "Content-Encoding: deflate"),
    "members": sent(gzip.compress(DATA[:9]) + gzip.compress(DATA[9:]), GZIP),
    "identity": sent(DATA, "Content-Encoding: identity"),
}


@pytest.mark.parametrize("reply", ENCODED.values(), ids=ENCODED)
def test_an_encoding_that_is_not_the_files_own_is_undone(
    source: Urllib3Source, tmp_path: Path, reply: bytes
) -> None:
    """It was told that the server sends another number of bytes."""
    entry = entry_of("x", DATA)
    with scripted(reply, reply, reply) as (url, _):
        urls = FixedUrls({"x": url})
        assert read_bytes(entry, urls, source=source) == DATA
        download([entry], tmp_path, urls, source=source)
        assert (tmp_path / "x").read_bytes() == DATA
        with open_remote(entry, urls, source=source) as stream:
            assert stream.read() == DATA


def test_where_no_length_tells_it_is_undone_at_the_second_try(
    source: Urllib3Source, tmp_path: Path
) -> None:
    entry, reply = entry_of("x", DATA), chunked(PACKED, GZIP)
    with scripted(*[reply] * 5) as (url, heard):
        urls = FixedUrls({"x": url})
        assert read_bytes(entry, urls, source=source) == DATA
        download([entry], tmp_path, urls, source=source)
        assert (tmp_path / "x").read_bytes() == DATA
        with (
            open_remote(entry, urls, source=source) as stream,
            pytest.raises(IntegrityError, match="fewer bytes, encoded as 'gzip'"),
        ):
            stream.read()
    assert len(heard) == 5


def test_a_file_that_is_stored_encoded_stays_as_it_is(source: Urllib3Source) -> None:
    entry = entry_of("x.gz", PACKED)
    with scripted(sent(PACKED, GZIP), chunked(PACKED, GZIP)) as (url, heard):
        for _ in range(2):
            found = read_bytes(entry, FixedUrls({"x.gz": url}), source=source)
            assert found == PACKED
    assert len(heard) == 2


def test_what_a_storage_decodes_is_asked_for_as_it_is_stored(source: Urllib3Source) -> None:
    """Google's "decompressive transcoding", for who does not take gzip."""
    entry = entry_of("x.gz", PACKED)
    replies = chunked(DATA, "X-Goog-Stored-Content-Encoding: gzip"), sent(PACKED, GZIP)
    with scripted(*replies) as (url, heard):
        assert read_bytes(entry, FixedUrls({"x.gz": url}), source=source) == PACKED
    taken = [b"Accept-Encoding: gzip" in each for each in heard]
    assert taken == [False, True]


def test_a_manifest_is_never_stored_encoded(source: Urllib3Source) -> None:
    entry = ManifestEntry("wandb_manifest.json", "")
    for reply in (sent(PACKED, GZIP), chunked(PACKED, GZIP), sent(DATA)):
        with scripted(reply) as (url, _):
            urls = FixedUrls({entry.path: url})
            assert read_bytes(entry, urls, source=source, decode=True) == DATA


def test_an_encoded_file_that_is_cut_is_sent_again(source: Urllib3Source, tmp_path: Path) -> None:
    entry, whole = entry_of("x", DATA), ENCODED["gzip"]
    quick = RetryPolicy(tries=4, first_wait=0.001)
    with scripted(whole[:9_000], whole[:-1], sent(PACKED[:-9], GZIP), whole) as (url, heard):
        download([entry], tmp_path, FixedUrls({"x": url}), source=source, retry=quick)
    assert (tmp_path / "x").read_bytes() == DATA
    assert len(heard) == 4
    assert not any(b"Range:" in each for each in heard)


def test_encoded_bytes_that_nothing_comes_of_have_an_end(source: Urllib3Source) -> None:
    entry, nothing = entry_of("x", DATA), gzip.compress(b"") * 200_000
    endless = chunked(nothing, GZIP)
    with (
        scripted(endless, endless) as (url, heard),
        pytest.raises(ConnectionFailed, match="nothing in its encoded body"),
    ):
        read_bytes(entry, FixedUrls({"x": url}), source=source, decode=True)
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (sent(b"x" * 50, "Content-Encoding: br"), "another number of bytes, encoded as 'br'"),
        (sent(b"x" * 50, GZIP), "its body is not encoded as it says"),
        (sent(gzip.compress(DATA + b"more"), GZIP), "more bytes"),
        (sent(gzip.compress(DATA[:-1]), GZIP), "fewer bytes"),
    ],
    ids=["unknown", "none", "more", "fewer"],  # what gzip makes has the time in it
)
def test_what_cannot_be_undone_is_named(source: Urllib3Source, reply: bytes, words: str) -> None:
    entry = entry_of("x", DATA)
    once = RetryPolicy(tries=1)
    with (
        scripted(reply, reply) as (url, _),
        pytest.raises(ArtifactsError, match=words),
    ):
        read_bytes(entry, FixedUrls({"x": url}), source=source, retry=once)
