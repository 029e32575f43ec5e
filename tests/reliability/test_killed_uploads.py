"""An upload in parts that is killed at any moment: nothing of it is seen, and it can go on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.served import KEY, served

PATH = "local/load/large"
PART, PARTS = 200_000, 12
_LOG = """
import os, signal, sys
from typed_artifacts import Api
from typed_artifacts.events import Advanced

url, key, path, folder, dies_at = sys.argv[1:]
sent, puts = 0, []

def die(event):
    global sent
    sent += event.count if isinstance(event, Advanced) else 0
    if sent > int(dies_at):
        os.kill(os.getpid(), signal.SIGKILL)

with Api(base_url=url, api_key=key, entity="local", on_request=puts.append) as api:
    made = api.log_artifact(path, type="model", files=folder, progress=die, max_workers=2)
print(made.version, sum(event.operation == "upload" for event in puts))
"""


def _log(url: str, folder: Path, dies_at: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _LOG, url, KEY, PATH, str(folder), str(dies_at)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.soak)])
@pytest.mark.timeout(600)
def test_a_killed_upload_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    monkeypatch.setenv("_TYPED_ARTIFACTS_PARTS", f"{2 * PART},{PART}")
    chance = random.Random(kills)  # noqa: S311 -- bytes and moments
    content = chance.randbytes(PART * PARTS - 7)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "model.bin").write_bytes(content)
    with served(tmp_path / "registry") as server, server.api() as api:
        for turn in range(kills):
            # At first in the middle; the parts that are there count as sent.
            dies_at = len(content) // 2 if turn == 0 else chance.randrange(len(content))
            killed = _log(server.url, tmp_path / "source", dies_at)
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            assert not api.artifact_exists(PATH)
        done = _log(server.url, tmp_path / "source", 10**9)
        assert done.returncode == 0, done.stderr
        version, puts = done.stdout.split()
        assert version == "v0"
        assert 1 <= int(puts) <= PARTS // 2 + 4  # of the parts, and of the manifest
        found = api.artifact(PATH)
        found.download(tmp_path / "back")
        assert found.verify(tmp_path / "back").ok
    assert (tmp_path / "back" / "model.bin").read_bytes() == content
