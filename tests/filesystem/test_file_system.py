"""The file system of fsspec: what it lists and reads, by how many requests, and what it refuses."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import os
import pickle
import shutil
import subprocess
import sys
import time
import weakref
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.processes.forking import in_child
from typed_artifacts import Api, AsyncApi, Reference, RequestEvent
from typed_artifacts.errors import ArtifactsError, IntegrityError, InvalidInput, NotFoundError
from typed_artifacts.filesystem import ArtifactFileSystem, PathNotFound, WriteRefused
from typed_artifacts.filesystem.folders import Folders, is_plain
from typed_artifacts.local import Registry

fsspec: Any = import_module("fsspec")  # its methods are made when an instance is

BIG = bytes(range(256)) * 12_000  # three megabytes
FILES = {"a.txt": b"first line\nsecond\n", "d/big.bin": BIG, "d/e/c.csv": b"x,y\n1,2\n"}
NOTES = "local/demo/notes:latest"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of two collections, one with two versions."""
    folder = tmp_path_factory.mktemp("registry")
    with Registry(folder) as registry:
        registry.log_version("local/demo/notes", type="dataset", files={"a.txt": b"older"})
        registry.log_version("local/demo/notes", type="dataset", files=FILES)
        registry.log_version("local/demo/other", type="model", files={"w.bin": b"weights"})
    return folder


@pytest.fixture
def fs(folder: Path) -> Iterator[Any]:
    fs: Any = fsspec.filesystem("wandb-artifact", registry=str(folder))
    yield fs
    fs.close()


@pytest.fixture
def asked() -> list[str]:
    """The operations of requests."""
    return []


@pytest.fixture
def counted(folder: Path, asked: list[str]) -> Iterator[Any]:
    """A file system whose requests are counted."""

    def note(event: RequestEvent) -> None:
        asked.append(event.operation)

    api = AsyncApi.local(folder, on_request=note)
    fs: Any = ArtifactFileSystem(api=api)
    yield fs
    fs.close()
    asyncio.run(api.close())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_open_file_says_that_it_does_not_go_on_after_a_fork(fs: Any, folder: Path) -> None:
    def check() -> None:
        with pytest.raises(InvalidInput, match="opened in another process"):
            file.read()
        file.close()
        anew: Any = fsspec.filesystem("wandb-artifact", registry=str(folder))
        assert anew.cat_file(f"{NOTES}/a.txt") == FILES["a.txt"]

    with fs.open(f"{NOTES}/d/big.bin") as file:
        assert file.read(10) == BIG[:10]
        assert in_child(check) == 0
        assert file.read() == BIG[10:]


def test_lists_a_version(fs: Any) -> None:
    assert fs.ls(NOTES, detail=False) == [f"{NOTES}/a.txt", f"{NOTES}/d"]
    assert fs.ls(f"wandb-artifact://{NOTES}/a.txt", detail=False) == [f"{NOTES}/a.txt"]
    found = [f"{NOTES}/a.txt", f"{NOTES}/d/big.bin", f"{NOTES}/d/e/c.csv"]
    assert fs.find(NOTES) == found
    assert fs.glob(f"{NOTES}/**/*.csv") == [f"{NOTES}/d/e/c.csv"]
    assert fs.glob(f"{NOTES}/d/*") == [f"{NOTES}/d/big.bin", f"{NOTES}/d/e"]
    assert [(where, sorted(dirs), files) for where, dirs, files in fs.walk(NOTES)] == [
        (NOTES, ["d"], ["a.txt"]),
        (f"{NOTES}/d", ["e"], ["big.bin"]),
        (f"{NOTES}/d/e", [], ["c.csv"]),
    ]
    assert fs.du(NOTES) == sum(map(len, FILES.values()))


def test_tells_what_the_manifest_tells(fs: Any) -> None:
    about = fs.info(f"{NOTES}/a.txt")
    assert (about["type"], about["size"], about["version"]) == ("file", 18, "v1")
    md5 = hashlib.md5(FILES["a.txt"], usedforsecurity=False).digest()
    assert about["digest"] == base64.b64encode(md5).decode()
    assert fs.modified(f"{NOTES}/a.txt") == fs.created(NOTES) == about["created"]
    assert fs.isdir(f"{NOTES}/d/e")
    assert not fs.isdir(f"{NOTES}/a.txt")
    assert fs.exists(NOTES)
    assert not fs.exists(f"{NOTES}/b.txt")
    assert not fs.exists("local/demo/nothing")


