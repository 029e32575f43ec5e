"""Verification, backup and statistics of a registry, and the commands for them."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from typed_artifacts import Api
from typed_artifacts.cli.app import app
from typed_artifacts.cli.commands.registry import registry_app
from typed_artifacts.local import Moved, Registry, RegistryError, RegistryRefused, serve
from typed_artifacts.local.maintenance.migration import move

runner = CliRunner()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A registry with three versions, a link and a reference."""
    folder = tmp_path / "registry"
    with Registry(folder) as registry:
        files = {"a.txt": "first", "d/b.txt": "second"}
        made = registry.log_version("local/p/c", type="dataset", files=files)
        registry.link(made, "local/p/board")
        registry.log_version("local/p/plain", type="dataset", files={"a.txt": "first"})
        registry.log_version("local/p/far", type="dataset", references={"far": "s3://bucket/key"})
    return folder


def _place(root: Path, text: str) -> Path:
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return root / "files" / digest[:2] / digest


def _row(root: Path, statement: str) -> None:
    with Registry(root) as registry, registry.store.write() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0


def test_a_whole_registry_is_found_whole(root: Path) -> None:
    with Registry(root) as registry:
        found = registry.maintenance.verify(repair=True)
    assert (found.files, found.wrong, found.repaired) == (5, [], [])
    assert found.bytes > 10


@pytest.mark.parametrize("content", [None, b"worst", b"fir", b""])
def test_a_damaged_file_is_told_with_who_has_it(root: Path, content: bytes | None) -> None:
    if content is None:
        _place(root, "first").unlink()
    else:
        _place(root, "first").write_bytes(content)
    with Registry(root) as registry:
        for repair in (False, True):
            (wrong,) = registry.maintenance.verify(repair=repair).wrong
            assert "'a.txt' of local/p/c:v0, 'a.txt' of local/p/plain:v0" in wrong
            assert "Log this content again" in wrong
        registry.log_version("local/p/other", type="dataset", files={"x": "first"})
        assert registry.maintenance.verify().wrong == []


def test_a_damaged_manifest_is_written_anew_from_its_rows(root: Path) -> None:
    with Registry(root) as registry, registry.store.read() as connection:
        blob: str = connection.scalars(sa.text("SELECT blob FROM manifests WHERE id = 2")).one()
    path = root / "files" / blob[:2] / blob
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with Registry(root) as registry:
        assert "the manifest of local/p/plain:v0" in registry.maintenance.verify().wrong[0]
        found = registry.maintenance.verify(repair=True)
        assert (found.wrong, len(found.repaired)) == ([], 1)
    assert path.read_bytes() == whole


@pytest.mark.each(3)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE versions SET digest = '0' WHERE id = 1",
        "UPDATE versions SET size = 7, file_count = 9 WHERE id = 2",
        "UPDATE manifests SET file_count = 12",
        "UPDATE entries SET size = 99 WHERE path = 'a.txt'",
        "UPDATE entries SET digest = 'x', blob = NULL",
        "DELETE FROM entries WHERE path = 'd/b.txt'",
        "INSERT INTO entries (manifest_id, path, digest, size) VALUES (1, 'new', 'x', 1)",
        "UPDATE collections SET version_count = 5",
        "UPDATE collections SET next_index = 0",
        "UPDATE blobs SET size = size + 1",
        "UPDATE blobs SET xxh128 = md5",
        "INSERT INTO blobs VALUES ('00', '00', 4)",
    ],
)
def test_what_can_be_derived_is_repaired(root: Path, change: str, tmp_path: Path) -> None:
    _row(root, change)
    with Registry(root) as registry:
        assert registry.maintenance.verify().wrong
        found = registry.maintenance.verify(repair=True)
        assert found.wrong == []
        assert found.repaired
        found = registry.maintenance.verify()
        assert (found.wrong, found.repaired) == ([], [])
    with Api.local(root) as api:
        api.artifact("local/p/c:v0").download(tmp_path / "again")
        assert (tmp_path / "again" / "d" / "b.txt").read_text() == "second"


