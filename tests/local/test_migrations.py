"""Registries of other releases: migrated to this one, or refused with an error."""

import multiprocessing
import random
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.local.wire import wire_to
from typed_artifacts import Api, ArtifactsError
from typed_artifacts.local import Registry, RegistryError, open_local
from typed_artifacts.local.database import migrations
from typed_artifacts.local.database.layouts import REVISIONS

pytestmark = pytest.mark.long

OLD = Path(__file__).parent.parent / "data" / "registry-0.1.0.zip"
HEAD = REVISIONS[-1]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A registry as 0.1.0 left it: its last commits are in the log only."""
    root = tmp_path / "old"
    with zipfile.ZipFile(OLD) as file:
        file.extractall(root)
    return root


@pytest.fixture
def present(tmp_path: Path) -> Path:
    """A registry of this release, with something in it."""
    root = tmp_path / "present"
    with Registry(root) as registry:
        registry.log_version("local/p/c", type="dataset", files={"a": "1"})
    return root


def _tables(path: Path) -> dict[str, object]:
    """What SQLite knows of the tables, whatever the words were that made them."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: (
                sorted(connection.execute(f"PRAGMA table_info({name})")),
                sorted(
                    (index[2:], tuple(connection.execute(f"PRAGMA index_info({index[1]})")))
                    for index in connection.execute(f"PRAGMA index_list({name})")
                ),
                sorted(row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({name})")),
            )
            for (name,) in names.fetchall()
            if not name.startswith("sqlite_")
        }


def test_what_0_1_0_wrote_is_all_there(old: Path, tmp_path: Path) -> None:
    with Api.local(old) as api:
        first = api.artifact("ann/shelf/notes:best")
        assert (first.version, first.aliases, first.tags) == ("v0", ["best"], ["checked"])
        assert (first.metadata, first.description) == ({"n": 1, "größe": 2}, "the first")
        assert first.download(tmp_path / "v0").joinpath("d", "b.txt").read_text() == "two\n"
        second = api.artifact("ann/shelf/notes:latest")
        assert second.version == "v1"
        assert {file.name for file in second.files()} == {"a.txt", "d/b.txt", "far"}
        assert api.artifact("crew/board/chosen:prod").source_version == "v0"
        logged = api.log_artifact("ann/shelf/notes", type="dataset", files={"a.txt": b"new"})
        assert logged.version == "v3"
    with Registry(old) as registry:
        assert registry.maintenance.collect_garbage().files == 2  # of the version deleted in 0.1.0
        assert registry.maintenance.verify().wrong == []


def test_what_0_1_0_has_freed_comes_back(old: Path) -> None:
    _changed(old, "CREATE TABLE junk AS SELECT randomblob(1000000) AS x", "DROP TABLE junk")
    with Registry(old) as registry:
        full = registry.maintenance.statistics().database_bytes
        registry.maintenance.collect_garbage()
        assert registry.maintenance.statistics().database_bytes < full - 900_000
        assert registry.maintenance.verify().wrong == []


