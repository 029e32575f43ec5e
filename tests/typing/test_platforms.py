"""The package calls nothing that another platform's Python lacks, as far as type checkers know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_the_types_are_right_for_other_platforms(platform: str, tmp_path: Path) -> None:
    arguments = ["--platform", platform, "--cache-dir", str(tmp_path), "src/typed_artifacts"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("Success: no issues found in "), done.stdout + done.stderr
