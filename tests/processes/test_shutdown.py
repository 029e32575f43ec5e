"""A program that is about to end: ``atexit`` functions log, list and download."""

from pathlib import Path

import pytest

from tests.artifacts.served import serving
from tests.processes.running import run_python

CODE = """
import atexit, sys
from pathlib import Path
from typed_artifacts import Api

used_before, folder = sys.argv[1] == "used", Path(sys.argv[2])
api = Api(entity="local")
files = {f"f{n}": b"x" * n for n in range(30)}
if used_before:
    api.log_artifact("demo/before", type="dataset", files=files)

def last():
    logged = api.log_artifact("demo/last", type="dataset", files=files)
    api.artifact("demo/last:latest").download(folder)
    listed = api.artifacts("dataset", "demo/last", per_page=1, prefetch=True)
    print(logged.name, len(list(folder.iterdir())), [each.name for each in listed], flush=True)

atexit.register(last)
"""


@pytest.mark.parametrize("used", ["used", "unused"])
def test_an_atexit_function_logs_lists_and_downloads(tmp_path: Path, used: str) -> None:
    with serving(tmp_path / "registry") as served:
        said = run_python(
            CODE,
            tmp_path,
            used,
            str(tmp_path / "out"),
            WANDB_BASE_URL=served.url,
            WANDB_API_KEY=served.key,
        )
    assert said == "last:v0 30 ['last:v0']\n"
