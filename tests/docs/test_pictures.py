"""The pictures of the command line: recorded again, they are the same."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

import pytest

RECORD = Path(__file__).parents[2] / "docs" / "_build" / "record.py"
BUILT = (
    "Built demo/code-search in a temporary folder: 231 versions, 180 runs, 10,800 files, 179 MB, in"
)


@pytest.mark.parametrize("took", ["1.2 s.", "13.4 s.", "13.4 \ns.", "\n104.0 s."])
def test_the_time_that_it_took_is_not_in_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, took: str
) -> None:
    record = runpy.run_path(str(RECORD))["record"]

    def svg(seconds: str) -> str:
        printed = f"{BUILT} {seconds}\n\n1. Artifact types\n"

        def run(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess([], 0, printed, "")

        monkeypatch.setattr(subprocess, "run", run)
        return str(record("A tour", [["demo"]], None, tmp_path))

    assert svg(took) == svg("9.9 s.")
    assert "1.&#160;Artifact&#160;types" in svg(took)
