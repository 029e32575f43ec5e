"""The cache folder: what is in it, making room in it, and both beside a running download."""

import errno
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from typer.testing import CliRunner

from tests.artifacts.bench import DATA, FILES, NET, tree
from tests.artifacts.wire import Wire
from typed_artifacts import Api, Cache, InvalidInput, NotFoundError, OfflineError
from typed_artifacts._environment.locks import lock_file, lock_shared
from typed_artifacts._transfer.disk.partial_files import part_key, part_name
from typed_artifacts._values.quantities import bytes_text
from typed_artifacts.cli.app import app
from typed_artifacts.errors import ArtifactsError

SIZE = sum(map(len, FILES.values()))


@pytest.fixture
def api(wire: Wire, cache: Path) -> Api:
    assert not cache.exists()
    return Api(
        base_url="http://localhost",
        api_key=wire.server.api_key,
        entity="local",
        transport=wire,
    )


@pytest.fixture
def filled(api: Api, cache: Path, tmp_path: Path) -> Cache:
    """Both versions of a dataset and the model; `data:v0` was used last, then the model."""
    for number, path in enumerate((f"{DATA}:v1", f"{NET}:v1", f"{DATA}:v0")):
        before = set(stored(cache))
        api.artifact(path).download(tmp_path / "filled" / str(number))
        for each in set(stored(cache)) - before:
            used(each, 1_000_000_000 + number * 100_000)
    return Cache()


def stored(cache: Path) -> list[Path]:
    """The contents in the folder."""
    return [each for each in (cache / "typed-artifacts" / "md5").rglob("*") if each.is_file()]


def used(path: Path, when: int) -> None:
    """Have a content used last at that time."""
    os.utime(path, (when, path.stat().st_mtime))


def command(*arguments: str) -> tuple[int, str]:
    """A command of the cache: its exit code, and what it wrote."""
    result = CliRunner().invoke(app, ["cache", *arguments])
    return result.exit_code, result.stdout + result.stderr


def test_what_is_there_is_told(filled: Cache, cache: Path, api: Api) -> None:
    found = filled.contents()
    assert [each.qualified_name for each in found.versions] == [
        f"{DATA}:v0",
        f"{NET}:v1",
        f"{DATA}:v1",
    ]
    version = found.versions[-1]
    assert (version.server, version.type) == ("http://localhost", "dataset")
    assert version.aliases == tuple(api.artifact(f"{DATA}:v1").aliases)
    assert (version.file_count, version.size) == (4, SIZE)
    assert (version.cached_count, version.cached_size) == (4, SIZE)
    assert version.used_at is not None
    assert version.used_at.timestamp() == 1_000_000_000
    assert (found.files, found.other_files, found.other_bytes) == (6, 0, 0)
    held = tree(cache / "typed-artifacts")
    assert found.bytes == sum(len(each) for name, each in held.items() if name != "lock")
    assert repr(filled) == f"<Cache {cache}>"


def test_a_content_of_no_version_is_told_too(api: Api, cache: Path, tmp_path: Path) -> None:
    api.artifact(f"{DATA}:v1").download(tmp_path / "one")
    for each in (cache / "typed-artifacts" / "records").rglob("*.json"):
        each.unlink()
    found = Cache(cache).contents()
    assert (found.versions, found.other_files, found.other_bytes) == ((), 4, SIZE)


def test_references_are_no_files_and_each_version_has_its_own_hashes(
    api: Api, cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "far").write_text("elsewhere")
    logged = api.log_artifact(
        "bench/fast",
        type="dataset",
        files={"a": b"1", "b": b"22", "far": (tmp_path / "far").as_uri()},
        digest="xxh128",
    )
    with pytest.warns(UserWarning, match="references"):
        logged.download(tmp_path / "fast")
    kept = (cache / "typed-artifacts" / "xxh128").rglob("*")
    for number, each in enumerate(path for path in kept if path.is_file()):
        used(each, 1_000_000_000 + number)
    found = Cache(cache).contents()
    [version] = found.versions
    assert version.used_at == datetime.fromtimestamp(1_000_000_001, UTC)  # the last use of any
    assert (version.file_count, version.size) == (2, 3)
    assert (version.cached_count, version.cached_size) == (2, 3)
    assert (found.files, found.other_files) == (2, 0)


def test_a_use_is_noted_and_a_check_is_none(filled: Cache, api: Api, tmp_path: Path) -> None:
    before = filled.contents()
    assert filled.verify().damaged == ()
    assert filled.contents() == before
    api.artifact(f"{DATA}:v1").download(tmp_path / "again")
    assert filled.contents().versions[0].qualified_name == f"{DATA}:v1"