def test_the_info_of_a_path_changes_with_its_content(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "registry")
    fs: Any = ArtifactFileSystem(tmp_path / "registry")
    before = fs.info(f"{NOTES}/a.txt")
    with Api.local(tmp_path / "registry") as api:
        api.log_artifact("local/demo/notes", type="dataset", files={"a.txt": b"newer"})
    fs.invalidate_cache()
    after = fs.info(f"{NOTES}/a.txt")
    # Hugging Face datasets tells contents apart by "ETag"; universal_pathlib reads "mtime".
    assert (before["ETag"], after["ETag"]) == (before["digest"], after["digest"])
    assert before["ETag"] != after["ETag"]
    assert (before["mtime"], after["mtime"]) == (
        before["created"].timestamp(),
        after["created"].timestamp(),
    )
    assert "ETag" not in fs.info(NOTES)
    fs.close()


def test_a_project_has_its_collections(fs: Any) -> None:
    assert fs.ls("local/demo", detail=False) == ["local/demo/notes", "local/demo/other"]
    assert fs.glob("local/demo/*/*.bin") == ["local/demo/other/w.bin"]
    assert not fs.exists("local/nothing")
    with pytest.raises(PathNotFound, match="the server lists no projects"):
        fs.ls("local")


def test_reads(fs: Any, tmp_path: Path) -> None:
    assert fs.cat(f"{NOTES}/a.txt") == FILES["a.txt"]
    assert fs.cat(f"{NOTES}/d", recursive=True, on_error="omit") == {
        f"{NOTES}/d/big.bin": BIG,
        f"{NOTES}/d/e/c.csv": FILES["d/e/c.csv"],
    }
    assert fs.cat_file(f"{NOTES}/a.txt", 6, 10) == b"line"
    assert fs.cat_file(f"{NOTES}/a.txt", -7) == b"second\n"
    assert fs.cat_file(f"{NOTES}/a.txt", 9, 2) == b""
    assert fs.head(f"{NOTES}/d/big.bin", 3) == b"\x00\x01\x02"
    assert fs.read_text("local/demo/notes:v0/a.txt") == "older"
    fs.get(f"{NOTES}/d", str(tmp_path / "d"), recursive=True)
    assert (tmp_path / "d" / "big.bin").read_bytes() == BIG
    assert (tmp_path / "d" / "e" / "c.csv").read_bytes() == FILES["d/e/c.csv"]
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == ["big.bin", "e"]


def test_ranges_of_many_files(fs: Any) -> None:
    big, small = f"{NOTES}/d/big.bin", f"{NOTES}/a.txt"
    starts, ends = [2_000_000, 0, 300, 0], [2_000_004, 5, 303, None]
    got = fs.cat_ranges([big, small, big, f"{NOTES}/none"], starts, ends)
    assert got[:3] == [BIG[2_000_000:2_000_004], b"first", BIG[300:303]]
    assert isinstance(got[3], FileNotFoundError)
    assert fs.cat_ranges([small, small], [0, 6], [None, 10]) == [FILES["a.txt"], b"line"]
    [got_small, no_version, malformed] = fs.cat_ranges([small, "local/demo", "x//y/z"], 0, 5)
    assert got_small == b"first"
    assert isinstance(no_version, FileNotFoundError)
    assert isinstance(malformed, InvalidInput)
    with pytest.raises(FileNotFoundError):
        fs.cat_ranges([small, f"{NOTES}/none"], 0, 1, on_error="raise")
    with pytest.raises(InvalidInput, match="starts has 1 positions for 2 paths"):
        fs.cat_ranges([small, small], [0], 1)
    with pytest.raises(InvalidInput, match="both must be integers or None"):
        fs.cat_file(small, "0")


