"""A download that is killed at any moment: what has its final name is right, and it can go on."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.reliability.served import KEY, served

PATH = "local/load/files"
_DOWNLOAD = """
import sys
from typed_artifacts import Api
with Api(base_url=sys.argv[1], api_key=sys.argv[2], entity="local") as api:
    found = api.artifact(sys.argv[3])
    print("begins", flush=True)
    for _ in range(int(sys.argv[5])):
        found.download(sys.argv[4], max_workers=4)
"""


def _contents() -> dict[str, bytes]:
    chance = random.Random(7)  # noqa: S311 -- bytes, the same in each run
    small = {f"small/{n}.bin": chance.randbytes(1000 * n) for n in range(60)}
    return {**small, "large.bin": chance.randbytes(20_000_000)}


def _wrong(root: Path, right: dict[str, str]) -> list[str]:
    """Files with a final name and other bytes; parts in progress have other names."""
    return [
        name
        for name, digest in right.items()
        if (root / name).is_file()
        and hashlib.sha256((root / name).read_bytes()).hexdigest() != digest
    ]


def _await_folder(root: Path) -> None:
    """Wait until the first download has begun to write."""
    ends = time.monotonic() + 30
    while not root.is_dir() and time.monotonic() < ends:
        time.sleep(0.002)
    assert root.is_dir()


@pytest.mark.long
@pytest.mark.parametrize("kills", [1, pytest.param(100, marks=pytest.mark.soak)])
@pytest.mark.timeout(1200)
def test_a_killed_download(tmp_path: Path, kills: int) -> None:
    chance, contents = random.Random(kills), _contents()  # noqa: S311 -- moments
    right = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    root = tmp_path / "root"
    with served(tmp_path / "registry") as server, server.api() as api:
        api.log_artifact(PATH, type="dataset", files=contents)
        command = [sys.executable, "-c", _DOWNLOAD, server.url, KEY, f"{PATH}:v0", str(root)]
        for turn in range(kills):
            if turn % 5 == 0 and root.is_dir():  # from the beginning again, now and then
                for name in right:
                    (root / name).unlink(missing_ok=True)
            with subprocess.Popen([*command, "1000"], stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                assert process.stdout.readline() == b"begins\n"
                _await_folder(root)
                time.sleep(chance.random() * 0.15)
                os.kill(process.pid, signal.SIGKILL)
            assert _wrong(root, right) == []
        subprocess.run([*command, "1"], check=True, stdout=subprocess.DEVNULL)
        found = api.artifact(f"{PATH}:v0")
        found.verify(root)
    assert _wrong(root, right) == []
    assert all((root / name).is_file() for name in right)