def test_it_is_copied_before_it_is_changed(old: Path) -> None:
    with Registry(old):
        pass
    with Registry(old):
        pass
    (copy,) = old.glob("registry-before-*.db")
    with closing(sqlite3.connect(copy)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        (count,) = connection.execute("SELECT count(*) FROM versions").fetchone()
    assert "alembic_version" not in tables
    assert count == 4


_KILLED = """
import os, signal, sys
from typed_artifacts.local import Registry
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
Registry(sys.argv[1])
"""


def test_a_copy_that_was_killed_is_not_named_like_a_whole_one(old: Path) -> None:
    for _ in range(2):
        command = [sys.executable, "-c", _KILLED, str(old)]
        assert subprocess.run(command, timeout=120, check=False).returncode == -signal.SIGKILL
        assert not list(old.glob("registry-before-*.db"))
    with Registry(old) as registry:
        assert registry.maintenance.verify().wrong == []
    (copy,) = old.glob("registry-before-*")
    assert copy.suffix == ".db"


def test_migrations_lead_to_the_tables_of_this_release(old: Path, present: Path) -> None:
    with Registry(old):
        pass
    was, now = _tables(old / "registry.db"), _tables(present / "registry.db")
    assert was.keys() == now.keys()
    for name, table in now.items():
        # Only the order of columns, and the default of a new one, may differ.
        assert _shape(was[name]) == _shape(table), name


def _shape(table: object) -> object:
    columns, indexes, keys = table  # type: ignore[misc]  # made by _tables
    return sorted((c[1], c[2], c[3], c[5]) for c in columns), indexes, keys  # type: ignore[has-type]


def test_each_migration_is_named(present: Path) -> None:
    folder = Path(migrations.__file__).parent / "versions"
    numbers = sorted(path.name[:4] for path in folder.glob("[0-9]*.py"))
    assert numbers == sorted(REVISIONS)
    with closing(sqlite3.connect(present / "registry.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)


def test_several_processes_migrate_once(old: Path) -> None:
    command = [sys.executable, "-c", "import sys; from typed_artifacts.local import Registry\n"]
    command[-1] += "Registry(sys.argv[1]).close()"
    processes = [subprocess.Popen([*command, str(old)]) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    assert len(list(old.glob("registry-before-*.db"))) == 1
    with Registry(old) as registry:
        assert registry.maintenance.verify().wrong == []


def test_one_that_is_up_to_date_is_opened_without_alembic(present: Path) -> None:
    code = "import sys; from typed_artifacts.local import Registry; Registry(sys.argv[1]).close()\n"
    code += "print('alembic' in sys.modules)"
    command = [sys.executable, "-c", code, str(present)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def _changed(root: Path, *statements: str) -> None:
    with closing(sqlite3.connect(root / "registry.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def _contents(root: Path) -> dict[str, bytes]:
    """All files, but for the log of a database, which is empty, and its index."""
    return {
        path.name: path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_a_newer_release_is_refused_and_not_touched(present: Path) -> None:
    _changed(present, "UPDATE alembic_version SET version_num = '9999'")
    before = _contents(present)
    with pytest.raises(RegistryError, match=r"newer release .*: upgrade") as refused:
        Registry(present)
    assert "\n" not in str(refused.value)
    assert _contents(present) == before


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ("ALTER TABLE versions DROP COLUMN commit_hash", "versions.commit_hash"),
        ("DROP TABLE aliases", "table aliases"),
        ("DROP INDEX memberships_by_time", "memberships_by_time"),
    ],
)
@pytest.mark.parametrize("release", ["old", "present"])
def test_an_incomplete_one_is_refused(
    change: str, lacks: str, release: str, request: pytest.FixtureRequest
) -> None:
    root: Path = request.getfixturevalue(release)
    _changed(root, change)
    with pytest.raises(RegistryError, match=lacks):
        Registry(root)
    assert not list(root.glob("registry-before-*.db"))
    with closing(sqlite3.connect(root / "registry.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert ("pending_blobs" in tables) == (release == "present")


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    _changed(tmp_path, "CREATE TABLE notes (id INTEGER)")
    before = (tmp_path / "registry.db").read_bytes()
    with pytest.raises(RegistryError, match="another program"):
        Registry(tmp_path)
    assert (tmp_path / "registry.db").read_bytes() == before


@pytest.mark.parametrize("damage", ["empty", "missing"])
def test_a_database_that_has_vanished_is_refused(present: Path, damage: str) -> None:
    if damage == "empty":
        (present / "registry.db").write_bytes(b"")
    else:
        (present / "registry.db").unlink()
    with pytest.raises(RegistryError, match=f"{damage}: put it back from a backup"):
        Registry(present)


def test_an_empty_file_in_an_empty_folder_is_a_new_registry(tmp_path: Path) -> None:
    (tmp_path / "registry.db").touch()
    with Registry(tmp_path) as registry:
        assert registry.log_version("local/p/c", type="dataset", files={"a": "1"}).index == 0


def _scrambled(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 40)):
        start = chance.randrange(len(content))
        content[start : start + 64] = chance.randbytes(64)


def _header(content: bytearray, chance: random.Random) -> None:
    content[:100] = chance.randbytes(100)


def _cut(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


@pytest.mark.parametrize("damage", [_scrambled, _header, _cut])
def test_a_scrambled_one_ends_in_a_sentence(
    present: Path, damage: Callable[[bytearray, random.Random], None]
) -> None:
    path = present / "registry.db"
    whole = path.read_bytes()
    for seed in range(12):
        for name in ("registry.db-wal", "registry.db-shm"):
            (present / name).unlink(missing_ok=True)
        content = bytearray(whole)
        damage(content, random.Random(seed))  # noqa: S311 - damage, the same in each run
        path.write_bytes(content)
        try:
            with Api.local(present) as api:
                api.artifact("local/p/c:latest")
                api.log_artifact("local/p/c", type="dataset", files={"a": b"2"})
        except ArtifactsError as error:
            assert "\n" not in str(error).strip()  # noqa: PT017 - it may go well, too
        with suppress(ArtifactsError), Registry(present) as registry:
            registry.maintenance.verify(repair=True)
            registry.log_version("local/p/c", type="dataset", files={"a": "3"})


def _open_many(root: str, times: int) -> None:
    for _ in range(times):
        with Registry(root) as registry:
            registry.log_version("local/p/c", type="dataset", files={"a": "1"})


def test_several_processes_make_a_new_one(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=_open_many, args=(str(tmp_path), 2)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]


def test_a_version_that_was_begun_in_0_1_0_goes_on(old: Path) -> None:
    with open_local(old) as server:
        wire = wire_to(server)
        key = wire.create("0" * 32, name="begun", clientID="begun-1", artifactTypeName="model")[
            "id"
        ]
        assert wire.found(key)["state"] == "PENDING"