def test_an_opened_file_is_a_binary_file(fs: Any) -> None:
    with fs.open(f"{NOTES}/d/big.bin") as file:
        assert file.size == len(BIG)
        assert file.seek(-4, 2) == len(BIG) - 4
        assert file.read() == BIG[-4:]
        assert file.seek(1_000_000) == 1_000_000
        assert file.read(8) == BIG[1_000_000:1_000_008]
        assert file.tell() == 1_000_008
        file.seek(0)
        assert file.read1() == BIG[: 256 << 10]  # not all of it
        file.seek(0)
        assert file.read() == BIG
        with pytest.raises(ValueError, match="no position -1"):
            file.seek(-1)
    assert file.closed
    with fs.open(f"{NOTES}/a.txt", "r", encoding="utf-8") as text:
        assert text.readlines() == ["first line\n", "second\n"]
    with fsspec.open(
        f"wandb-artifact://{NOTES}/a.txt", registry=fs.storage_options["registry"]
    ) as file:
        assert file.readline() == b"first line\n"


@pytest.mark.long
@pytest.mark.parametrize("read_before", [0, 10])
def test_an_opened_file_outlives_what_opened_it(folder: Path, read_before: int) -> None:
    fs: Any = ArtifactFileSystem(folder, skip_instance_cache=True)
    file = fs.open(f"{NOTES}/d/big.bin")
    assert file.fs is fs
    assert file.read(read_before) == BIG[:read_before]
    gone = weakref.ref(fs)
    del fs
    gc.collect()
    time.sleep(0.1)  # connections are closed by the thread of fsspec's loop
    assert file.read() == BIG[read_before:]
    file.close()
    del file
    gc.collect()
    assert gone() is None


def test_an_opened_file_can_be_pickled(fs: Any) -> None:
    with fs.open(f"{NOTES}/d/big.bin") as file:
        file.seek(1_000_000)
        sent: Any = pickle.loads(pickle.dumps(file))  # noqa: S301 -- made here
    with sent:
        assert (sent.path, sent.tell()) == (f"{NOTES}/d/big.bin", 1_000_000)
        assert sent.read(8) == BIG[1_000_000:1_000_008]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # fsspec's files
def test_a_cache_of_blocks_fetches_what_is_read(
    counted: Any, asked: list[str], tmp_path: Path
) -> None:
    for cached in [
        fsspec.filesystem(
            "blockcache", fs=counted, cache_storage=str(tmp_path), skip_instance_cache=True
        )
        for _ in range(2)
    ]:
        with cached.open(f"{NOTES}/d/big.bin") as file:
            file.seek(1_000_000)
            assert file.read(8) == BIG[1_000_000:1_000_008]
        assert file.closed
    assert asked.count("download") == 2  # the manifest and one block, once
    url = f"blockcache::wandb-artifact://{NOTES}"
    own = {
        "wandb-artifact": counted.storage_options,
        "blockcache": {"cache_storage": str(tmp_path)},
    }
    for _ in range(2):
        with fsspec.open(f"{url}/d/big.bin", **own) as file:
            assert file.read() == BIG
        with fsspec.open(f"{url}/a.txt", **own) as file:
            assert list(file) == [b"first line\n", b"second\n"]


def test_an_opened_file_that_is_no_archive(fs: Any) -> None:
    with fs.open(f"{NOTES}/a.txt") as file:
        assert not zipfile.is_zipfile(file)
        with pytest.raises(OSError, match="no position -1"):
            file.seek(-1)


def test_what_comes_next_is_seen_without_going_on(fs: Any) -> None:
    with fs.open(f"{NOTES}/d/big.bin") as file:
        for at in (0, (256 << 10) - 3, len(BIG) - 2):
            file.seek(at)
            assert file.read(1) == BIG[at : at + 1]
            for size in (0, 1, 100, 1 << 20):
                seen = file.peek(size)
                assert seen
                assert BIG.startswith(seen, at + 1)
                assert file.tell() == at + 1
        assert (file.read(), file.peek(1)) == (BIG[-1:], b"")
    with fs.open(f"{NOTES}/d/big.bin") as file:
        assert BIG.startswith(file.peek(1 << 20) or b"nothing")


def test_threads_that_seek_and_read_share_a_file(fs: Any) -> None:
    with fs.open(f"{NOTES}/d/big.bin") as file, ThreadPoolExecutor(1) as other:
        file.seek(1_000_001)
        assert other.submit(file.seek, 7).result() == 7
        assert file.read(2) == BIG[1_000_001:1_000_003]
        assert other.submit(file.read, 2).result() == BIG[7:9]
        assert file.read(2) == BIG[9:11]  # who has not sought goes on after the last read


