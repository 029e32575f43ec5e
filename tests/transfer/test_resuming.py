"""An interrupted download of a large file goes on where it was: by what is asked for, and right."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.transfer.bucket import Bucket, entry_of
from tests.transfer.test_disk import parts, start
from typed_artifacts import errors
from typed_artifacts._environment import locks
from typed_artifacts._requests.retry import NO_RETRIES
from typed_artifacts._transfer import (
    Cancellation,
    ContentCache,
    ManifestEntry,
    TransferEvent,
    download,
    verify,
)
from typed_artifacts._transfer.concurrency.cancellation import Cancelled
from typed_artifacts._transfer.disk import partial_files
from typed_artifacts._transfer.disk.partial_files import part_key
from typed_artifacts._transfer.disk.roots import Root
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts.events import Advanced, Started

BIG = os.urandom(18 << 20)  # half of it is a whole number of what is read at once
HALF = len(BIG) // 2


def starts(bucket: Bucket, name: str = "big") -> list[int]:
    """From which byte on the file was asked for, each time."""
    headers = [
        headers.get("range", "bytes=0-") for _, path, headers in bucket.requests if path == name
    ]
    return [int(header.removeprefix("bytes=").rstrip("-")) for header in headers]


def left(
    root: Path, content: bytes, *, digest_of: bytes = BIG, leaf: str = "big", pid: int = 1
) -> None:
    """What a process that was killed left of a file."""
    key = part_key(leaf, entry_of(leaf, digest_of).digest)
    (root / f".typed-artifacts-{key}-{pid}-abc-0.part").write_bytes(content)


def interrupt(bucket: Bucket, source: Urllib3Source, root: Path, entry: ManifestEntry) -> None:
    bucket.faults["big"] = ["cut"]
    with pytest.raises(errors.ConnectionFailed):
        download([entry], root, bucket.urls, source=source, retry=NO_RETRIES)


def test_after_a_kill(tmp_path: Path, bucket: Bucket, source: Urllib3Source) -> None:
    entries = [bucket.put("big", BIG), bucket.put("sub/small", b"small")]
    bucket.faults["big"] = ["stall"]
    root = tmp_path / "root"
    child = start(tmp_path, entries, bucket, root)
    deadline = time.monotonic() + 60
    while not (parts(root) and max(part.stat().st_size for part in parts(root)) >= HALF):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    bucket.released.set()
    assert not (root / "big").exists()

    report = download(entries, root, bucket.urls, source=source)

    assert starts(bucket) == [0, HALF]
    assert "big" in report.fetched
    assert verify(entries, root).ok
    assert parts(root) == []


def test_after_a_broken_connection(tmp_path: Path, bucket: Bucket, source: Urllib3Source) -> None:
    entry = bucket.put("big", BIG)
    interrupt(bucket, source, tmp_path, entry)
    assert not (tmp_path / "big").exists()
    assert verify([entry], tmp_path).unexpected == ()
    events: list[TransferEvent] = []
    download([entry], tmp_path, bucket.urls, source=source, on_event=events.append)
    assert starts(bucket) == [0, HALF]
    assert (tmp_path / "big").read_bytes() == BIG
    assert parts(tmp_path) == []
    assert events[0] == Started(1, len(BIG))
    assert sum(event.count for event in events if isinstance(event, Advanced)) == len(BIG)


def test_after_it_was_cancelled(tmp_path: Path, bucket: Bucket, source: Urllib3Source) -> None:
    entry, cancel = bucket.put("big", BIG), Cancellation()
    bucket.faults["big"] = ["stall"]
    arrived = 0

    def count(event: TransferEvent) -> None:
        nonlocal arrived
        arrived += event.count if isinstance(event, Advanced) else 0
        if arrived >= HALF:
            cancel.set()

    with pytest.raises(Cancelled):
        download([entry], tmp_path, bucket.urls, source=source, cancel=cancel, on_event=count)
    bucket.released.set()
    download([entry], tmp_path, bucket.urls, source=source)
    assert starts(bucket) == [0, HALF]
    assert (tmp_path / "big").read_bytes() == BIG


def test_interrupted_again_and_again(tmp_path: Path, bucket: Bucket, source: Urllib3Source) -> None:
    entry = bucket.put("big", BIG)
    for _ in range(3):
        interrupt(bucket, source, tmp_path, entry)
    download([entry], tmp_path, bucket.urls, source=source)
    assert starts(bucket) == [0, HALF, HALF + HALF // 2, HALF + HALF // 2 + HALF // 4]
    assert (tmp_path / "big").read_bytes() == BIG


def test_a_server_without_ranges_sends_it_all_again(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entry = bucket.put("big", BIG)
    interrupt(bucket, source, tmp_path, entry)
    bucket.always["big"] = "no-range"
    download([entry], tmp_path, bucket.urls, source=source)
    assert (tmp_path / "big").read_bytes() == BIG


def test_little_is_not_left_behind(tmp_path: Path, bucket: Bucket, source: Urllib3Source) -> None:
    entry = bucket.put("big", BIG[:3_000_000])
    interrupt(bucket, source, tmp_path, entry)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.each(2)
@pytest.mark.parametrize(
    ("there", "asked"),
    [
        (BIG[:100], [100]),
        (BIG, []),
        (BIG[:HALF] + b"!" * 100, [HALF + 100, 0]),
        (BIG + b"!", [0]),
        (b"!" * len(BIG), [0]),
        (b"", [0]),
    ],
    ids=["a little", "all", "wrong", "too long", "all wrong", "nothing"],
)
def test_whatever_was_left_it_comes_out_right(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, there: bytes, asked: list[int]
) -> None:
    entry = bucket.put("big", BIG)
    left(tmp_path, there)
    report = download([entry], tmp_path, bucket.urls, source=source)
    assert starts(bucket) == asked
    assert (report.fetched, report.bytes) == (("big",), len(BIG))
    assert (tmp_path / "big").read_bytes() == BIG
    assert [path.name for path in tmp_path.iterdir()] == ["big"]


def test_of_several_the_largest_is_gone_on_with(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entry = bucket.put("big", BIG)
    for pid, size in enumerate((300, HALF, 200)):
        left(tmp_path, BIG[:size], pid=pid)
    download([entry], tmp_path, bucket.urls, source=source)
    assert starts(bucket) == [HALF]
    assert [path.name for path in tmp_path.iterdir()] == ["big"]


def test_what_is_left_of_something_else_is_removed(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entry = bucket.put("big", BIG)
    left(tmp_path, BIG[:1000], digest_of=b"another content")
    left(tmp_path, BIG[:1000], leaf="another name")
    download([entry], tmp_path, bucket.urls, source=source)
    assert starts(bucket) == [0]
    assert [path.name for path in tmp_path.iterdir()] == ["big"]


def test_what_a_cache_folder_has_as_well_is_not_written_to(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    """A process was killed after it had linked the file into the folder, and before it named it."""
    entry, root, cached = bucket.put("big", BIG), tmp_path / "root", tmp_path / "cached"
    root.mkdir()
    left(root, b"!" * 1000)
    (part,) = root.iterdir()
    cached.hardlink_to(part)
    download([entry], root, bucket.urls, source=source)
    assert cached.read_bytes() == b"!" * 1000
    assert (root / "big").read_bytes() == BIG
    assert starts(bucket) == [0]


HOLDER = """
import sys
from pathlib import Path
from typed_artifacts._transfer.disk.roots import Root
from typed_artifacts._transfer.disk.partial_files import PartFile

