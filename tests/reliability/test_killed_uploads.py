"""An upload that is killed at any moment: nothing of it is seen, and it can go on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.calls import contents
from tests.reliability.served import KEY, Served, served
from typed_artifacts import Artifact

PART, PARTS = 200_000, 12
_START = f"""
import os, signal, sys
from typed_artifacts import Api
from typed_artifacts.events import Advanced

url, path, folder, dies_at = sys.argv[1:]
sent = 0

def die(event):
    global sent
    sent += event.count if isinstance(event, Advanced) else 0
    if sent > int(dies_at):
        os.kill(os.getpid(), signal.SIGKILL)

def tell(event):
    if event.operation == "upload" and event.status == 200:
        # In one piece, as two threads write.
        os.write(1, f"{{event.sent}} {{event.subject}}\\n".encode())

with Api(base_url=url, api_key="{KEY}", entity="local", on_request=tell) as api:
"""
_LOG = """
    made = api.log_artifact(path, type="model", files=folder, progress=die, max_workers=2)
print("logged", made.version)
"""
_EDIT = """
    with api.artifact(path + ":latest").edit(progress=die, max_workers=2) as draft:
        draft.add_folder(folder)
        del draft["old.csv"]
        draft.metadata["epochs"] = 2
print("logged", draft.artifact.version)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("killed") / "registry") as server:
        yield server


def _killed(script: str, *arguments: object) -> list[tuple[int, str]]:
    """Run it until it kills itself; what was sent before."""
    done = _run(script, *arguments)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return _uploads(done.stdout)


def _logged(script: str, *arguments: object) -> tuple[str, list[tuple[int, str]]]:
    """Run it to its end; the version, and what was sent for it."""
    done = _run(script, *arguments, 10**9)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1], _uploads(done.stdout)


def _run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _START + script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _uploads(output: str) -> list[tuple[int, str]]:
    """How many bytes were sent, of which file, by each upload that went well."""
    lines = [line.split(" ", 1) for line in output.splitlines()]
    return [(int(count), name) for count, name in lines if count.isdigit()]


def _bytes_of(name: str, sent: list[tuple[int, str]]) -> int:
    return sum(count for count, each in sent if each == name)


def _downloaded(artifact: Artifact, root: Path) -> dict[str, bytes]:
    artifact.download(root)
    return contents(root)


@pytest.mark.long
@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.soak)])
@pytest.mark.timeout(600)
def test_a_killed_upload_goes_on(
    server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    monkeypatch.setenv("_TYPED_ARTIFACTS_PARTS", f"{2 * PART},{PART}")
    chance = random.Random(kills)  # noqa: S311 -- bytes and moments
    path = f"local/load/logged-{kills}"
    content = chance.randbytes(PART * PARTS - 7)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "model.bin").write_bytes(content)
    with server.api() as api:
        for turn in range(kills):
            # At first in the middle; the parts that are there count as sent.
            dies_at = len(content) // 2 if turn == 0 else chance.randrange(len(content))
            _killed(_LOG, server.url, path, tmp_path / "source", dies_at)
            assert not api.artifact_exists(path)
        version, sent = _logged(_LOG, server.url, path, tmp_path / "source")
        assert version == "v0"
        assert 1 <= len(sent) <= PARTS // 2 + 4  # of the parts, and of the manifest
        found = api.artifact(path)
        found.download(tmp_path / "back")
        assert found.verify(tmp_path / "back").ok
    assert (tmp_path / "back" / "model.bin").read_bytes() == content


@pytest.mark.long
@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.soak)])
@pytest.mark.timeout(600)
def test_a_killed_edit_changes_nothing_and_goes_on(
    server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    monkeypatch.setenv("_TYPED_ARTIFACTS_PARTS", f"{2 * PART},{PART}")
    chance = random.Random(kills)  # noqa: S311 -- bytes and times
    path = f"local/load/edited-{kills}"
    old = {"model.bin": b"old", "old.csv": b"1,2", "stays.bin": chance.randbytes(PART)}
    new = {"a.txt": b"small", "model.bin": chance.randbytes(PART * PARTS - 7)}
    for name, content in new.items():
        (tmp_path / "new").mkdir(exist_ok=True)
        (tmp_path / "new" / name).write_bytes(content)
    size, sent = len(new["model.bin"]), list[tuple[int, str]]()
    with server.api() as api:
        api.log_artifact(path, type="model", files=old, metadata={"epochs": 1})
        for turn in range(kills):
            dies_at = size // 2 if turn == 0 else chance.randrange(size)
            sent += _killed(_EDIT, server.url, path, tmp_path / "new", dies_at)
            assert [found.version for found in api.artifacts("model", path)] == ["v0"]
            assert not api.artifact_exists(f"{path}:v1")
            before = api.artifact(f"{path}:latest")
            assert before.metadata == {"epochs": 1}
            assert _downloaded(before, tmp_path / f"before-{turn}") == old
        version, last = _logged(_EDIT, server.url, path, tmp_path / "new")
        assert version == "v1"
        after = api.artifact(f"{path}:latest")
        assert (after.version, after.metadata) == ("v1", {"epochs": 2})
        kept = {"stays.bin": old["stays.bin"]}
        assert _downloaded(after, tmp_path / "after") == {**kept, **new}
        assert _downloaded(api.artifact(f"{path}:v0"), tmp_path / "again") == old
    assert {name for _, name in sent + last} <= {"a.txt", "model.bin", "wandb_manifest.json"}
    # What was stored before a process ended is not sent again.
    assert _bytes_of("a.txt", sent + last) <= len(b"small")
    assert _bytes_of("model.bin", last) <= size // 2 + 2 * PART
    assert _bytes_of("model.bin", sent + last) <= size