def test_requests_are_few(counted: Any, asked: list[str], tmp_path: Path) -> None:
    counted.find(NOTES)
    assert asked == ["ArtifactMembership", "ArtifactManifestUrl", "download"]
    asked.clear()
    counted.info(f"{NOTES}/a.txt")
    counted.glob(f"{NOTES}/**")
    assert asked == []
    counted.cat([f"{NOTES}/a.txt", f"{NOTES}/d/e/c.csv"])
    assert asked == ["ArtifactMembershipFiles", "download", "download"]
    asked.clear()
    counted.get(NOTES, str(tmp_path), recursive=True)
    assert asked == ["ArtifactMembershipFiles", *["download"] * 3]
    asked.clear()
    counted.cat_ranges([f"{NOTES}/d/big.bin"] * 3, [2_050_000, 2_000_000, 2_000_100], 2_060_000)
    assert asked == ["download"]
    asked.clear()
    counted.find("local/demo/notes:v1")  # the same version
    assert asked == []
    counted.find("local/demo/notes")  # and the same alias
    assert asked == []
    counted.invalidate_cache()
    counted.find("local/demo/notes:v1")
    asked.clear()
    counted.find(NOTES)  # its files are known, and which version it is was asked
    assert asked == ["ArtifactMembership"]


def test_an_alias_is_looked_up_once(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "registry")
    fs: Any = ArtifactFileSystem(tmp_path / "registry")
    assert fs.info(NOTES)["version"] == "v1"
    with Api.local(tmp_path / "registry") as api:
        api.log_artifact("local/demo/notes", type="dataset", files={"a.txt": b"newer"})
    assert fs.cat(f"{NOTES}/a.txt") == FILES["a.txt"]
    assert fs.read_text("local/demo/notes:v2/a.txt") == "newer"
    fs.invalidate_cache(f"{NOTES}/a.txt")
    assert fs.read_text(f"{NOTES}/a.txt") == "newer"
    fs.close()


def test_one_version_is_forgotten_by_its_path(counted: Any, asked: list[str]) -> None:
    counted.info(NOTES)
    counted.info("local/demo/other/w.bin")
    asked.clear()
    counted.invalidate_cache(f"{NOTES}/a.txt")
    counted.info("local/demo/other/w.bin")
    assert asked == []
    counted.info(NOTES)
    assert asked != []


def test_the_size_of_a_file_and_what_came_are_told(fs: Any, tmp_path: Path) -> None:
    callback = fsspec.callbacks.Callback()
    fs.get_file(f"{NOTES}/a.txt", str(tmp_path / "a.txt"), callback=callback)
    assert (callback.size, callback.value) == (18, 18)


def test_a_file_ends_with_its_file_system(folder: Path) -> None:
    fs: Any = ArtifactFileSystem(str(folder))
    file = fs.open(f"{NOTES}/d/big.bin")
    assert file.read(10) == BIG[:10]
    fs.close()
    with pytest.raises(ValueError, match="closed"):
        file.read()


def test_no_alias_is_the_same_as_latest(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "registry")
    fs: Any = ArtifactFileSystem(tmp_path / "registry")
    older = fs.read_text("local/demo/notes/a.txt")
    with Api.local(tmp_path / "registry") as api:
        api.log_artifact("local/demo/notes", type="dataset", files={"a.txt": b"newer"})
    assert fs.read_text("local/demo/notes:latest/a.txt") == older
    fs.invalidate_cache("local/demo/notes/a.txt")
    assert fs.read_text("local/demo/notes:latest/a.txt") == "newer"
    fs.close()


