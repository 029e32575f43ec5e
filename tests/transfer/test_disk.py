"""The disk's side of a download: links in the way, full disks, kills, two processes, verifying."""

import _thread
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.transfer.bucket import Bucket
from tests.transfer.sources import make_source
from typed_artifacts import errors
from typed_artifacts._transfer import ManifestEntry, download, manifest_of, verify
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source

CHILD = """
import json, resource, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent in the background ignores it
from pathlib import Path
from typed_artifacts._environment.network import Network
from typed_artifacts._transfer import download, parse_manifest
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts.errors import ArtifactsError

manifest, origin, root, limit = sys.argv[1:]
if limit != "0":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
entries = parse_manifest(Path(manifest).read_bytes()).entries.values()
urls = lambda paths: {path: f"{origin}/{path}?sig=0" for path in paths}
print("ready", flush=True)
try:
    report = download(entries, Path(root), urls, source=Urllib3Source(Network(timeout=9)))
except ArtifactsError as error:
    print(type(error).__name__, error)
else:
    print(json.dumps([len(report.fetched), len(report.skipped)]))
"""


def start(
    tmp_path: Path, entries: list[ManifestEntry], bucket: Bucket, root: Path, *, limit: int = 0
) -> subprocess.Popen[str]:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(manifest_of(entries).dump())
    command = [sys.executable, "-c", CHILD, str(manifest), bucket.origin, str(root), str(limit)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def parts(root: Path) -> list[Path]:
    return list(root.rglob(".typed-artifacts-*"))


@pytest.mark.parametrize("name", ["link/file", "sub/link/deep/file", "link"])
def test_a_link_in_the_way_is_refused_before_anything_is_written(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, name: str
) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    (outside / "file").write_bytes(b"precious")
    (root / "sub").mkdir(parents=True)
    (root / "link").symlink_to(outside if "/" in name else outside / "file")
    (root / "sub" / "link").symlink_to(outside)

    entries = [bucket.put("first", b"1"), bucket.put(name, b"evil")]
    with pytest.raises(errors.InvalidInput, match="symbolic link"):
        download(entries, root, bucket.urls, source=source)

    assert not bucket.requests
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (outside / "file").read_bytes() == b"precious"
    assert not (root / "first").exists()


def test_a_link_that_appears_meanwhile_is_not_followed(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    entry = bucket.put("sub/file", b"evil")

    def urls(paths: object) -> dict[str, str]:
        del paths  # the folder exists by now, and this is when it is swapped
        (root / "sub").rename(root / "was")
        (root / "sub").symlink_to(outside)
        return {"sub/file": bucket.url("sub/file")}

    with suppress(errors.ArtifactsError):
        download([entry], root, urls, source=source)
    assert list(outside.iterdir()) == []


def test_the_root_itself_may_be_a_link(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to("real")
    download([bucket.put("a/b", b"x")], tmp_path / "root", bucket.urls, source=source)
    assert (tmp_path / "real" / "a" / "b").read_bytes() == b"x"


@pytest.mark.parametrize(("in_the_way", "name"), [("folder", "a"), ("file", "a/b"), ("root", "a")])
def test_what_is_in_the_way_is_named(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, in_the_way: str, name: str
) -> None:
    root = tmp_path / "root"
    if in_the_way == "root":
        root.write_text("a file")
    else:
        root.mkdir()
        (root / "a").mkdir() if in_the_way == "folder" else (root / "a").touch()
    with pytest.raises(errors.InvalidInput, match="root"):
        download([bucket.put(name, b"x")], root, bucket.urls, source=source)
    assert not bucket.requests


def test_a_folder_that_may_not_be_written(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(errors.ArtifactsError, match="permissions"):
            download([bucket.put("a", b"x")], tmp_path, bucket.urls, source=source)
    finally:
        tmp_path.chmod(0o700)


def test_a_disk_that_is_full_is_a_clear_error_and_leaves_no_part(
    tmp_path: Path, bucket: Bucket
) -> None:
    entries = [bucket.put("small", b"x" * 1000), bucket.put("large", os.urandom(300_000))]
    root = tmp_path / "root"
    child = start(tmp_path, entries, bucket, root, limit=200_000)
    output, _ = child.communicate(timeout=60)
    assert "ArtifactsError Writing 'large' failed" in output
    assert not (root / "large").exists()
    assert parts(root) == []
    if (root / "small").exists():
        assert (root / "small").read_bytes() == b"x" * 1000


@pytest.mark.long
def test_two_processes_fill_one_folder(tmp_path: Path, bucket: Bucket) -> None:
    entries = [bucket.put(f"d{n % 7}/f{n}", os.urandom(2000 + n)) for n in range(150)]
    root = tmp_path / "root"
    children = [start(tmp_path, entries, bucket, root) for _ in range(3)]
    for child in children:
        output, _ = child.communicate(timeout=60)
        fetched, skipped = json.loads(output.splitlines()[1])
        assert fetched + skipped == 150
    assert verify(entries, root).ok
    assert parts(root) == []


def _kill_and_resume(tmp_path: Path, bucket: Bucket, times: int, seed: int) -> None:
    entries = [bucket.put(f"d{n % 5}/f{n}", os.urandom(60_000)) for n in range(120)]
    right = {entry.path: bucket.files[entry.path] for entry in entries}
    chance = random.Random(seed)  # noqa: S311 -- reproducible, not secret
    for attempt in range(times):
        root = tmp_path / f"root{attempt}"
        child = start(tmp_path, entries, bucket, root)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.2))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        for path in root.rglob("*"):
            name = path.relative_to(root).as_posix()
            if path.is_file() and path not in parts(root):
                assert path.read_bytes() == right[name]
        source = make_source()
        download(entries, root, bucket.urls, source=source)
        source.close()
        assert verify(entries, root).ok
        assert parts(root) == []


@pytest.mark.long
def test_killed_at_any_moment_and_resumed(tmp_path: Path, bucket: Bucket) -> None:
    _kill_and_resume(tmp_path, bucket, times=4, seed=1)


def test_interrupted_from_the_keyboard(tmp_path: Path, bucket: Bucket) -> None:
    entries = [bucket.put(f"f{n}", os.urandom(200_000)) for n in range(4)]
    bucket.always["f2"] = "stall"
    root = tmp_path / "root"
    child = start(tmp_path, entries, bucket, root)
    bucket.asked_for_something.wait(30)
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=20)
    assert child.returncode == -signal.SIGINT
    assert output == "ready\n"
    assert parts(root) == []
    assert not (root / "f2").exists()


def _interrupt(entries: list[ManifestEntry], bucket: Bucket, root: Path, seconds: float) -> bool:
    """Interrupt a download in this thread after so long; whether it came before the end."""
    interrupted = 0.0

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = time.monotonic()
        _thread.interrupt_main()

    timer = threading.Timer(seconds, interrupt)
    timer.start()
    try:
        try:
            download(entries, root, bucket.urls, source=make_source())
        finally:
            timer.cancel()
            timer.join()
    except KeyboardInterrupt:
        assert time.monotonic() - interrupted < 5  # one second where the machine has nothing else
        return True
    return False


def _interrupt_often(tmp_path: Path, bucket: Bucket, times: int) -> None:
    entries = [bucket.put(f"f{n}", os.urandom(3_000 * (1 + n % 9))) for n in range(120)]
    came, number = 0, 0
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        while came < times:
            number += 1
            root = tmp_path / f"root{number}"
            with suppress(KeyboardInterrupt):  # it came when the download had just ended
                came += _interrupt(entries, bucket, root, random.uniform(0.0, 0.12))  # noqa: S311
            assert parts(root) == []
            shutil.rmtree(root, ignore_errors=True)
            assert number < 20 * times
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.long
def test_interrupts_at_random_moments_end_tidily(tmp_path: Path, bucket: Bucket) -> None:
    _interrupt_often(tmp_path, bucket, times=25)


@pytest.mark.soak
def test_two_thousand_interrupts_at_random_moments(tmp_path: Path, bucket: Bucket) -> None:
    _interrupt_often(tmp_path, bucket, times=2000)


@pytest.mark.soak
def test_memory_stays_small_however_large_the_files(tmp_path: Path, bucket: Bucket) -> None:
    data = bytes(100 << 20)
    entries = [bucket.put(f"big{n}", data) for n in range(4)]
    child = start(tmp_path, entries, bucket, tmp_path / "root")
    peak = 0
    while child.poll() is None:
        with suppress(OSError, IndexError):
            status = Path(f"/proc/{child.pid}/status").read_text()
            peak = max(peak, int(status.split("VmRSS:")[1].split()[0]))
        time.sleep(0.01)
    child.communicate()
    assert verify(entries, tmp_path / "root").ok
    assert 0 < peak < (64 + 40) << 10  # KiB: an interpreter with its imports is the rest


@pytest.mark.soak
def test_killed_a_hundred_times(tmp_path: Path, bucket: Bucket) -> None:
    _kill_and_resume(tmp_path, bucket, times=100, seed=2)


def test_verifying_finds_what_is_wrong_missing_or_unexpected(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entries = [bucket.put(name, name.encode()) for name in ("a", "d/b", "d/c", "d/e")]
    reference = ManifestEntry("far", "etag", ref="s3://bucket/key")
    download(entries, tmp_path, bucket.urls, source=source)
    assert verify([*entries, reference], tmp_path).ok

    (tmp_path / "a").write_bytes(b"A")
    (tmp_path / "d" / "b").write_bytes(b"longer")
    (tmp_path / "d" / "c").unlink()
    (tmp_path / "d" / "mine").touch()
    sent = len(bucket.requests)
    report = verify([*entries, reference], tmp_path)

    assert set(report.wrong) == {"a", "d/b"}
    assert report.missing == ("d/c",)
    assert report.unexpected == ("d/mine",)
    assert report.references == ("far",)
    assert (report.checked, len(bucket.requests)) == (1, sent)
    with pytest.raises(errors.IntegrityError, match=r"'d/c'.*'d/mine'"):
        report.raise_if_wrong()


def test_verifying_advises_what_mends_each_difference(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    kept, lost = bucket.put("a", b"a"), bucket.put("lost", b"b")
    download([kept], tmp_path, bucket.urls, source=source)
    (tmp_path / "mine").touch()
    with pytest.raises(errors.IntegrityError) as unexpected:
        verify([kept], tmp_path).raise_if_wrong()
    with pytest.raises(errors.IntegrityError) as missing:
        verify([kept, lost], tmp_path).raise_if_wrong(allow_unexpected=True)
    with pytest.raises(errors.IntegrityError) as refused:
        verify([kept, bucket.put("../up", b"c")], tmp_path).raise_if_wrong(allow_unexpected=True)

    assert str(unexpected.value).endswith(
        "1 unexpected ('mine'). A download leaves what is unexpected; "
        "verify(root, allow_unexpected=True).delete_unexpected() deletes it."
    )
    assert str(missing.value).endswith(
        "1 missing ('lost'). Download it again to mend what is wrong or missing."
    )
    assert str(refused.value).endswith(
        "('../up'). What cannot be a file here can be read, but not downloaded."
    )


def test_verifying_a_folder_that_is_not_there(tmp_path: Path, bucket: Bucket) -> None:
    report = verify([bucket.put("a", b"x")], tmp_path / "nowhere")
    assert report.missing == ("a",)
