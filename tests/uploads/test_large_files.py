"""Files of real sizes, in `make soak`: in constant memory, and from the official client, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.artifacts.bench import tree
from tests.local.processes import Served, serving
from typed_artifacts import Api

GIB = 1 << 30
MOST_MEMORY = 100 << 20
# Not getrusage(): after exec(), that still knows the memory of the process that started this one.
PEAK = """
import re
from pathlib import Path
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) << 10
"""
LOG = """
import sys
from typed_artifacts import Api
with Api(base_url=sys.argv[1], api_key=sys.argv[2]) as api:
    made = api.log_artifact("local/p/c", type="model", files=sys.argv[3])
print(made.version, made.size, peak())
"""
DOWNLOAD = """
import sys
from typed_artifacts import Api
with Api(base_url=sys.argv[1], api_key=sys.argv[2]) as api:
    found = api.artifact("local/p/c:v0")
    found.download(sys.argv[3])
    assert found.verify(sys.argv[3]).ok
print(found.version, found.size, peak())
"""
pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak"),
]


@pytest.fixture(autouse=True)
def real_sizes(small_parts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files go in parts from 2 GiB on, as everywhere."""
    del small_parts
    monkeypatch.delenv("_TYPED_ARTIFACTS_PARTS")


def sparse(path: Path, size: int) -> Path:
    """A file with a few bytes in it that takes no room to speak of."""
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(size)
        for position in range(0, size - 8, size // 50):
            file.seek(position)
            file.write(position.to_bytes(8, "big"))
    return path


def run(code: str, served: Served, folder: Path) -> tuple[str, int, int]:
    """What a client in a process of its own prints: version, size, and the memory that it took."""
    command = [sys.executable, "-c", PEAK + code, served.url, served.key, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr
    version, size, memory = done.stdout.split()
    return version, int(size), int(memory)


def finished_uploads(root: Path) -> list[int]:
    """How many parts each file had that came in parts."""
    facts = [json.loads(path.read_text()) for path in root.glob("files/uploads/*/upload.json")]
    return [len(each["parts"]) for each in facts if each["md5"]]


def test_a_file_of_six_gib_in_a_hundred_mib_of_memory(tmp_path: Path) -> None:
    size = 6 * GIB
    source = sparse(tmp_path / "source" / "model.bin", size)
    with serving(tmp_path / "registry") as served:
        version, logged, memory = run(LOG, served, source.parent)
        assert (version, logged) == ("v0", size)
        assert memory < MOST_MEMORY
        assert finished_uploads(tmp_path / "registry") == [62]
        _, _, memory = run(DOWNLOAD, served, tmp_path / "back")
        assert memory < MOST_MEMORY
    back = tmp_path / "back" / "model.bin"
    with source.open("rb") as one, back.open("rb") as other:
        while piece := one.read(1 << 24):
            assert other.read(1 << 24) == piece
        assert other.read() == b""
    back.unlink()


@pytest.mark.referee
def test_a_large_file_of_the_official_client(tmp_path: Path) -> None:
    pytest.importorskip("wandb")
    size = 2 * GIB + 1
    source = sparse(tmp_path / "source" / "model.bin", size)
    home = tmp_path / "home"
    home.mkdir()
    small = {"a.txt": b"alpha", "sub/b.bin": os.urandom(5000)}
    with serving(tmp_path / "registry", "--open") as served:
        with Api(base_url=served.url, api_key="local" * 8) as api:
            api.log_artifact("p/ours", type="data", files=small, digest="xxh128")
        environment = {name: str(home) for name in ("HOME", "WANDB_DIR", "TMPDIR")}
        environment |= {f"WANDB_{name}_DIR": str(home) for name in ("CACHE", "DATA", "CONFIG")}
        environment |= {"PATH": os.environ["PATH"], "WANDB_BASE_URL": served.url}
        environment |= {"WANDB_API_KEY": "local" * 8, "WANDB_SILENT": "true"}
        session = Path(__file__).with_name("official_large.py")
        done = subprocess.run(
            [sys.executable, str(session), str(source), str(tmp_path / "ours")],
            env=environment | {"WANDB_ERROR_REPORTING": "false"},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stdout.split() == ["v0", str(size), "MANIFEST_XXH128"]
        assert tree(tmp_path / "ours") == small
        with Api(base_url=served.url, api_key="local" * 8) as api:
            found = api.artifact("p/c:v0")
            found.download(tmp_path / "back")
            assert found.verify(tmp_path / "back").ok
    assert finished_uploads(tmp_path / "registry") == [21]
