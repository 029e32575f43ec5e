"""Checksums that are kept between runs: trusted only for what cannot have changed unseen."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import xxhash

from typed_artifacts._transfer import DigestAlgorithm, build_manifest
from typed_artifacts._transfer.uploads import checksum_cache as module
from typed_artifacts._transfer.uploads import hashing
from typed_artifacts._transfer.uploads.checksum_cache import ChecksumCache

LARGE = os.urandom(70_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_bytes(LARGE)
    return tmp_path / "in"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def digest(folder: Path, cache: Path, algorithm: DigestAlgorithm = DigestAlgorithm.MD5) -> str:
    draft = build_manifest(folder, algorithm=algorithm, cache=ChecksumCache(cache))
    return draft.manifest.entries["file"].digest


def rows(cache: Path) -> int:
    with closing(sqlite3.connect(cache / "checksums-1.db")) as database:
        count: int = database.execute("SELECT count(*) FROM checksums").fetchone()[0]
    return count


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as unchanged for long as soon as they are written."""
    monkeypatch.setattr(module, "_STEP", 0)


def forbid_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "digest_stream", None)


@pytest.mark.usefixtures("settled")
def test_a_file_is_hashed_once(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = digest(folder, cache), digest(folder, cache, DigestAlgorithm.XXH128)
    assert first[0] != first[1]
    (folder / "small").write_bytes(b"read as fast as it is looked up")
    digest(folder, cache)
    assert rows(cache) == 2
    (folder / "small").unlink()
    forbid_hashing(monkeypatch)
    assert (digest(folder, cache), digest(folder, cache, DigestAlgorithm.XXH128)) == first


@pytest.mark.skipif(sys.platform == "win32", reason="files have no owner's number")
@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("how", ["owner", "link"])
def test_what_another_user_noted_is_not_believed(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """In a folder of several users they could say that a file is another, which is there."""
    right = digest(folder, cache)
    with closing(sqlite3.connect(cache / "checksums-1.db")) as database:
        [[path, facts]] = database.execute("SELECT path, facts FROM checksums").fetchall()
        wrong = bytes(16) + xxhash.xxh64_digest(b"\0".join((path, b"MD5", facts, bytes(16))))
        database.execute("UPDATE checksums SET digest = ?", (wrong,))
        database.commit()
    assert digest(folder, cache) != right
    if how == "link":
        (cache / "checksums-1.db").rename(cache / "theirs")
        (cache / "checksums-1.db").symlink_to("theirs")
    else:
        monkeypatch.setattr(os, "getuid", lambda: cache.stat().st_uid + 1)
    assert digest(folder, cache) == right


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("how", ["written", "replaced", "grown", "sly"])
def test_a_file_that_changed_is_hashed_again(folder: Path, cache: Path, how: str) -> None:
    before = digest(folder, cache)
    path = folder / "file"
    status = path.stat()
    other = os.urandom(len(LARGE) + (how == "grown"))
    if how == "replaced":
        (folder / "new").write_bytes(other)
        (folder / "new").replace(path)
    else:
        path.write_bytes(other)
    if how != "written":  # the time alone tells nothing
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert digest(folder, cache) != before


def test_a_file_that_was_changed_just_now_is_not_remembered(folder: Path, cache: Path) -> None:
    digest(folder, cache)
    assert rows(cache) == 0


def test_a_change_shows_once_the_clock_of_the_file_system_has_moved_on(folder: Path) -> None:
    status = (folder / "file").stat()
    latest = max(status.st_mtime_ns, status.st_ctime_ns)
    assert not module.is_settled(status, latest)
    assert not module.is_settled(status, latest + 1_999_999_999)
    assert not module.is_settled(status, latest - 10**12)  # a clock that runs behind
    assert module.is_settled(status, latest + 2_000_000_000)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("how", ["garbage", "empty", "cut", "no folder", "wrong digest"])
def test_a_damaged_cache_is_passed_by(
    folder: Path, cache: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = digest(folder, cache)
    file = cache / "checksums-1.db"
    match how:
        case "garbage":
            file.write_bytes(os.urandom(20_000))
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(file.read_bytes()[:5000])
        case "no folder":
            file.unlink()
            cache.rmdir()
            cache.write_bytes(b"a file where the folder was")
        case _:
            with closing(sqlite3.connect(file)) as database, database:
                (sealed,) = database.execute("SELECT digest FROM checksums").fetchone()
                changed = bytes(16) + sealed[16:]
                database.execute("UPDATE checksums SET digest = ?", (changed,))
    assert digest(folder, cache) == right
    assert digest(folder, cache) == right
    if how != "no folder":
        monkeypatch.setattr(hashing, "digest_stream", None)  # it was remembered anew
        assert digest(folder, cache) == right


CHILD = """
import sys
from pathlib import Path
from typed_artifacts._transfer import build_manifest
from typed_artifacts._transfer.uploads import checksum_cache
checksum_cache._STEP = 0
build_manifest(Path(sys.argv[1]), cache=checksum_cache.ChecksumCache(Path(sys.argv[2])))
"""


def test_several_processes_keep_what_each_found(tmp_path: Path, cache: Path) -> None:
    children: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        for number in range(20):
            (tmp_path / name / f"{number}").write_bytes(LARGE)
        command = [sys.executable, "-c", CHILD, str(tmp_path / name), str(cache)]
        children.append(subprocess.Popen(command, env=environment))
    assert [child.wait() for child in children] == [0, 0, 0]
    assert rows(cache) == 60


@pytest.mark.usefixtures("settled")
def test_the_oldest_go_when_there_are_too_many(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    for number in range(8):
        (folder / f"more-{number}").write_bytes(LARGE)
        digest(folder, cache)
    assert rows(cache) <= 4


def test_what_is_kept_is_the_md5(folder: Path, cache: Path) -> None:
    expected = hashlib.md5(LARGE, usedforsecurity=False).digest()
    status = (folder / "file").stat()
    now = status.st_ctime_ns + 10**10
    with ChecksumCache(cache) as opened:
        opened.note(folder / "file", status, DigestAlgorithm.MD5, expected, now)
    with ChecksumCache(cache) as opened:
        assert opened.find(folder / "file", status, DigestAlgorithm.MD5) == expected
        assert opened.find(folder / "other", status, DigestAlgorithm.MD5) is None