root, digest = sys.argv[1:]
with Root(Path(root)).folder("") as folder:
    part = PartFile(folder, "big", digest)
    part.write(memoryview(b"in the works"))
    print("ready", flush=True)
    sys.stdin.readline()
    part.restart()
    part.write(memoryview(b"done"))
    part.commit()
"""


def test_what_another_process_writes_is_left_to_it(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entry = bucket.put("big", BIG)
    command = [sys.executable, "-c", HOLDER, str(tmp_path), entry.digest]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        download([entry], tmp_path, bucket.urls, source=source)
        assert (tmp_path / "big").read_bytes() == BIG
        assert len(parts(tmp_path)) == 1
        other.communicate("\n")
    assert other.returncode == 0
    assert (tmp_path / "big").read_bytes() == b"done"
    assert starts(bucket) == [0]


@pytest.mark.skipif(os.name == "nt", reason="what is open is not renamed there")
def test_what_another_process_finishes_meanwhile_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, final = tmp_path / "left.part", tmp_path / "big"
    left.write_bytes(b"done")
    locked = locks.lock_alone

    def just_finished(handle: int) -> bool | None:
        if left.exists():
            left.rename(final)
        return locked(handle)

    monkeypatch.setattr(partial_files, "lock_alone", just_finished)
    with Root(tmp_path).folder("") as folder:
        part = partial_files.PartFile(folder, "big", "digest", abandoned="left.part")
        part.restart()
        part.write(memoryview(b"again"))
        assert final.read_bytes() == b"done"
        part.commit()
    assert final.read_bytes() == b"again"
    assert parts(tmp_path) == []


def test_a_cached_content_is_taken_first(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entry, cache = bucket.put("big", BIG), ContentCache(tmp_path / "cache")
    download([entry], tmp_path / "one", bucket.urls, source=source, cache=cache)
    (tmp_path / "two").mkdir()
    left(tmp_path / "two", BIG[:1000])
    report = download([entry], tmp_path / "two", bucket.urls, source=source, cache=cache)
    assert report.cached == ("big",)
    assert starts(bucket) == [0]
    assert verify([entry], tmp_path / "two").ok
    assert parts(tmp_path / "two") == []
