"""Uploads: streamed, repeated when broken, checked against the file and the server's answer."""

import base64
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import final

import pytest

from tests.scripted import scripted
from tests.transfer.bucket import Bucket
from typed_artifacts import errors
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._transfer import (
    DigestAlgorithm,
    Draft,
    TransferEvent,
    UploadItem,
    UploadTarget,
    build_manifest,
    download,
    upload,
)
from typed_artifacts._transfer.http.byte_source import (
    ByteReply,
    ByteRequest,
    ByteSource,
    ExchangeError,
)
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts._transfer.uploads.multipart import (
    CompletedParts,
    FileParts,
    MultipartTarget,
    MultipartUpload,
    PartSizes,
    part_spans,
)
from typed_artifacts.events import Advanced, FileDone, Retried

BIG = os.urandom(3_500_000)


def items(draft: Draft, bucket: Bucket, *headers: str) -> list[UploadItem]:
    return [
        UploadItem(entry, draft.contents[name], bucket.target(name, *headers))
        for name, entry in draft.manifest.entries.items()
    ]


def test_a_folder_goes_up_and_comes_back(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    for n in range(60):
        (folder / "sub" / f"f{n}").write_bytes(b"%d" % n * n)
    (folder / "big").write_bytes(BIG)
    draft = build_manifest(folder)
    events: list[TransferEvent] = []

    report = upload(items(draft, bucket), source=source, on_event=events.append)

    done = [event.path for event in events if isinstance(event, FileDone)]
    assert sorted(done) == sorted(draft.manifest.entries)
    assert (report.uploaded, report.bytes) == (61, draft.manifest.size)
    download(draft.manifest.entries.values(), tmp_path / "out", bucket.urls, source=source)
    for name in draft.manifest.entries:
        assert (tmp_path / "out" / name).read_bytes() == (folder / name).read_bytes()


def test_headers_are_sent_as_given(bucket: Bucket, source: Urllib3Source) -> None:
    draft = build_manifest({"a": b"alpha"})
    lines = ("Content-MD5:lHUHS5B2dpDXV5z8kUA9Vg==", "Content-Type: text/plain; a=b:c")
    upload(items(draft, bucket, *lines), source=source)
    (_, _, headers) = bucket.requests[0]
    assert headers["content-md5"] == "lHUHS5B2dpDXV5z8kUA9Vg=="
    assert headers["content-type"] == "text/plain; a=b:c"
    assert headers["content-length"] == "5"
    assert "authorization" not in headers


@pytest.mark.parametrize("line", ["no colon", "a:b\r\nevil: 1", ":b", "a:b\0"])
def test_a_header_that_is_none_is_refused(bucket: Bucket, source: Urllib3Source, line: str) -> None:
    draft = build_manifest({"a": b"alpha"})
    with pytest.raises(errors.ServerError, match="the file was not sent"):
        upload(items(draft, bucket, line), source=source)
    assert not bucket.requests


def test_what_the_server_has_is_not_sent(bucket: Bucket, source: Urllib3Source) -> None:
    draft = build_manifest({"a": b"alpha", "b": b"beta"})
    entries = draft.manifest.entries
    mixed = [
        UploadItem(entries["a"], b"alpha", None),
        UploadItem(entries["b"], b"beta", bucket.target("b")),
    ]
    report = upload(mixed, source=source)
    assert (report.uploaded, report.skipped) == (1, 1)
    assert len(bucket.requests) == 1


def test_items_may_be_made_as_they_are_needed(bucket: Bucket, source: Urllib3Source) -> None:
    draft = build_manifest({f"f{n}": b"%d" % n for n in range(40)})

    def made() -> Iterator[UploadItem]:
        yield from items(draft, bucket)

    assert upload(made(), source=source).uploaded == 40


@pytest.mark.parametrize(
    "faults", [["cut"], ["503", "500"], ["522"], ["429;0"], ["etag"]], ids=" ".join
)
def test_a_passing_fault_is_overcome(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, quick: RetryPolicy, faults: list[str]
) -> None:
    (tmp_path / "big").write_bytes(BIG)
    draft = build_manifest(tmp_path)
    bucket.faults["big"] = list(faults)
    upload(items(draft, bucket), source=source, retry=quick)
    assert bucket.files["big"] == BIG
    assert bucket.count("big") == len(faults) + 1


@final
class _UnreachableOnce:
    """A source that reaches its server with all requests but the second."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._requests = 0

    def send(self, request: ByteRequest) -> ByteReply:
        self._requests += 1
        if self._requests == 2:
            raise ExchangeError("nobody listens there", unsent=True)
        return self._source.send(request)

    def close(self) -> None:
        self._source.close()


def test_an_attempt_that_sent_nothing_takes_no_bytes_back(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    """The first attempt is read and refused; the second one does not reach the server."""
    (tmp_path / "big").write_bytes(BIG)
    draft = build_manifest(tmp_path)
    bucket.faults["big"] = ["503"]
    events: list[TransferEvent] = []
    upload(
        items(draft, bucket), source=_UnreachableOnce(source), retry=quick, on_event=events.append
    )
    assert bucket.files["big"] == BIG
    counted = sum(event.count for event in events if isinstance(event, Advanced))
    again = [event.again for event in events if isinstance(event, Retried)]
    assert again == [len(BIG), 0]
    assert counted - sum(again) == len(BIG)


def test_what_is_sent_again_after_a_redirect_is_counted_once(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    (tmp_path / "big").write_bytes(BIG)
    draft = build_manifest(tmp_path)
    bucket.faults["big"] = ["redirect"]
    events: list[TransferEvent] = []
    upload(items(draft, bucket), source=source, on_event=events.append)
    assert bucket.files["big"] == BIG
    counted = sum(event.count for event in events if isinstance(event, Advanced))
    assert counted - sum(each.again for each in events if isinstance(each, Retried)) == len(BIG)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("403", errors.PermissionDenied),
        ("early", errors.PermissionDenied),
        ("413", errors.ServerError),
        ("500", errors.ServerError),
        ("cut", errors.ConnectionFailed),
        ("etag", errors.IntegrityError),
    ],
)
def test_a_lasting_fault_is_an_error(
    tmp_path: Path,
    bucket: Bucket,
    source: Urllib3Source,
    quick: RetryPolicy,
    fault: str,
    error: type[errors.ArtifactsError],
) -> None:
    (tmp_path / "big").write_bytes(BIG)
    draft = build_manifest(tmp_path)
    bucket.always["big"] = fault
    with pytest.raises(error, match="big") as caught:
        upload(items(draft, bucket), source=source, retry=quick)
    assert "sig=" not in str(caught.value)
    assert (caught.value.operation, caught.value.subject) == ("upload", "big")
    if fault == "cut":
        assert str(caught.value).startswith("Uploading 'big' to 127.0.0.1 failed: ")


def test_an_expired_url_is_asked_for_again(
    bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    draft = build_manifest({"a": b"alpha"})
    stale = items(draft, bucket)
    bucket.expire()
    asked: list[str] = []

    def renew(name: str) -> UploadTarget:
        asked.append(name)
        return bucket.target(name)

    upload(stale, source=source, renew=renew, retry=quick)
    assert bucket.files["a"] == b"alpha"
    assert asked == ["a"]


def test_what_arrived_though_its_answer_was_lost_needs_no_other_url(
    bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    """The URL has expired when it is sent again, and the server gives no other: it has the file."""
    draft = build_manifest({"a": b"alpha"})
    stale = items(draft, bucket)
    bucket.expire()
    done: list[TransferEvent] = []
    report = upload(stale, source=source, renew=lambda _: None, retry=quick, on_event=done.append)
    assert report.uploaded == 1
    assert FileDone("a", 5, cached=False) in done


def test_a_part_that_arrived_needs_no_other_url_either(
    bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    halves = FileParts(
        part_spans(8, PartSizes(8, 4)),
        [hashlib.md5(each, usedforsecurity=False).hexdigest() for each in (b"alph", b"abet")],
    )
    draft = build_manifest({"a": b"alphabet"})

    def target(*lacking: int) -> UploadTarget:
        urls = {number: bucket.url(f"a.{number}") for number in lacking}
        return UploadTarget("", (), MultipartTarget("id", "a", urls, halves))

    stale = [UploadItem(draft.manifest.entries["a"], draft.contents["a"], target(1, 2))]
    bucket.expire()
    joined: list[CompletedParts] = []
    upload(
        stale,
        source=source,
        renew=lambda _: target(2),
        complete=lambda _name, _target, parts: joined.append(parts),
        retry=quick,
    )
    assert bucket.files == {"a.2": b"abet"}
    assert joined == [[(1, f'"{halves.digests[0]}"'), (2, f'"{halves.digests[1]}"')]]


def test_of_several_other_uploads_one_gets_all_parts() -> None:
    """Two threads may be given one each at the same time, and a third part still arrives before."""
    parts = FileParts(part_spans(8, PartSizes(8, 4)), ["00" * 16, "11" * 16])
    first, second, third = (
        MultipartTarget(name, "a", {1: "http://a/1", 2: "http://a/2"}, parts) for name in "123"
    )
    shared = MultipartUpload(build_manifest({"a": b"alphabet"}).manifest.entries["a"], first)
    assert shared.note(first, 1, "old")
    assert shared.begin_anew(first, second) == 4  # bytes that are sent again
    assert shared.begin_anew(first, third) is None
    assert (shared.target, shared.renewals) == (second, 1)
    assert not shared.note(first, 2, "late")
    assert shared.note(second, 1, "new")
    assert shared.take_completed() is None
    assert shared.note(second, 2, "new too")
    assert shared.take_completed() == [(1, "new"), (2, "new too")]
    assert shared.take_completed() is None


def test_a_part_is_sent_without_what_is_said_of_the_whole_file(
    bucket: Bucket, source: Urllib3Source
) -> None:
    pieces = (b"alph", b"abet")
    raw = [hashlib.md5(each, usedforsecurity=False) for each in pieces]
    parts = FileParts(part_spans(8, PartSizes(8, 4)), [each.hexdigest() for each in raw])
    urls = {number: bucket.url(f"a.{number}") for number in (1, 2)}
    given = ("Content-Type:text/x-odd", "Content-MD5:of the whole", "x-whole:1")
    target = UploadTarget("", given, MultipartTarget("id", "a", urls, parts))
    draft = build_manifest({"a": b"alphabet"})
    upload([UploadItem(draft.manifest.entries["a"], draft.contents["a"], target)], source=source)
    assert bucket.files == {"a.1": b"alph", "a.2": b"abet"}
    for _, name, headers in bucket.requests:
        digest = base64.b64encode(raw[int(name[-1]) - 1].digest()).decode()
        assert (headers["content-type"], headers["content-md5"]) == ("text/x-odd", digest)
        assert "x-whole" not in headers


def test_an_upload_that_is_refused_is_about_writing(
    bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    stale = items(build_manifest({"a": b"alpha"}), bucket)
    bucket.expire()
    with pytest.raises(errors.PermissionDenied, match="may write to the artifact"):
        upload(stale, source=source, retry=quick)


def test_an_etag_that_is_no_md5_says_nothing(bucket: Bucket, source: Urllib3Source) -> None:
    draft = build_manifest({"a": b"alpha"}, algorithm=DigestAlgorithm.XXH128)
    bucket.always["a"] = "etag"
    upload(items(draft, bucket), source=source)
    assert bucket.files["a"] == b"alpha"


def _goog(content: bytes) -> bytes:
    digest = base64.b64encode(hashlib.md5(content).digest())  # noqa: S324
    return (
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-goog-hash: crc32c=9999aA==, md5=%b\r\n\r\n"
        % digest
    )


def test_the_hash_of_googles_storage_is_compared(
    bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    draft = build_manifest({"a": b"alpha"})
    (item,) = items(draft, bucket)
    for replies in ([_goog(b"alpha")], [_goog(b"other"), _goog(b"alpha")]):
        with scripted(*replies) as (url, heard):
            sent = replace(item, target=UploadTarget(f"{url}/a"))
            upload([sent], source=source, retry=quick)
            assert len(heard) == len(replies)
    with (
        scripted(_goog(b"other"), _goog(b"other")) as (url, _),
        pytest.raises(errors.IntegrityError, match="other bytes for 'a'"),
    ):
        upload([replace(item, target=UploadTarget(f"{url}/a"))], source=source, retry=quick)


@pytest.mark.parametrize("change", ["grown", "shrunk", "same size", "gone", "sly"])
def test_a_file_that_changed_since_it_was_hashed(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, change: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    draft = build_manifest(tmp_path)
    before = path.stat()
    match change:
        case "gone":
            path.unlink()
        case "sly":  # same size, same time, same inode: only the digest tells
            path.write_bytes(b"BEFORE")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        case _:
            path.write_bytes({"grown": b"before!", "shrunk": b"be", "same size": b"BEFORE"}[change])
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    words = "gone" if change == "gone" else "changed"
    with pytest.raises(errors.ConflictError, match=f"file.*{words}"):
        upload(items(draft, bucket), source=source)
    assert bucket.files.get("file") != b"before"