@pytest.mark.long
def test_prune_waits_for_another_process(filled: Cache, cache: Path) -> None:
    """As long as it takes: a call of Windows gives up after ten seconds."""
    lock = str(cache / "typed-artifacts" / "lock")
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"locked"
        pruning = threading.Thread(target=filled.prune, kwargs={"to": 0})
        pruning.start()
        pruning.join(11)
        assert pruning.is_alive()
        assert len(filled.contents().versions) == 3
        other.stdin.close()
        pruning.join(60)
    assert not pruning.is_alive()
    assert filled.contents().versions == ()


_HOLDER = """
import sys
from pathlib import Path
from typed_artifacts._environment.locks import lock_file

with lock_file(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_prune_removes_what_was_not_used_for_longest(
    filled: Cache, cache: Path, api: Api, tmp_path: Path
) -> None:
    (empty,) = (each for each in stored(cache) if not each.stat().st_size)
    used(empty, 999_999_999)
    whole = filled.contents()
    most = whole.bytes - 1
    done = filled.prune(most)
    # The empty file of `data:v1` and another, the others stay, and so does the version.
    assert (done.files, done.versions, done.in_use) == (2, (), 0)
    assert done.left == filled.contents().bytes <= most
    assert whole.bytes - done.bytes == done.left
    done = filled.prune(done.left - (SIZE - done.bytes))
    assert done.versions == (f"{DATA}:v1",)
    assert [each.qualified_name for each in filled.contents().versions] == [
        f"{DATA}:v0",
        f"{NET}:v1",
    ]
    assert len([*(cache / "typed-artifacts" / "manifests").iterdir()]) == 2
    assert filled.prune("1TB").files == 0
    with Api(base_url="http://localhost", offline=True) as offline:
        offline.artifact(f"{NET}:v1").download(tmp_path / "net")
        with pytest.raises(OfflineError):
            offline.artifact(f"{DATA}:v1")
    api.artifact(f"{DATA}:v1").download(tmp_path / "fetched")
    assert tree(tmp_path / "fetched") == FILES
    assert filled.prune(0).left == 0
    assert filled.contents().versions == ()


@pytest.mark.parametrize(
    ("unit", "length"), [("kB", 1000), (" KB", 1000), ("k", 1000), (" KiB", 1024), ("MiB", 1 << 20)]
)
def test_a_size_is_a_fraction_of_a_unit(unit: str, length: int, filled: Cache) -> None:
    whole = filled.contents()
    assert filled.prune(f"{(whole.bytes + 1) / length:.9f}{unit}").files == 0
    assert filled.contents() == whole
    assert filled.prune(f"{(whole.bytes - 1) / length:.9f}{unit}").files > 0


@pytest.mark.parametrize("size", [-1, True, 1.5, "much", "10 XB", ""])
def test_what_is_no_size_is_refused(size: int, filled: Cache) -> None:
    before = filled.contents()
    with pytest.raises(InvalidInput, match="bytes"):
        filled.prune(size)
    assert filled.contents() == before


def test_remove_takes_what_no_other_version_has(
    filled: Cache, cache: Path, api: Api, tmp_path: Path
) -> None:
    before = filled.contents().bytes
    done = filled.remove(f"{DATA}:best")
    assert (done.versions, done.files) == ((f"{DATA}:v1",), 4)
    assert done.left == filled.contents().bytes == before - done.bytes
    api.log_artifact("bench/same", type="dataset", files={"b": b"zero", "c": b"more"})
    api.artifact("bench/same").download(tmp_path / "same")
    done = filled.remove(DATA)  # every version of it; its one file is in the other, too
    assert (done.versions, done.files) == ((f"{DATA}:v0",), 0)
    with pytest.raises(NotFoundError, match="typed-artifacts cache ls"):
        filled.remove(DATA)
    with pytest.raises(NotFoundError):
        filled.remove("local/bench/same", server="http://other")
    with pytest.raises(InvalidInput, match="whose it is"):
        filled.remove("same")
    assert filled.clear().left == 0
    assert [*(cache / "typed-artifacts" / "md5").iterdir()] == []


def test_prune_leaves_a_version_without_files(filled: Cache, api: Api, tmp_path: Path) -> None:
    (tmp_path / "far").write_text("elsewhere")
    logged = api.log_artifact(
        "bench/refs", type="dataset", files={"far": (tmp_path / "far").as_uri()}
    )
    with pytest.warns(UserWarning, match="references"):
        logged.download(tmp_path / "refs")
    assert filled.prune(0).files == 6
    assert [each.qualified_name for each in filled.contents().versions] == ["local/bench/refs:v0"]


def test_remove_takes_a_registry_by_its_organization(
    wire: Wire, filled: Cache, api: Api, tmp_path: Path
) -> None:
    registered = "local-org/wandb-registry-model/nets"
    wire.server.registry.link(f"{NET}:v1", registered)
    api.artifact(registered).download(tmp_path / "registered")
    (name,) = filled.remove(registered).versions
    assert name.endswith("/wandb-registry-model/nets:v0")
    with pytest.raises(NotFoundError):
        filled.remove(registered)


def test_remove_takes_an_alias_of_each_server(wire: Wire, filled: Cache, tmp_path: Path) -> None:
    with Api(
        base_url="https://other", api_key=wire.server.api_key, entity="local", transport=wire
    ) as other:
        other.artifact(f"{DATA}:v0").download(tmp_path / "other")
    assert filled.remove(f"{DATA}:v0").versions == (f"{DATA}:v0",) * 2
    assert {each.server for each in filled.contents().versions} == {"http://localhost"}


def test_a_record_of_another_release_is_left_to_it(filled: Cache, cache: Path) -> None:
    for record in (cache / "typed-artifacts" / "records").rglob("*.json"):
        text = record.read_text("utf-8")
        assert '"format": 1' in text
        record.write_text(text.replace('"format": 1', '"format": 2'), "utf-8")
    assert filled.contents().versions == ()
    assert filled.verify().damaged == ()


def test_the_key_is_in_no_file(wire: Wire, cache: Path, tmp_path: Path) -> None:
    key = wire.server.api_key
    with Api(base_url="http://localhost", api_key=key, transport=wire) as api:
        api.artifact("bench/data:v0").download(tmp_path / "one")
    texts = b"".join(tree(cache).values())
    assert b'"default_for": [\n' in texts  # what stands for the account
    assert key.encode() not in texts


@pytest.mark.parametrize("how", ["clear", "prune"])
def test_what_a_dead_download_left_goes_too(filled: Cache, cache: Path, how: str) -> None:
    folder = stored(cache)[0].parent
    left = folder / part_name(part_key("leaf", "digest"))
    left.write_bytes(b"begun")
    assert filled.contents().files == 6  # it is none of them
    if how == "clear":
        filled.clear()
    else:
        filled.prune("1TB")
    assert not left.exists()


def test_verify_removes_what_is_damaged(
    filled: Cache, cache: Path, api: Api, tmp_path: Path
) -> None:
    damaged = stored(cache)[0]
    damaged.write_bytes(b"?" * damaged.stat().st_size)
    record, *_ = (cache / "typed-artifacts" / "records").rglob("*.json")
    record.write_bytes(b"{")
    manifest, *_ = (cache / "typed-artifacts" / "manifests").iterdir()
    manifest.write_bytes(manifest.read_bytes() + b" ")
    newer = record.with_name("newer.json")
    newer.write_text('{"format": 2}')
    partial = record.with_name("partial.json")
    partial.write_text('{"format": 1}')
    wrong = (damaged, record, manifest, partial)
    found = filled.verify()
    folder = cache / "typed-artifacts"
    assert {*found.damaged} == {each.relative_to(folder).as_posix() for each in wrong}
    assert found.files == 6
    assert not any(each.exists() for each in wrong)
    assert newer.exists()  # another release reads it
    assert filled.verify().damaged == ()
    api.artifact(f"{DATA}:v1").download(tmp_path / "mended")
    assert tree(tmp_path / "mended") == FILES


def _be_a_folder(path: Path) -> None:
    path.mkdir()


def _be_a_link(path: Path) -> None:
    path.symlink_to(Path(__file__))


def _be_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def _open_in(folder: Path) -> list[str]:
    """What this process has open in a folder, where the system tells."""
    opened = Path("/proc/self/fd")
    links = [os.path.realpath(each) for each in opened.iterdir()] if opened.is_dir() else []
    return [each for each in links if each.startswith(str(folder.resolve()))]


@pytest.mark.skipif(os.name == "nt", reason="pipes have no names there")
@pytest.mark.parametrize("be", [_be_a_folder, _be_a_link, _be_a_pipe])
def test_what_is_no_file_makes_room_for_one(
    be: Callable[[Path], None], filled: Cache, cache: Path, api: Api, tmp_path: Path
) -> None:
    def spoil() -> None:
        for each in contents:
            each.unlink()
            be(each)

    contents = stored(cache)
    spoil()
    for number, path in enumerate((f"{DATA}:v1", f"{NET}:v1", f"{DATA}:v0")):
        api.artifact(path).download(tmp_path / "again" / str(number))
    assert not _open_in(cache)
    assert sorted(stored(cache)) == sorted(contents)
    assert not filled.verify().damaged
    spoil()
    assert len(filled.verify().damaged) == len(contents)
    assert not list((cache / "typed-artifacts" / "md5").rglob("*/*"))
    api.artifact(f"{NET}:v1").download(tmp_path / "last")
    assert stored(cache)
    for each in stored(cache):
        each.unlink()
        be(each)
    filled.prune(to=0)
    assert not list((cache / "typed-artifacts" / "md5").rglob("*/*"))


@pytest.mark.skipif(os.name == "nt", reason="there are no symbolic links without a right to them")
def test_a_link_in_the_place_of_the_lock_leads_nowhere(
    filled: Cache, api: Api, cache: Path, tmp_path: Path
) -> None:
    """In a folder of several users, another may put one there: what it led to was overwritten."""
    lock, theirs = cache / "typed-artifacts" / "lock", tmp_path / "theirs"
    theirs.write_text("precious")
    for change in (lambda: api.artifact(f"{NET}:v0").download(tmp_path / "out"), filled.clear):
        lock.unlink()
        lock.symlink_to(theirs)
        change()
        assert (theirs.read_text(), lock.is_symlink()) == ("precious", False)


@pytest.mark.skipif(os.name == "nt", reason="there are no symbolic links without a right to them")
def test_a_link_that_takes_the_place_of_the_lock_meanwhile_is_refused(tmp_path: Path) -> None:
    lock, theirs = tmp_path / "lock", tmp_path / "theirs"
    lock.symlink_to(theirs)
    with pytest.raises(OSError), lock_file(lock):  # noqa: PT011 -- what each system says
        pass
    assert not theirs.exists()


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes with names of files")
@pytest.mark.parametrize("place", ["lock", "record", "manifest"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(
    filled: Cache, api: Api, cache: Path, tmp_path: Path, place: str
) -> None:
    folder = cache / "typed-artifacts"
    places = {
        "lock": folder / "lock",
        "record": next((folder / "records").rglob("*.json")),
        "manifest": next((folder / "manifests").iterdir()),
    }
    places[place].unlink()
    os.mkfifo(places[place])
    assert len(filled.contents().versions) == (2 if place == "record" else 3)
    api.artifact(f"{NET}:v0").download(tmp_path / "out")
    damaged = filled.verify().damaged
    assert [Path(each).name for each in damaged] == (
        [] if place == "lock" else [places[place].name]
    )


def test_what_a_download_reads_now_stays(filled: Cache, cache: Path) -> None:
    big = max(stored(cache), key=lambda each: each.stat().st_size)
    with big.open("rb") as file:
        lock_shared(file.fileno())  # as a download does that copies it out
        done = filled.clear()
        assert done.in_use == 1
        assert stored(cache) == [big]
    assert filled.prune(0).in_use == 0
    assert stored(cache) == []


def test_downloads_beside_pruning_fetch_what_went(
    wire: Wire, filled: Cache, api: Api, tmp_path: Path
) -> None:
    stop, problems = threading.Event(), list[ArtifactsError]()

    def prune() -> None:
        while not stop.is_set():
            try:
                filled.prune(0)
            except ArtifactsError as error:
                problems.append(error)

    pruner = threading.Thread(target=prune)
    pruner.start()
    try:
        for number in range(20):
            api.artifact(f"{DATA}:v1").download(tmp_path / str(number))
            assert tree(tmp_path / str(number)) == FILES
    finally:
        stop.set()
        pruner.join()
    assert problems == []
    assert "GET" in wire.operations
    assert filled.verify().damaged == ()


def test_an_empty_folder_is_left_as_it_is(cache: Path) -> None:
    for call in (Cache().contents, Cache().verify, Cache().clear, lambda: Cache().prune(0)):
        call()
    assert not cache.exists()


@pytest.mark.parametrize("closed", ["", "md5", "md5/..", "records", "records/.."])
def test_a_folder_that_may_not_be_read_is_told(
    filled: Cache, cache: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    """It was empty, by the word of `contents()` and of `cache ls`."""
    inside = cache / "typed-artifacts" / closed.removesuffix("/..")
    path = next(inside.iterdir()) if closed.endswith("/..") else inside
    unpatched = os.open

    def refuse(name: str | Path, *arguments: Any, dir_fd: int | None = None) -> int:  # noqa: ANN401 -- as the system's
        if (path.name if dir_fd is not None else str(path)) == str(name):
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return unpatched(name, *arguments, dir_fd=dir_fd)

    assert filled.contents().files
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ArtifactsError, match=f"Reading '{path}.* failed: Permission denied"):
        filled.contents()
    assert command("ls") == (1, ANY)


def test_without_a_folder_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_CACHE_DIR", raising=False)
    with pytest.raises(InvalidInput, match="WANDB_CACHE_DIR"):
        Cache()
    code, said = command("ls")
    assert (code, "WANDB_CACHE_DIR" in said) == (1, True)


def test_the_command_tells_what_is_there(filled: Cache) -> None:
    code, said = command("ls")
    assert code == 0
    assert f"{DATA}:v1" in said
    assert "3 versions, 6 files, " in said
    code, said = command("ls", "--json")
    told = json.loads(said)
    assert told["bytes"] == filled.contents().bytes
    assert [each["qualified_name"] for each in told["versions"]] == [
        f"{DATA}:v0",
        f"{NET}:v1",
        f"{DATA}:v1",
    ]


def test_the_command_makes_room(filled: Cache, cache: Path) -> None:
    code, said = command("rm", f"{DATA}:v0")
    left = bytes_text(filled.contents().bytes)
    assert code == 0
    assert said.startswith("Removed 1 file and 1 version, ")
    assert said.endswith(f"; {left} left\n")
    code, said = command("prune", "--to", "0", "--json")
    assert (code, json.loads(said)["left"]) == (0, 0)
    for wrong in (["rm", DATA], ["prune", "--to", "heaps"]):
        code, said = command(*wrong)
        assert (code, said.count("\n")) == (1, 1)
    for wrong in (["rm"], ["rm", DATA, "--all"]):
        code, said = command(*wrong)
        assert (code, "Give a PATH or --all, and not both." in said) == (2, True)
    assert command("rm", "--all", "--cache-dir", str(cache))[0] == 0


def test_the_command_removes_no_more_than_it_was_told(filled: Cache) -> None:
    whole = filled.contents()
    for wrong, code in ((["--all"], 2), (["--base-url", "http://elsewhere"], 1)):
        assert command("rm", f"{DATA}:v0", *wrong)[0] == code
        assert filled.contents() == whole


def test_the_command_checks(filled: Cache, cache: Path) -> None:
    assert command("verify")[0] == 0
    damaged = stored(cache)[0]
    damaged.write_bytes(b"")
    code, said = command("verify")
    assert (code, "Removed, as it was damaged: md5/" in said) == (1, True)
    assert command("verify") == (0, command("verify")[1])
    assert json.loads(command("verify", "--json")[1])["files"] == filled.contents().files == 5


def _table(said: str) -> list[str]:
    """The lines, without what only gives them their width, and without today's times."""
    seen = re.compile(r" 20[2-9]\d-\d\d-\d\d \d\d:\d\d ")
    return [seen.sub(" SEEN ", " ".join(line.split())) for line in said.splitlines()]