def test_a_version_that_was_deleted_meanwhile_is_missing(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "registry")
    fs: Any = ArtifactFileSystem(tmp_path / "registry")
    gone, there = "local/demo/notes:v0/a.txt", "local/demo/other:v0/w.bin"
    known = "local/demo/notes:v1/a.txt"
    assert fs.exists(gone)
    fs.open(known).close()  # now its URL is known
    with Api.local(tmp_path / "registry") as api:
        for version in ("notes:v0", "notes:v1"):
            api.artifact(f"local/demo/{version}").delete(delete_aliases=True)
    with pytest.raises(FileNotFoundError, match="no artifact version"):
        fs.cat(gone)
    with pytest.raises(FileNotFoundError, match="no artifact version"):
        fs.get(gone, str(tmp_path / "a.txt"))
    for path in (gone, known):
        assert fs.cat([path, there], on_error="omit") == {there: b"weights"}
        missing, read = fs.cat_ranges([path, there], 0, 3)
        assert isinstance(missing, FileNotFoundError)
        assert read == b"wei"
        with pytest.raises(FileNotFoundError):
            fs.get_file(path, str(tmp_path / "a.txt"))
    with pytest.raises(FileNotFoundError), fs.open(known) as file:
        file.read()
    fs.close()


def test_wrong_bytes_are_an_error(folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "registry"
    shutil.copytree(folder, damaged)
    [blob] = [
        path
        for path in (damaged / "files").rglob("*")
        if path.is_file() and path.stat().st_size == len(BIG)
    ]
    blob.chmod(0o600)
    blob.write_bytes(BIG[:-1] + b"!")
    fs: Any = ArtifactFileSystem(damaged)
    path = f"{NOTES}/d/big.bin"
    with pytest.raises(IntegrityError):
        fs.cat(path)
    with pytest.raises(IntegrityError):
        fs.get(path, str(tmp_path / "big.bin"))
    assert not (tmp_path / "big.bin").exists()
    with fs.open(path) as file:
        assert file.read(2_000_000) == BIG[:2_000_000]
        with pytest.raises(IntegrityError):
            file.read()
    assert fs.cat_file(path, 5, 9) == BIG[5:9]  # a part cannot be verified
    fs.close()


def test_a_folder_has_the_size_of_what_has_one(tmp_path: Path) -> None:
    away = Reference("https://example.com/x.csv", checksum=False)
    files = {"d/one": b"12345", "d/x.csv": away, "two": b"123"}
    with Api.local(tmp_path) as api:
        api.log_artifact("demo/away", type="dataset", files=files)
    fs: Any = fsspec.filesystem("wandb-artifact", registry=str(tmp_path))
    path = "local/demo/away:latest"
    assert fs.info(f"{path}/d/x.csv")["size"] is None
    assert fs.du(path) == 8
    assert fs.du(f"{path}/d") == 5
    assert fs.du(path, total=False) == {
        f"{path}/d/one": 5,
        f"{path}/d/x.csv": None,
        f"{path}/two": 3,
    }
    assert fs.du(path, maxdepth=1) == 3
    assert list(fs.du(path, total=False, withdirs=True)) == list(fs.find(path, withdirs=True))
    fs.close()


def test_writing_is_refused(fs: Any, tmp_path: Path) -> None:
    local = tmp_path / "new.txt"
    local.write_bytes(b"new")
    new = f"{NOTES}/new.txt"
    writes: list[Callable[[], object]] = [
        lambda: fs.open(new, "wb"),
        lambda: fs.open(f"{NOTES}/a.txt", "ab"),
        lambda: fs.touch(new),
        lambda: fs.touch(f"{NOTES}/a.txt", truncate=False),
        lambda: fs.pipe(new, b"new"),
        lambda: fs.pipe_file(new, b"new"),
        lambda: fs.write_text(new, "new"),
        lambda: fs.put(str(local), new),
        lambda: fs.put_file(str(local), new),
        lambda: fs.cp(f"{NOTES}/a.txt", new),
        lambda: fs.cp_file(f"{NOTES}/a.txt", new),
        lambda: fs.mv(f"{NOTES}/a.txt", new),
        lambda: fs.rm(f"{NOTES}/a.txt"),
        lambda: fs.rm(NOTES, recursive=True),
        lambda: fs.rm_file(f"{NOTES}/a.txt"),
        lambda: fs.mkdir(f"{NOTES}/new"),
        lambda: fs.makedirs(f"{NOTES}/new"),
        lambda: fs.rmdir(f"{NOTES}/d"),
    ]
    for write in writes:
        with pytest.raises(
            WriteRefused, match=r"was refused\. .*Log a new version: .*log_artifact"
        ):
            write()
    assert not fs.exists(new)


def test_errors_are_of_both_trees(fs: Any) -> None:
    for missing in ("none", "a.txt/none", "d/none"):
        with pytest.raises(FileNotFoundError, match=rf"no wandb-artifact://.*/{missing}\.$"):
            fs.ls(f"{NOTES}/{missing}")
    with pytest.raises(FileNotFoundError, match=r"There is no wandb-artifact://.*/none"):
        fs.cat(f"{NOTES}/none")
    for told in (fs.created, fs.modified):
        assert told(f"{NOTES}/d") == told(f"{NOTES}/a.txt")
        with pytest.raises(FileNotFoundError, match=r"There is no wandb-artifact://.*/none"):
            told(f"{NOTES}/none")
    with pytest.raises(NotFoundError, match='no artifact collection "none"') as caught:
        fs.open("local/demo/none/a.txt")
    assert caught.value.missing == "artifact collection"
    with pytest.raises(OSError, match="was refused") as refused:
        fs.rm(NOTES)
    assert isinstance(refused.value, ArtifactsError | InvalidInput)
    for error in (caught.value, refused.value):
        assert pickle.loads(pickle.dumps(error)) == error  # noqa: S301 -- made here


def test_wrong_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="registri: no such storage option"):
        fsspec.filesystem("wandb-artifact", registri="x")
    with pytest.raises(InvalidInput, match="s3: no such storage option"):
        fsspec.filesystem("wandb-artifact", s3="x")
    with pytest.raises(InvalidInput, match="s3x: no such storage option"):
        fsspec.filesystem("wandb-artifact", s3x={"anon": True})
    for option in ("registry", "api"):
        with pytest.raises(InvalidInput, match="stand alone"):
            fsspec.filesystem("wandb-artifact", **{option: "x"}, base_url="http://localhost:1")
    with pytest.raises(FileNotFoundError, match="There is no registry to read"):
        fsspec.filesystem("wandb-artifact", registry=tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="There is no registry to read"):
        fsspec.filesystem("wandb-artifact", registry=tmp_path)  # nor is one made in it
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InvalidInput, match="registry is a string or a Path, not int"):
        fsspec.filesystem("wandb-artifact", registry=5)
    with pytest.raises(InvalidInput, match="there is no user 'nobody-here'"):
        fsspec.filesystem("wandb-artifact", registry="~nobody-here/x")