def test_a_version_without_a_place_is_told(root: Path) -> None:
    _row(root, "DELETE FROM aliases WHERE membership_id = 3")
    _row(root, "DELETE FROM memberships WHERE version_id = 2")
    with Registry(root) as registry:
        found = registry.maintenance.verify(repair=True)
    assert any("no place" in text for text in found.wrong)


def test_a_row_that_belongs_to_nothing_is_told(root: Path) -> None:
    with closing(sqlite3.connect(root / "registry.db")) as connection, connection:
        connection.execute("DELETE FROM memberships WHERE version_id = 2")  # heeds no foreign keys
    with Registry(root) as registry:
        found = registry.maintenance.verify()
    assert any("aliases belongs to none of memberships" in text for text in found.wrong)


def test_a_backup_is_a_registry_with_everything(root: Path, tmp_path: Path) -> None:
    with Registry(root) as registry:
        key = registry.add_key("ann")
        copied = registry.maintenance.backup(tmp_path / "backup")
        assert (copied.files, copied.damaged) == (5, [])
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == ["files", "registry.db"]
    with Registry(tmp_path / "backup") as registry:
        assert registry.maintenance.verify().wrong == []
        registry.register_key("ann", key)  # refused if it were not known as hers
    with Api.local(tmp_path / "backup") as api:
        api.artifact("local/p/board:latest").download(tmp_path / "files")
    assert (tmp_path / "files" / "a.txt").read_text() == "first"


def test_a_backup_of_a_damaged_registry_says_so(root: Path, tmp_path: Path) -> None:
    _place(root, "first").write_bytes(b"worst")
    result = runner.invoke(registry_app, ["backup", str(tmp_path / "b"), "--root", str(root)])
    assert result.exit_code == 1
    assert _place(root, "first").name in result.stdout
    with Registry(tmp_path / "b") as registry:
        (wrong,) = registry.maintenance.verify().wrong
        assert "'a.txt' of local/p/c:v0" in wrong


_KILLED = """
import os, signal, sys
from typed_artifacts.local import Registry
from typed_artifacts.local.storage.blobs import BlobStore
remove = BlobStore.remove
def killed(self, sizes):
    if sys.argv[2] == "after":
        remove(self, sizes)
    os.kill(os.getpid(), signal.SIGKILL)
BlobStore.remove = killed
Registry(sys.argv[1]).maintenance.collect_garbage()
"""


@pytest.mark.long
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_garbage_collection_leaves_nothing_wrong(
    root: Path, tmp_path: Path, moment: str
) -> None:
    with Api.local(root) as api:
        api.artifact("local/p/c:v0").delete(delete_aliases=True)
    command = [sys.executable, "-c", _KILLED, str(root), moment]
    assert subprocess.run(command, timeout=120, check=False).returncode == -signal.SIGKILL
    with Registry(root) as registry, Registry(tmp_path / "moved") as other:
        found = registry.maintenance.verify()
        assert (found.wrong, found.repaired) == ([], [])
        assert registry.maintenance.backup(tmp_path / "backup").damaged == []
        assert registry.maintenance.move_to(other.maintenance).damaged == ()
        registry.maintenance.collect_garbage(older_than=0)
        assert not _place(root, "second").exists()
        assert _place(root, "first").exists()
    with Registry(tmp_path / "backup") as registry:
        made = registry.log_version("local/p/c", type="dataset", files={"d/b.txt": "second"})
        assert (made.version, registry.maintenance.verify().wrong) == ("v1", [])


