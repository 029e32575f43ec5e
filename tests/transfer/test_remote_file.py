"""A remote file as a file object: few requests, seekable, verified, whatever the server does."""

import io
import os
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transfer.bucket import Bucket
from typed_artifacts import errors
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._transfer import (
    FixedUrls,
    ManifestEntry,
    UrlProvider,
    open_remote,
    read_bytes,
)
from typed_artifacts._transfer.concurrency.cancellation import Cancelled
from typed_artifacts._transfer.http.byte_source import ByteReply, ByteRequest
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source

KIB, MIB = 1 << 10, 1 << 20
Opens = Callable[[bytes], io.BufferedReader]
BIG = os.urandom(12 * MIB)
SMALL = os.urandom(300 * KIB)


def ranges(bucket: Bucket, name: str = "file") -> list[str]:
    """What was asked for; "" for the whole."""
    return [headers.get("range", "") for _, path, headers in bucket.requests if path == name]


@pytest.fixture
def opened(
    bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> Callable[[bytes], io.BufferedReader]:
    def opens(content: bytes) -> io.BufferedReader:
        return open_remote(bucket.put("file", content), bucket.urls, source=source, retry=quick)

    return opens


def test_it_is_a_buffered_binary_file(opened: Opens, bucket: Bucket) -> None:
    with opened(BIG) as file:
        assert isinstance(file, io.BufferedIOBase)
        assert (file.readable(), file.seekable(), file.writable()) == (True, True, False)
        assert (file.name, file.mode, file.tell()) == ("file", "rb", 0)
        assert file.seek(0, io.SEEK_END) == len(BIG)
        assert file.read() == b""
        assert file.seek(-3, io.SEEK_END) == file.tell() == len(BIG) - 3
        with pytest.raises(ValueError, match="before the start"):
            file.seek(-1)
        with pytest.raises(io.UnsupportedOperation):
            file.fileno()
        assert file.seek(10 * len(BIG)) == 10 * len(BIG)
        assert file.read(1) == b""
    assert file.closed
    assert not bucket.requests
    with pytest.raises(ValueError, match="closed"):
        file.read(1)


@pytest.mark.parametrize("content", [b"", b"x", b"PK" * 30])
def test_what_is_no_archive_is_told_apart(opened: Opens, content: bytes) -> None:
    with opened(content) as file:
        assert not zipfile.is_zipfile(file)
        with pytest.raises(zipfile.BadZipFile, match="not a zip file"):
            zipfile.ZipFile(file)
        with pytest.raises(OSError, match="before the start"):
            file.seek(-1)


@pytest.mark.parametrize("size", [-1, 1, 7000, 100_000, 5 * MIB])
def test_from_start_to_end_it_is_one_request(opened: Opens, bucket: Bucket, size: int) -> None:
    content = BIG if size != 1 else SMALL
    with opened(content) as file:
        assert b"".join(iter(lambda: file.read(size), b"")) == content
    assert ranges(bucket) == [""]


def test_a_small_file_is_one_request_wherever_it_is_read(opened: Opens, bucket: Bucket) -> None:
    with opened(SMALL) as file:
        for start in (200_000, 0, len(SMALL) - 10, 100_000):
            file.seek(start)
            assert file.read(10) == SMALL[start : start + 10]
    assert ranges(bucket) == [""]


def test_a_look_at_the_end_is_one_request(opened: Opens, bucket: Bucket) -> None:
    with opened(BIG) as file:
        for back in (8, 22, 30_000, 60_000):
            file.seek(-back, io.SEEK_END)
            assert file.read(back) == BIG[-back:]
    assert len(ranges(bucket)) == 1


def test_jumps_far_away_are_a_range_each_and_come_back_for_nothing(
    opened: Opens, bucket: Bucket
) -> None:
    places = [9 * MIB, 2 * MIB, 6 * MIB, 2 * MIB + 1000, 9 * MIB + 5000, 6 * MIB + 100_000]
    with opened(BIG) as file:
        for start in places:
            file.seek(start)
            assert file.read(100) == BIG[start : start + 100]
    asked = ranges(bucket)
    assert len(asked) == 3
    assert all(spans(asked_range) <= 512 * KIB for asked_range in asked)


def spans(header: str) -> int:
    first, last = header.removeprefix("bytes=").split("-")
    return int(last) + 1 - int(first)


def test_who_reads_on_after_a_jump_gets_more_each_time(opened: Opens, bucket: Bucket) -> None:
    with opened(BIG) as file:
        file.seek(MIB)
        pieces = iter(lambda: file.read(50_000), b"")
        assert b"".join(pieces) == BIG[MIB:]
    assert len(ranges(bucket)) <= 4
    assert ranges(bucket)[-1].endswith("-")


def test_a_long_read_after_a_jump_is_one_request(opened: Opens, bucket: Bucket) -> None:
    with opened(BIG) as file:
        file.seek(3 * MIB + 17)
        assert file.read(7 * MIB) == BIG[3 * MIB + 17 : 10 * MIB + 17]
    assert len(ranges(bucket)) <= 2


def test_a_short_way_on_is_read_and_a_long_one_jumped(opened: Opens, bucket: Bucket) -> None:
    with opened(BIG) as file:
        file.read(10)
        file.seek(200_000)
        assert file.read(10) == BIG[200_000:200_010]
        assert ranges(bucket) == [""]
        file.seek(8 * MIB)
        assert file.read(10) == BIG[8 * MIB : 8 * MIB + 10]
        assert len(ranges(bucket)) == 2


@pytest.mark.parametrize("content", [SMALL, BIG], ids=["small", "big"])
def test_the_last_byte_of_a_wrong_file_is_an_error(
    opened: Opens, bucket: Bucket, content: bytes
) -> None:
    bucket.always["file"] = "corrupt"
    with opened(content) as file:
        assert len(file.read(100)) == 100
        with pytest.raises(errors.IntegrityError, match="'file'"):
            file.read()
    with opened(content) as file, pytest.raises(errors.IntegrityError):
        file.read(len(content))
    with opened(content) as file, pytest.raises(errors.IntegrityError):
        list(iter(lambda: file.read(1000), b""))


def test_what_is_read_twice_on_the_way_is_verified_all_the_same(
    opened: Opens, bucket: Bucket
) -> None:
    """As by whoever looks at the first bytes, goes back, and then reads it all."""
    bucket.always["file"] = "corrupt"
    with opened(BIG) as file:
        file.read(500_000)
        file.seek(0)
        with pytest.raises(errors.IntegrityError):
            file.read()


def test_a_part_of_a_wrong_file_may_be_read(opened: Opens, bucket: Bucket) -> None:
    with opened(BIG) as file:
        bucket.always["file"] = "corrupt"
        file.seek(-10, io.SEEK_END)
        assert file.read() == BIG[-10:]


@pytest.mark.parametrize("fault", ["no-range", "wrong-range"])
def test_a_server_without_ranges_sends_it_once(opened: Opens, bucket: Bucket, fault: str) -> None:
    bucket.always["file"] = fault
    with opened(BIG) as file:
        for start in (8 * MIB, 100, 11 * MIB, 0):
            file.seek(start)
            assert file.read(1000) == BIG[start : start + 1000]
        file.seek(0)
        assert file.read() == BIG
    assert len(bucket.requests) <= 2
    if fault == "no-range":
        bucket.files["file"] = bytes([BIG[0] ^ 1]) + BIG[1:]
        with opened(BIG) as file:
            bucket.files["file"] = bytes([BIG[0] ^ 1]) + BIG[1:]
            file.seek(8 * MIB)
            assert file.read(10)
            file.seek(0)
            with pytest.raises(errors.IntegrityError):
                file.read()


@pytest.mark.parametrize("fault", ["cut", "503", "half-range", "empty-range"])
def test_a_fault_on_the_way_is_mended(opened: Opens, bucket: Bucket, fault: str) -> None:
    with opened(BIG) as file:
        bucket.faults["file"] = [fault]
        file.seek(5 * MIB)
        assert file.read(3 * MIB) == BIG[5 * MIB : 8 * MIB]
        bucket.faults["file"] = [fault]
        file.seek(0)
        assert file.read() == BIG


def test_a_filled_buffer_can_be_resized(opened: Opens) -> None:
    """The thread that has filled it may not have ended: Python 3.15 resizes it in `read()`."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(5):
            with opened(BIG) as file:
                raw = file.raw
                assert isinstance(raw, io.RawIOBase)
                buffer = bytearray(100_000)
                while raw.readinto(buffer):
                    buffer.clear()
                    buffer.extend(bytes(100_000))
    finally:
        sys.setswitchinterval(before)


def test_a_failure_leaves_the_file_where_it_was(opened: Opens, bucket: Bucket) -> None:
    with opened(BIG) as file:
        file.seek(5 * MIB)
        bucket.always["file"] = "404"
        with pytest.raises(errors.NotFoundError):
            file.read(10)
        bucket.always.clear()
        assert file.tell() == 5 * MIB
        assert file.read(10) == BIG[5 * MIB : 5 * MIB + 10]


@pytest.mark.parametrize("first", [None, "", "cut"])
def test_a_file_that_stays_open_can_be_read_when_the_server_is_back(
    bucket: Bucket, source: Urllib3Source, quick: RetryPolicy, first: str | None
) -> None:
    """Its URL expires in the meantime, or it has none yet."""
    entry, is_away = bucket.put("file", BIG), False

    def urls(paths: Sequence[str]) -> Mapping[str, str]:
        if is_away:
            raise errors.ConnectionFailed("the server is away")
        return bucket.urls(paths)

    start = 100 if first else 6 * MIB  # the rest of a reply that is cut, or a request of its own
    with open_remote(entry, urls, source=source, retry=quick) as file:
        if first is not None:
            bucket.faults["file"] = [first]
            assert file.read(100) == BIG[:100]
            bucket.expire()
        is_away = True
        for _ in range(2):
            file.seek(start)
            with pytest.raises(errors.ConnectionFailed, match="away"):
                file.read()
        is_away = False
        file.seek(start)
        assert file.read() == BIG[start:]


class CountsOpen:
    """A byte source that counts the replies that are open, and has its file's reading cancelled."""

    def __init__(self, inner: Urllib3Source) -> None:
        self.inner = inner
        self.open: list[ByteReply] = []
        self.is_cancelled = False

    def send(self, request: ByteRequest, /) -> ByteReply:
        reply = self.inner.send(request)
        self.open.append(reply)
        close = reply.close

        def closes() -> None:
            close()
            self.open.remove(reply)

        reply.close = closes  # type: ignore[method-assign]  # pyright: ignore[reportAttributeAccessIssue]
        if self.is_cancelled and request.cancel is not None:
            request.cancel.set()
        return reply

    def close(self) -> None:
        self.inner.close()


def test_a_read_that_is_cancelled_when_the_reply_comes_leaves_no_connection(
    bucket: Bucket, source: Urllib3Source
) -> None:
    counting = CountsOpen(source)
    counting.is_cancelled = True
    with open_remote(bucket.put("file", BIG), bucket.urls, source=counting) as file:
        with pytest.raises(Cancelled):
            file.read(10)
        assert not counting.open


@pytest.mark.parametrize("whole", [True, False])
def test_an_expired_url_that_cannot_be_renewed_leaves_no_connection(
    bucket: Bucket, source: Urllib3Source, whole: bool
) -> None:
    counting, entry = CountsOpen(source), bucket.put("file", BIG)
    known = bucket.urls(["file"])
    bucket.expire()

    def renew(_: Sequence[str]) -> Mapping[str, str]:
        raise errors.ConnectionFailed("there is no network")

    def read(urls: UrlProvider) -> bytes:
        if whole:
            return read_bytes(entry, urls, source=counting)
        return open_remote(entry, urls, source=counting).read(10)

    with pytest.raises(errors.ConnectionFailed, match="no network"):
        read(FixedUrls(known, renew))
    assert not counting.open


def test_a_file_that_is_closed_before_its_end_leaves_no_connection(
    bucket: Bucket, source: Urllib3Source
) -> None:
    counting = CountsOpen(source)
    with open_remote(bucket.put("file", BIG), bucket.urls, source=counting) as file:
        assert file.read(10) == BIG[:10]
        assert len(counting.open) == 1
    assert not counting.open


def test_an_empty_file_costs_nothing(opened: Opens, bucket: Bucket) -> None:
    with opened(b"") as file:
        assert (file.read(), file.seek(0, io.SEEK_END)) == (b"", 0)
    assert not bucket.requests


def test_a_file_of_unknown_size_cannot_seek(bucket: Bucket, source: Urllib3Source) -> None:
    bucket.put("file", BIG)
    with open_remote(ManifestEntry("file", ""), bucket.urls, source=source) as file:
        assert not file.seekable()
        with pytest.raises(io.UnsupportedOperation):
            file.seek(10)
        assert file.read() == BIG
    assert ranges(bucket) == [""]


def test_a_zip_file_is_listed_and_read_by_ranges(opened: Opens, bucket: Bucket) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(40):
            archive.writestr(f"part{number}.bin", BIG[number * 1000 :][: 200 * KIB])
    with opened(made.getvalue()) as file, zipfile.ZipFile(file) as archive:
        assert len(archive.namelist()) == 40
        assert len(bucket.requests) == 1
        assert archive.read("part7.bin") == BIG[7000:][: 200 * KIB]
        assert len(bucket.requests) <= 3


def test_a_compressed_tar_file_is_one_request_for_each_pass(opened: Opens, bucket: Bucket) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for number in range(20):
            member = tarfile.TarInfo(f"part{number}")
            member.size = 100 * KIB
            archive.addfile(member, io.BytesIO(BIG[number * 1000 :][: 100 * KIB]))
    with opened(made.getvalue()) as file, tarfile.open(fileobj=file) as archive:
        found = archive.extractfile("part13")
        assert found is not None
        assert found.read() == BIG[13_000:][: 100 * KIB]
    assert len(made.getvalue()) > MIB
    assert ranges(bucket) == ["", ""]


def test_lines_of_text(opened: Opens, bucket: Bucket) -> None:
    text = "".join(f"Zeile {number} äöü\n" for number in range(100_000))
    with opened(text.encode()) as file, io.TextIOWrapper(file, encoding="utf-8") as lines:
        assert list(lines) == text.splitlines(keepends=True)
    assert ranges(bucket) == [""]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["read", "seek", "end", "line"]), st.integers(0, 3 * MIB)),
        max_size=12,
    )
)
def test_whatever_is_done_it_reads_as_a_file_in_memory(
    bucket: Bucket, source: Urllib3Source, steps: list[tuple[str, int]]
) -> None:
    content = BIG[: 3 * MIB]
    known = io.BytesIO(content)
    with open_remote(bucket.put("file", content), bucket.urls, source=source) as file:
        for kind, number in steps:
            if kind == "seek":
                assert file.seek(number) == known.seek(number)
            elif kind == "end":
                assert file.seek(-number, io.SEEK_END) == known.seek(-number, io.SEEK_END)
            elif kind == "line":
                assert file.readline(number) == known.readline(number)
            else:
                assert file.read(number % 400_000) == known.read(number % 400_000)
            assert file.tell() == known.tell()