def test_the_command_tells_what_of_a_version_is_there(filled: Cache, cache: Path) -> None:
    head, _, *lines, total = _table(command("ls")[1])
    assert head == "version aliases files size last used last seen server"
    assert lines == [
        f"{DATA}:v0 1 4 B 2001-09-11 09:20 SEEN http://localhost",
        f"{NET}:v1 latest 1 2 B 2001-09-10 05:33 SEEN http://localhost",
        f"{DATA}:v1 latest, best, checked 4 2.05 kB 2001-09-09 01:46 SEEN http://localhost",
    ]
    assert total == f"3 versions, 6 files, {bytes_text(filled.contents().bytes)}"
    max(stored(cache), key=lambda each: each.stat().st_size).unlink()
    *_, last, total = _table(command("ls")[1])
    assert last.startswith(f"{DATA}:v1 latest, best, checked 3 of 4 4 B 2001-09-09 01:46 ")
    assert total == f"3 versions, 5 files, {bytes_text(filled.contents().bytes)}"
    for each in (cache / "typed-artifacts" / "records").rglob("*.json"):
        each.unlink()
    whole = bytes_text(filled.contents().bytes)
    assert command("ls") == (0, f"0 versions, 5 files, {whole}; 5 files (10 B) of none\n")
    assert command("verify") == (0, "Read 5 files, 10 B: 0 damaged\n")


def test_the_command_tells_what_a_download_uses(filled: Cache, cache: Path) -> None:
    big = max(stored(cache), key=lambda each: each.stat().st_size)
    with big.open("rb") as file:
        lock_shared(file.fileno())  # as a download does that copies it out
        code, said = command("rm", "--all")
    left = bytes_text(filled.contents().bytes)
    assert code == 0
    assert said.startswith("Removed 5 files and 3 versions, ")
    assert said.endswith(f"; 1 file in use stayed; {left} left\n")