def test_a_single_row_that_is_written_meanwhile_is_told(root: Path, tmp_path: Path) -> None:
    """It is the last one of its table, whose rows have been copied."""
    with Registry(root) as registry, Registry(tmp_path / "counted") as other:
        registry.run("local/p/run")
        rows = registry.maintenance.move_to(other.maintenance).rows
        written = False

        def use(moved: Moved) -> None:
            nonlocal written
            if moved.rows == rows and not written:
                written = True
                registry.use("local/p/run", "local/p/c:v0")

        with (
            Registry(tmp_path / "new") as new,
            pytest.raises(RegistryError, match="run_inputs are not the same: somebody wrote"),
        ):
            move(registry.store, new.store, use)
        assert written


def test_what_is_half_moved_is_not_served(root: Path, tmp_path: Path) -> None:
    """Its versions may be there without their aliases, and others not at all."""

    def interrupt(moved: Moved) -> None:
        if moved.rows:
            raise KeyboardInterrupt

    new = tmp_path / "new"
    with (
        Registry(root) as registry,
        Registry(new) as other,
        pytest.raises(KeyboardInterrupt),
    ):
        move(registry.store, other.store, interrupt)
    with pytest.raises(RegistryRefused, match="is not whole: it is being moved from "):
        Api.local(new)
    with pytest.raises(RegistryRefused, match="registry migrate"):
        serve(new, port=0, open_=True)
    with Registry(root) as registry, Registry(new) as other:
        registry.maintenance.move_to(other.maintenance)
    with Api.local(new) as api:
        assert api.artifact("local/p/board:latest").version == "v0"


def test_a_move_that_is_done_is_not_begun_again(root: Path, tmp_path: Path) -> None:
    target, foreign = tmp_path / "new", tmp_path / "foreign"
    migrate = ["migrate", "--root", str(root), "--to"]
    assert runner.invoke(registry_app, [*migrate, str(target)]).exit_code == 0
    again = runner.invoke(registry_app, [*migrate, str(target)])
    assert again.exit_code == 0
    assert (
        f"The registry in {target} is not empty: it was moved from {root} already" in again.stdout
    )
    with Registry(target) as registry, Registry(root) as source:
        registry.log_version("local/p/more", type="dataset", files={"a.txt": "more"})
        with pytest.raises(RegistryRefused, match="is not empty: it was moved from "):
            source.maintenance.move_to(registry.maintenance)
    assert runner.invoke(registry_app, [*migrate, str(target)]).exit_code == 0
    with Registry(foreign) as registry:
        registry.log_version("local/p/other", type="dataset", files={"a.txt": "other"})
    for arguments in (
        [*migrate, str(foreign)],
        ["migrate", "--root", str(foreign), "--to", str(target)],
    ):
        refused = runner.invoke(registry_app, arguments)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "is not empty: move to a new one." in refused.stderr


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--to", ""], "--to is empty; name a database or a folder."),
        (["--to", "new", "--files", ""], "It is empty; for the default, leave the option out."),
        (["--to", "new", "--files", "f"], "--files is 'f', and the files go into the folder --to."),
    ],
)
def test_a_move_needs_a_target(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], words: str
) -> None:
    """A folder of files beside a folder as the target was ignored, and so was an empty one."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    result = runner.invoke(app, ["registry", "migrate", "--root", str(root), *more])
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert list(Path().iterdir()) == []


def test_a_backup_in_a_folder_with_something_in_it_is_refused(root: Path) -> None:
    refused = runner.invoke(registry_app, ["backup", str(root), "--root", str(root)])
    assert (refused.exit_code, "a backup needs a new folder" in refused.stderr) == (1, True)


def test_a_backup_needs_a_folder_of_its_own(root: Path, tmp_path: Path) -> None:
    with Registry(root) as registry:
        for target in (root, root.parent, root / "registry.db", Path("/proc/backup")):
            with pytest.raises(RegistryError, match=str(target)):
                registry.maintenance.backup(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["registry"]


_SMALL = """
import resource, signal, sys
from typed_artifacts import ArtifactsError
from typed_artifacts.local import Registry
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Registry(sys.argv[1]) as registry:
    for name, data in {"small": b"x", "large": b"x" * 1_000_000}.items():
        registry.log_version("local/p/c", type="dataset", files={name: data})
    for limit in (100_000, 900_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, -1))
        try:
            registry.maintenance.backup(f"{sys.argv[1]}/to{limit}")
        except ArtifactsError as error:
            print(error)
