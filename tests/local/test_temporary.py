"""A registry without a folder of its own leaves nothing behind, closed or not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from typed_artifacts import Api, GraphQLError
from typed_artifacts.local import Registry, RegistryError

_USE = """
from typed_artifacts import Api

api = Api.local()
api.log_artifact("project/collection", type="dataset", files={"a": b"1"})
"""


def test_a_temporary_registry_lives_as_long_as_its_api(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _USE],
        env={"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, list(tmp_path.iterdir())) == (0, "", [])


_USE_TO_THE_END = """
import threading, time
from typed_artifacts import Api

api = Api.local()
made = api.log_artifact("project/collection", type="dataset", files={"a": b"1"})

def use():
    while True:
        try:
            api.artifact("project/collection:v0").files()[0].read_bytes()
            now = str(time.time()).encode()
            api.log_artifact("project/other", type="dataset", files={"a": now})
        except Exception:
            pass

for _ in range(6):
    threading.Thread(target=use, daemon=True).start()
time.sleep(0.3)
"""


@pytest.mark.long
def test_a_temporary_registry_is_removed_though_threads_use_it_to_the_end(tmp_path: Path) -> None:
    for _ in range(3):
        subprocess.run(
            [sys.executable, "-c", _USE_TO_THE_END],
            env={"TMPDIR": str(tmp_path)},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert not list(tmp_path.iterdir())


def test_only_what_is_kept_is_written_to_the_disk_at_once(tmp_path: Path) -> None:
    """To wait for the disk took two fifths of the time of a temporary registry."""
    waiting: dict[str, object] = {}
    kept = tmp_path / "shelf"
    for name, root in (("temporary", None), ("new", kept), ("opened again", kept)):
        with Registry(root) as registry, registry.store.read() as connection:
            waiting[name] = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    assert waiting == {"temporary": 0, "new": 1, "opened again": 1}


def test_nobody_reads_an_empty_database_where_it_was_removed(tmp_path: Path) -> None:
    with Registry(tmp_path / "shelf") as registry:
        registry.log_version("local/demo/notes", type="dataset", files={"a": "1"})
        registry.store.engine.dispose()
        (tmp_path / "shelf" / "registry.db").unlink()
        with pytest.raises(RegistryError), registry.store.read():
            pass
        assert not (tmp_path / "shelf" / "registry.db").exists()


def test_a_folder_of_the_users_own_stays(tmp_path: Path) -> None:
    with Api.local(tmp_path / "kept") as kept:
        kept.log_artifact("project/collection", type="dataset", files={"a": b"1"})
    assert (tmp_path / "kept" / "registry.db").exists()


def test_what_is_used_after_a_temporary_registry_was_closed_is_told_why() -> None:
    with Api.local() as api:
        made = api.log_artifact("project/collection", type="dataset", files={"a": b"1"})
    with pytest.raises(GraphQLError, match=r"a temporary one is after close\(\)"):
        made.files()[0]