def test_options_of_other_protocols_may_stand_beside(folder: Path) -> None:
    # Chains of protocols are given so; Hugging Face datasets adds "hf" to the caller's mapping.
    options = {"registry": str(folder), "hf": {"token": None}, "s3": {"anon": True}}
    with fsspec.open(f"wandb-artifact://{NOTES}/a.txt", **options) as file:
        assert file.read() == FILES["a.txt"]
    fsspec.filesystem("wandb-artifact", **options).close()


def test_a_blocking_api_is_refused() -> None:
    with Api.local() as api, pytest.raises(InvalidInput, match="it must be an AsyncApi"):
        fsspec.filesystem("wandb-artifact", api=api)


def test_a_folder_is_not_called_missing_where_a_file_is_wanted(fs: Any) -> None:
    for read in (fs.cat_file, fs.open, fs.read_bytes):
        with pytest.raises(FileNotFoundError, match=r"/d is a folder, and no file"):
            read(f"{NOTES}/d")


def test_one_instance_for_the_same_options(fs: Any, folder: Path) -> None:
    assert fsspec.filesystem("wandb-artifact", registry=str(folder)) is fs
    sent: Any = pickle.loads(pickle.dumps(fs))  # noqa: S301 -- made here
    assert sent is fs
    fs.close()
    again: Any = fsspec.filesystem("wandb-artifact", registry=str(folder))
    assert again is not fs
    assert again.read_text(f"{NOTES}/a.txt") == "first line\nsecond\n"
    again.close()


