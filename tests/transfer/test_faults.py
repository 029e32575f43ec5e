"""Faults of servers in downloads: overcome, or a clear error and nothing left."""

import base64
import hashlib
import os
import time
from collections.abc import Sequence
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.artifacts.bench import tree
from tests.scripted import scripted
from tests.transfer.bucket import Bucket, entry_of
from tests.transfer.sources import make_source
from typed_artifacts import errors
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._transfer import (
    ContentCache,
    FixedUrls,
    ManifestEntry,
    TransferEvent,
    download,
    read_bytes,
)
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts.events import Retried

BIG = os.urandom(3_500_000)


@pytest.mark.parametrize(
    "faults",
    [
        ["cut"],
        ["cut", "cut", "cut"],
        ["cut", "no-range"],
        ["cut", "wrong-range"],
        ["cut", "503", "cut"],
        ["corrupt"],
        ["short"],
        ["long"],
        ["chunked-short"],
        ["503"],
        ["429;0"],
        ["429;" + formatdate(time.time() - 5)],
        ["408", "500", "502"],
        ["520", "524", "599"],
        ["garbage"],
        ["redirect"],
        ["redirect", "cut"],
        ["slow"],
    ],
    ids=lambda faults: "-".join(fault.partition(";")[0] for fault in faults),
)
def test_a_passing_fault_is_overcome(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, quick: RetryPolicy, faults: list[str]
) -> None:
    entry = bucket.put("file.bin", BIG)
    bucket.faults["file.bin"] = list(faults)

    download([entry], tmp_path, bucket.urls, source=source, retry=quick)

    assert tree(tmp_path) == {"file.bin": BIG}
    assert not bucket.faults["file.bin"]


def test_a_cut_transfer_goes_on_where_it_was(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    entry = bucket.put("file.bin", BIG)
    bucket.faults["file.bin"] = ["cut"]
    events: list[TransferEvent] = []

    download([entry], tmp_path, bucket.urls, source=source, retry=quick, on_event=events.append)

    _, _, headers = bucket.requests[-1]
    start = int(headers["range"].removeprefix("bytes=").rstrip("-"))
    assert 0 < start <= len(BIG) // 2
    assert headers["if-range"] == f'"{hashlib.md5(BIG).hexdigest()}"'  # noqa: S324
    assert [type(event) for event in events if isinstance(event, Retried)] == [Retried]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("corrupt", errors.IntegrityError),
        ("short", errors.IntegrityError),
        ("long", errors.IntegrityError),
        ("chunked-short", errors.IntegrityError),
        ("404", errors.NotFoundError),
        ("403", errors.PermissionDenied),
        ("500", errors.ServerError),
        ("501", errors.ServerError),
        ("429;0", errors.RateLimited),
        ("408", errors.RequestTimeout),
        ("garbage", errors.ConnectionFailed),
        ("loop", errors.ConnectionFailed),
        ("elsewhere", errors.ConnectionFailed),
    ],
)
def test_a_lasting_fault_is_an_error_and_leaves_nothing(
    tmp_path: Path,
    bucket: Bucket,
    source: Urllib3Source,
    quick: RetryPolicy,
    fault: str,
    error: type[errors.ArtifactsError],
) -> None:
    entry = bucket.put("sub/file.bin", b"payload" * 1000)
    bucket.always["sub/file.bin"] = fault

    with pytest.raises(error, match=r"sub/file\.bin") as caught:
        download([entry], tmp_path, bucket.urls, source=source, retry=quick)

    assert "sig=" not in str(caught.value)
    assert (caught.value.operation, caught.value.subject) == ("download", "sub/file.bin")
    assert " from or to " not in str(caught.value)
    assert tree(tmp_path) == {}


