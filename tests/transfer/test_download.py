"""Downloads: fetched, skipped and reported files, and errors."""

import os
import threading
from pathlib import Path

import pytest

from tests.artifacts.bench import tree
from tests.transfer.bucket import Bucket
from typed_artifacts import errors
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._transfer import (
    Cancellation,
    ContentCache,
    FixedUrls,
    ManifestEntry,
    TransferEvent,
    download,
    open_remote,
    plan_download,
    read_bytes,
)
from typed_artifacts._transfer.concurrency.cancellation import Cancelled
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts._values.file_names import PART_PREFIX, PART_SUFFIX
from typed_artifacts.events import FileDone, Finished, Skipped, Started

BIG = os.urandom(3_500_000)


def test_files_arrive_whole_and_only_once(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entries = [
        bucket.put("a.txt", b"alpha"),
        bucket.put("deep/er/b.bin", BIG, alg="XXH128"),
        bucket.put("deep/empty", b""),
        bucket.put("ünï code #1?.txt", b"name"),
    ]
    events: list[TransferEvent] = []

    report = download(entries, tmp_path / "out", bucket.urls, source=source, on_event=events.append)

    assert tree(tmp_path / "out") == bucket.files
    assert sorted(report.fetched) == sorted(bucket.files)
    assert report.bytes == sum(map(len, bucket.files.values()))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert {event.path for event in events if isinstance(event, FileDone)} == set(bucket.files)
    assert bucket.count("deep/empty") == 0  # nothing to ask for

    sent = len(bucket.requests)
    events.clear()
    again = download(entries, tmp_path / "out", bucket.urls, source=source, on_event=events.append)

    assert (again.fetched, again.bytes, len(bucket.requests)) == ((), 0, sent)
    assert sum(isinstance(event, Skipped) for event in events) == 4


def test_only_what_is_wrong_or_missing_is_fetched(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entries = [bucket.put(name, name.encode() * 9) for name in ("one", "two", "six")]
    download(entries, tmp_path, bucket.urls, source=source)
    (tmp_path / "one").unlink()
    (tmp_path / "two").write_bytes(b"TWO" * 9)  # the same size: only the digest tells
    (tmp_path / "mine").write_bytes(b"not of the artifact")

    report = download(entries, tmp_path, bucket.urls, source=source)

    assert sorted(report.fetched) == ["one", "two"]
    assert report.skipped == ("six",)
    assert tree(tmp_path) == bucket.files | {"mine": b"not of the artifact"}


def test_a_relative_folder_stays_the_same_one(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else changes the working directory meanwhile."""
    entries = [bucket.put(f"{n}.bin", b"x" * n) for n in range(1, 20)]
    for name in ("here", "there"):
        (tmp_path / name / "data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")

    def move(event: TransferEvent) -> None:
        if isinstance(event, FileDone):
            os.chdir(tmp_path / "there")

    download(entries, Path("data"), bucket.urls, source=source, on_event=move)

    assert len(list((tmp_path / "here" / "data").iterdir())) == 19
    assert list((tmp_path / "there" / "data").iterdir()) == []


def test_the_file_that_is_in_the_way_of_the_folder_is_named(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entries = [bucket.put("a.bin", b"1")]
    (tmp_path / "file").write_bytes(b"")
    for root in ("file", "file/below", "file/below/that"):
        with pytest.raises(errors.InvalidInput, match=r"/file' is a file, not a folder"):
            download(entries, tmp_path / root, bucket.urls, source=source)


def test_a_link_that_leads_nowhere_is_called_no_file(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(errors.InvalidInput, match=r"/link' cannot be made: File exists\.$"):
        download([bucket.put("a.bin", b"1")], tmp_path / "link", bucket.urls, source=source)


def test_connections_are_kept(tmp_path: Path, bucket: Bucket, source: Urllib3Source) -> None:
    entries = [bucket.put(f"f{n}", b"x" * n) for n in range(1, 60)]
    download(entries, tmp_path, bucket.urls, source=source, max_workers=2)
    assert bucket.connections <= 2


def test_no_credentials_are_sent(tmp_path: Path, bucket: Bucket, source: Urllib3Source) -> None:
    entry = bucket.put("file", b"x")
    url = bucket.url("file").replace("//", "//user:secret@")
    download([entry], tmp_path, FixedUrls({"file": url}), source=source)
    (_, _, headers) = bucket.requests[0]
    assert not {"authorization", "cookie"} & headers.keys()
    assert "secret" not in str(headers)


def test_references_are_reported_and_not_followed(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    reference = ManifestEntry("../data", "etag", 5, ref="s3://bucket/key")
    report = download([reference, bucket.put("a", b"a")], tmp_path, bucket.urls, source=source)
    assert report.references == (reference,)
    assert tree(tmp_path) == {"a": b"a"}


def test_an_unknown_algorithm_is_said_before_anything_is_written(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entry = ManifestEntry("a", "AAAA", 1, extra={"alg": "BLAKE9"})
    with pytest.raises(errors.UnsupportedByServer, match="BLAKE9"):
        download([entry], tmp_path / "out", bucket.urls, source=source)
    assert not (tmp_path / "out").exists()


def test_one_failure_stops_the_others_at_once(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    entries = [bucket.put(f"slow{n}", BIG) for n in range(3)]
    for entry in entries:
        bucket.always[entry.path] = "stall"
    bad = bucket.put("zz-bad", b"x")
    bucket.always["zz-bad"] = "404"

    with pytest.raises(errors.NotFoundError):  # and not the timeout of the stalled ones
        download([*entries, bad], tmp_path, bucket.urls, source=source, retry=quick)

    assert tree(tmp_path) == {}
    assert not bucket.released.is_set()


def test_cancelling_cuts_what_is_waiting(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entry = bucket.put("file", BIG)
    bucket.always["file"] = "hang"
    cancel = Cancellation()
    timer = threading.Timer(0.1, cancel.set)
    timer.start()
    with pytest.raises(Cancelled):
        download([entry], tmp_path, bucket.urls, source=source, cancel=cancel)
    timer.join()
    assert tree(tmp_path) == {}


def test_a_listener_that_fails_stops_the_download(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    def listen(event: TransferEvent) -> None:
        if isinstance(event, FileDone):
            raise KeyError("listener")

    entries = [bucket.put(f"f{n}", b"x") for n in range(50)]
    with pytest.raises(KeyError, match="listener"):
        download(entries, tmp_path, bucket.urls, source=source, on_event=listen)


def test_the_remains_of_a_dead_process_are_removed_and_those_of_a_living_one_kept(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    import fcntl  # noqa: PLC0415 -- not everywhere

    dead = tmp_path / f"{PART_PREFIX}dead{PART_SUFFIX}"
    dead.write_bytes(b"half")
    alive = tmp_path / f"{PART_PREFIX}alive{PART_SUFFIX}"
    with alive.open("wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        download([bucket.put("a", b"a")], tmp_path, bucket.urls, source=source)
        assert sorted(tree(tmp_path)) == sorted([alive.name, "a"])


def test_the_cache_saves_requests_and_is_not_trusted(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entry = bucket.put("file", BIG, alg="XXH128")
    cache = ContentCache(tmp_path / "cache")

    download([entry], tmp_path / "one", bucket.urls, source=source, cache=cache)
    second = download([entry], tmp_path / "two", bucket.urls, source=source, cache=cache)
    assert (second.cached, bucket.count("file")) == (("file",), 1)

    (kept,) = (path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    kept.write_bytes(BIG[:-1] + bytes([BIG[-1] ^ 1]))
    third = download([entry], tmp_path / "three", bucket.urls, source=source, cache=cache)
    assert (third.fetched, bucket.count("file")) == (("file",), 2)
    assert all((tmp_path / name / "file").read_bytes() == BIG for name in ("one", "two", "three"))
    assert kept.read_bytes() == BIG


def test_a_cache_that_cannot_be_written_is_no_error(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    cache = ContentCache(tmp_path / "cache" / "below")
    download([bucket.put("a", b"a")], tmp_path / "out", bucket.urls, source=source, cache=cache)
    assert tree(tmp_path / "out") == {"a": b"a"}


def test_bytes_of_one_file(bucket: Bucket, source: Urllib3Source, quick: RetryPolicy) -> None:
    entry = bucket.put("file", BIG)
    bucket.faults["file"] = ["cut", "503", "corrupt"]
    assert read_bytes(entry, bucket.urls, source=source, retry=quick) == BIG

    bucket.always["file"] = "corrupt"
    with pytest.raises(errors.IntegrityError):
        read_bytes(entry, bucket.urls, source=source, retry=quick)


def test_a_file_of_unknown_size_and_digest(bucket: Bucket, source: Urllib3Source) -> None:
    bucket.put("manifest", BIG)
    assert read_bytes(ManifestEntry("manifest", ""), bucket.urls, source=source) == BIG


def test_a_stream_resumes_and_vouches_for_its_bytes_at_the_end(
    bucket: Bucket, source: Urllib3Source, quick: RetryPolicy
) -> None:
    text = b"".join(b"line %d\n" % n for n in range(100_000))
    entry = bucket.put("file", text)
    bucket.faults["file"] = ["cut"]
    with open_remote(entry, bucket.urls, source=source, retry=quick) as stream:
        assert b"".join(stream) == text

    bucket.always["file"] = "corrupt"
    with open_remote(entry, bucket.urls, source=source, retry=quick) as stream:
        assert stream.read(4)
        with pytest.raises(errors.IntegrityError):
            stream.read()


def test_a_stream_may_be_left_early(bucket: Bucket, source: Urllib3Source) -> None:
    entry = bucket.put("file", BIG)
    with open_remote(entry, bucket.urls, source=source) as stream:
        assert stream.read(10) == BIG[:10]
    assert read_bytes(entry, bucket.urls, source=source) == BIG


def test_a_plan_with_a_file_of_unknown_size(tmp_path: Path, bucket: Bucket) -> None:
    known = bucket.put("known", b"12345")
    unknown = ManifestEntry("unknown", bucket.put("unknown", b"1").digest)
    plan = plan_download([known, unknown], tmp_path / "out")
    assert (plan.fetch, plan.bytes) == ((known, unknown), 5)