"""


@pytest.mark.long
def test_a_backup_that_finds_no_space_says_so_and_is_no_registry(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SMALL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert len(done.stdout.splitlines()) == 2
    for name in ("to100000", "to900000"):
        assert not (tmp_path / name / "registry.db").exists()
    with pytest.raises(RegistryError, match="missing"):
        Registry(tmp_path / "to900000")


def test_a_backup_while_versions_come_and_go_is_whole(root: Path, tmp_path: Path) -> None:
    ended = threading.Event()

    def write() -> None:
        with Api.local(root) as api, Registry(root) as registry:
            number = 0
            while not ended.is_set():
                number += 1
                files = {f"{n}": os.urandom(3000) for n in range(4)}
                made = api.log_artifact("p/busy", type="dataset", files=files)
                if number % 2:
                    made.delete(delete_aliases=True)
                    registry.maintenance.collect_garbage()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with Registry(root) as registry:
            for number in range(5):
                copied = registry.maintenance.backup(tmp_path / f"b{number}")
                assert copied.damaged == []
    finally:
        ended.set()
        writer.join()
    for number in range(5):
        with Registry(tmp_path / f"b{number}") as registry:
            assert registry.maintenance.verify().wrong == []


def test_the_commands(root: Path) -> None:
    at = ["--root", str(root)]
    result = runner.invoke(registry_app, ["stats", "--json", *at])
    found = json.loads(result.stdout)
    assert (found["versions"], found["links"], found["entries"]) == (3, 1, 4)
    assert (found["stored_files"], found["bytes"], found["reclaimable_bytes"]) == (5, 16, 0)
    assert "stored files" in runner.invoke(registry_app, ["stats", *at]).stdout
    result = runner.invoke(registry_app, ["verify", *at])
    assert (result.exit_code, "0 wrong" in result.stdout) == (0, True)
    with Api.local(root) as api:
        api.artifact("local/p/c:v0").delete(delete_aliases=True)
    assert "Would free" in runner.invoke(registry_app, ["gc", "--dry-run", *at]).stdout
    assert _place(root, "second").exists()
    assert "Freed" in runner.invoke(registry_app, ["gc", *at]).stdout
    assert not _place(root, "second").exists()
    _place(root, "first").unlink()
    result = runner.invoke(registry_app, ["verify", *at])
    assert (result.exit_code, "1 wrong" in result.stdout) == (1, True)


@pytest.mark.parametrize("command", ["gc", "verify", "stats", "backup"])
def test_a_command_makes_no_registry(tmp_path: Path, command: str) -> None:
    more = [str(tmp_path / "b")] if command == "backup" else []
    result = runner.invoke(registry_app, [command, *more, "--root", str(tmp_path / "none")])
    assert result.exit_code == 1
    assert "There is no registry" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["gc", "verify", "stats", "backup", "migrate"])
def test_a_command_makes_no_registry_of_another_folder(tmp_path: Path, command: str) -> None:
    """It would tell of nothing wrong where there is nothing."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    target = str(tmp_path / "b")
    more = {"backup": [target], "migrate": ["--to", target]}.get(command, [])
    result = runner.invoke(registry_app, [command, *more, "--root", str(folder)])
    assert result.exit_code == 1
    assert f"There is no registry in {folder}" in result.stderr
    assert [each.name for each in folder.iterdir()] == ["notes.txt"]


def test_a_registry_without_its_database_is_no_other_folder(root: Path) -> None:
    (root / "registry.db").unlink()
    result = runner.invoke(registry_app, ["verify", "--root", str(root)])
    assert result.exit_code == 1
    assert "There is no registry" not in result.stderr
    assert not (root / "registry.db").exists()