def test_wrong_bytes_are_fetched_exactly_twice(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    entry = bucket.put("file.bin", b"payload")
    bucket.always["file.bin"] = "corrupt"
    (tmp_path / "file.bin").write_bytes(b"what was here before")

    with pytest.raises(errors.IntegrityError):
        download([entry], tmp_path, bucket.urls, source=source, retry=quick)

    assert bucket.count("file.bin") == 2
    assert tree(tmp_path) == {"file.bin": b"what was here before"}


def test_expired_urls_are_asked_for_again_together(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entries = [bucket.put(f"f{n}", b"x" * (n + 1)) for n in range(20)]
    stale = bucket.urls([entry.path for entry in entries])
    bucket.expire()

    report = download(entries, tmp_path, FixedUrls(stale, bucket.urls), source=source)

    assert len(report.fetched) == 20
    assert len(bucket.asked) == 2  # once before, once for all of them


def test_urls_that_stay_refused_are_an_error_soon(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entry = bucket.put("file", b"x")
    url = bucket.url("file")
    bucket.expire()

    with pytest.raises(errors.PermissionDenied, match="expired"):
        download([entry], tmp_path, lambda paths: dict.fromkeys(paths, url), source=source)

    assert bucket.count("file") == 3


def test_urls_that_cannot_be_had_are_asked_for_once(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    """Whoever gives them has its own patience, which not every thread is to spend anew."""
    entries = [bucket.put(f"f{n}", b"x" * (n + 1)) for n in range(20)]
    asked: list[int] = []

    def fail(paths: Sequence[str]) -> dict[str, str]:
        asked.append(len(paths))
        time.sleep(0.05)  # the other threads wait by then
        raise errors.ServerError("not today", status=500)

    cache = ContentCache(tmp_path / "cache")  # all threads look there before they need a URL
    with pytest.raises(errors.ServerError, match="not today"):
        download(entries, tmp_path / "out", fail, source=source, cache=cache, max_workers=8)
    assert asked == [20]


def test_a_file_without_a_url_is_not_found(tmp_path: Path, source: Urllib3Source) -> None:
    with pytest.raises(errors.NotFoundError, match="gives no URL for 'gone'"):
        download([entry_of("gone", b"x")], tmp_path, lambda _: {}, source=source)


def test_a_server_that_is_not_there(tmp_path: Path, bucket: Bucket, source: Urllib3Source) -> None:
    entry, url = bucket.put("file", b"x"), bucket.url("file")
    bucket.close()
    impatient = RetryPolicy(tries=2, first_wait=0.001)

    with pytest.raises(errors.ConnectionFailed, match="refused"):
        download([entry], tmp_path, FixedUrls({"file": url}), source=source, retry=impatient)
    assert tree(tmp_path) == {}


def test_a_stalled_server_is_a_timeout(tmp_path: Path, bucket: Bucket) -> None:
    entry = bucket.put("file", b"x" * 4000)
    bucket.always["file"] = "stall"
    source = make_source(read_seconds=0.05)
    impatient = RetryPolicy(tries=2, first_wait=0.001)
    with pytest.raises(errors.RequestTimeout, match="in time"):
        download([entry], tmp_path, bucket.urls, source=source, retry=impatient)
    source.close()


@pytest.mark.parametrize("fault", ["wrong-range", "empty-range"])
def test_a_wrong_range_for_ever_is_overcome_by_asking_for_all(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, quick: RetryPolicy, fault: str
) -> None:
    entry = bucket.put("file.bin", BIG)
    bucket.faults["file.bin"] = ["cut"]
    bucket.always["file.bin"] = fault

    download([entry], tmp_path, bucket.urls, source=source, retry=quick)

    assert tree(tmp_path) == {"file.bin": BIG}
    assert "range" not in bucket.requests[-1][2]


OLD, NEW = b"o" * 1000, b"n" * 1000
CHANGED = b"Last-Modified: Mon, 01 Jan 2024 00:00:0%d GMT"


def _reply(status: bytes, body: bytes, *headers: bytes, length: int = 1000) -> bytes:
    head = [b"HTTP/1.1 " + status, b"Content-Length: %d" % length, *headers, b"", b""]
    return b"\r\n".join(head) + body


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"X: y", b"X: y"),
        (b'ETag: "1"', b'ETag: "2"'),
        (b'ETag: "1"', b"X: y"),
        (b'ETag: W/"1"', b'ETag: W/"1"'),
        (CHANGED % 1, CHANGED % 2),
    ],
)
@pytest.mark.parametrize("ranges", [True, False])
def test_without_a_digest_no_two_files_are_joined(
    tmp_path: Path,
    source: Urllib3Source,
    quick: RetryPolicy,
    before: bytes,
    after: bytes,
    ranges: bool,
) -> None:
    """Of a reference, say: nothing would tell that its content is of no file that ever was."""
    rest = _reply(b"206 OK", NEW[500:], after, b"Content-Range: bytes 500-999/1000", length=500)
    whole = _reply(b"200 OK", NEW, after)
    replies = [_reply(b"200 OK", OLD[:500], before), *([rest] if ranges else []), whole]
    with scripted(*replies) as (url, heard):
        urls = FixedUrls({"a": f"{url}/a"})
        download([ManifestEntry("a", "", 1000)], tmp_path, urls, source=source, retry=quick)
        assert tree(tmp_path) == {"a": NEW}
        assert len(heard) == len(replies)


@pytest.mark.parametrize("same", [b'ETag: "1"', CHANGED % 1])
def test_without_a_digest_the_same_file_is_gone_on_with(
    tmp_path: Path, source: Urllib3Source, quick: RetryPolicy, same: bytes
) -> None:
    rest = _reply(b"206 OK", OLD[500:], same, b"Content-Range: bytes 500-999/1000", length=500)
    with scripted(_reply(b"200 OK", OLD[:500], same), rest) as (url, heard):
        urls = FixedUrls({"a": f"{url}/a"})
        download([ManifestEntry("a", "", 1000)], tmp_path, urls, source=source, retry=quick)
        assert tree(tmp_path) == {"a": OLD}
        assert len(heard) == 2


@pytest.mark.parametrize("cut", [1000, 500])
def test_that_nothing_is_left_to_send_is_the_end_only_where_nothing_is(
    tmp_path: Path, source: Urllib3Source, quick: RetryPolicy, cut: int
) -> None:
    """All bytes have come, and the end of the chunks has not; or half of them, at an odd server."""
    first = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n"
    nothing = _reply(b"416 Range Not Satisfiable", b"", length=0)
    replies = [first % (cut, OLD[:cut]), nothing, *([_reply(b"200 OK", OLD)] if cut < 1000 else [])]
    with scripted(*replies) as (url, heard):
        urls = FixedUrls({"a": f"{url}/a"})
        download([ManifestEntry("a", "", 1000)], tmp_path, urls, source=source, retry=quick)
        assert tree(tmp_path) == {"a": OLD}
        assert len(heard) == len(replies)
        assert b"Range: bytes=%d-" % cut in heard[1]


@pytest.mark.parametrize("length", [b"Content-Length: 1000", b"X: y"])
def test_a_server_without_ranges_that_stops_before_what_is_known_is_asked_again(
    tmp_path: Path, source: Urllib3Source, quick: RetryPolicy, length: bytes
) -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
    cut = _reply(b"200 OK", OLD[:500])
    shorter = head + length + b"\r\n\r\n" + OLD[:300]
    digest = base64.b64encode(hashlib.md5(OLD).digest()).decode()  # noqa: S324
    with scripted(cut, shorter, _reply(b"200 OK", OLD)) as (url, heard):
        urls = FixedUrls({"a": f"{url}/a"})
        download([ManifestEntry("a", digest, 1000)], tmp_path, urls, source=source, retry=quick)
        assert tree(tmp_path) == {"a": OLD}
        assert len(heard) == 3


@pytest.mark.parametrize("has_digest", [True, False])
def test_a_file_of_unknown_size_that_is_shorter_after_a_cut_is_asked_again(
    source: Urllib3Source, quick: RetryPolicy, has_digest: bool
) -> None:
    """As a manifest, or a reference: it was a ``TypeError``."""
    same = b'ETag: "a"'
    cut = _reply(b"200 OK", OLD[:500], same, length=1000)
    shorter = _reply(b"200 OK", OLD[:300], same, length=300)
    digest = base64.b64encode(hashlib.md5(OLD).digest()).decode()  # noqa: S324
    entry = ManifestEntry("a", digest if has_digest else "")
    with scripted(cut, shorter, _reply(b"200 OK", OLD, same, length=1000)) as (url, heard):
        assert read_bytes(entry, FixedUrls({"a": url}), source=source, retry=quick) == OLD
        assert len(heard) == 3
    with (
        scripted(cut, shorter, cut, shorter) as (url, _),
        pytest.raises(errors.IntegrityError, match="'a' had more bytes before, but"),
    ):
        read_bytes(entry, FixedUrls({"a": url}), source=source, retry=quick)


def test_without_a_digest_a_file_that_always_breaks_off_is_an_error(
    tmp_path: Path, source: Urllib3Source, quick: RetryPolicy
) -> None:
    halves = [
        _reply(b"206 OK", OLD[:500], b"Content-Range: bytes %d-%d/1000" % span, length=500)
        for span in ((0, 499), (500, 999))
    ]
    with scripted(*halves * 20) as (url, _):
        urls = FixedUrls({"a": f"{url}/a"})
        with pytest.raises(errors.IntegrityError, match="again and again"):
            download([ManifestEntry("a", "", 1000)], tmp_path, urls, source=source, retry=quick)
    assert tree(tmp_path) == {}