def test_another_server_in_the_environment_is_another_instance(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found: list[Any] = []
    for port in (1, 2, 2):
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{port}")
        found.append(fsspec.filesystem("wandb-artifact"))
    assert [fs._api.client.settings.base_url[-1] for fs in found] == ["1", "2", "2"]
    assert found[1] is found[2]
    for name, value in (
        *((name, str(tmp_path)) for name in ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR")),
        *(("NETRC", str(tmp_path / "netrc")), ("WANDB_MODE", "offline")),
        *(("WANDB_IDENTITY_TOKEN_FILE", str(tmp_path / "token")), ("WANDB_API_KEY", "k" * 40)),
    ):
        if name == "WANDB_API_KEY":  # it and a token exclude each other
            monkeypatch.delenv("WANDB_IDENTITY_TOKEN_FILE")
        monkeypatch.setenv(name, value)
        found.append(fsspec.filesystem("wandb-artifact"))
        assert found[-1] is not found[-2]
        assert found[-1] is fsspec.filesystem("wandb-artifact")
    for fs in found:
        fs.close()


def test_in_coroutines(folder: Path) -> None:
    async def read() -> None:
        fs = ArtifactFileSystem(folder, asynchronous=True, skip_instance_cache=True)
        try:
            assert await fs._cat_file(f"{NOTES}/a.txt") == FILES["a.txt"]
            assert await fs._cat_file(f"{NOTES}/d/big.bin", 7, 9) == BIG[7:9]
            found = await asyncio.gather(*(fs._info(f"{NOTES}/{name}") for name in FILES))
            assert [about["size"] for about in found] == [len(data) for data in FILES.values()]
            async with await fs.open_async(f"{NOTES}/d/big.bin") as file:
                await file.seek(256)
                assert await file.read(2) == b"\x00\x01"
            with pytest.raises(WriteRefused):
                await fs.open_async(f"{NOTES}/a.txt", "wb")
            with pytest.raises(PathNotFound):
                await fs._ls("local/demo/none")
        finally:
            await fs.aclose()

    asyncio.run(read())


def test_reads_go_to_a_file_object(fs: Any, tmp_path: Path) -> None:
    with (tmp_path / "copy").open("wb") as target:
        fs.get_file(f"{NOTES}/d/big.bin", target)
    assert (tmp_path / "copy").read_bytes() == BIG


def test_names_that_are_no_paths_are_left_out() -> None:
    assert [name for name in ("a/b", "../a", "/a", "a//b", "a/", ".") if is_plain(name)] == ["a/b"]
    folders = Folders(["a/b/c", "a/b/d", "e"])
    assert {at: list(folders.inside(at)) for at in ("", "a", "a/b")} == {
        "": ["a", "e"],
        "a": ["a/b"],
        "a/b": ["a/b/c", "a/b/d"],
    }
    assert "e" not in folders


def test_importing_it_without_fsspec_says_what_to_install() -> None:
    code = "import sys; sys.modules['fsspec'] = None; import typed_artifacts.filesystem"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert 'pip install "typed-artifacts[fsspec]".' in ended.stderr


_IMPORTED_BY_TWO_THREADS = """
import importlib, sys, threading, time

def unpickled():
    importlib.import_module("typed_artifacts.filesystem.file_system")

other = threading.Thread(target=unpickled)

class Held:
    def find_spec(self, name, path=None, target=None):
        if name == "typed_artifacts.filesystem" and other.ident is None:
            other.start()
            time.sleep(0.3)  # it waits for this package by now

sys.meta_path.insert(0, Held())
import typed_artifacts.filesystem
print(typed_artifacts.filesystem.ArtifactFileSystem.protocol)
other.join()
"""


def test_a_thread_unpickles_a_file_system_while_another_imports_the_package() -> None:
    """Each waited for the other's module, which Python refuses: `_DeadlockError`."""
    ended = subprocess.run(
        [sys.executable, "-c", _IMPORTED_BY_TWO_THREADS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stdout.strip(), ended.stderr) == ("wandb-artifact", "")


def test_a_file_that_is_left_open_does_not_hold_up_the_exit(folder: Path) -> None:
    code = (
        "import sys, fsspec\n"
        "fs = fsspec.filesystem('wandb-artifact', registry=sys.argv[1])\n"
        f"file = fs.open('{NOTES}/d/big.bin')\n"
        "print(file.read(2))\n"
    )
    run = [sys.executable, "-c", code, str(folder)]
    ended = subprocess.run(run, capture_output=True, text=True, check=True, timeout=30)
    assert (ended.stdout, ended.stderr) == ("b'\\x00\\x01'\n", "")
