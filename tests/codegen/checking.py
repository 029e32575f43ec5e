"""Runs mypy in one folder with a cache, so that it checks only what a change affects."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from codegen.project.layout import PACKAGE

# The package without its leaves.
_CHECKED = ("_sync", "_async", "__init__.py", "_domain", "_requests")
_SETTINGS = Path(__file__).with_name("checking.ini")


@dataclass(frozen=True)
class Checker:
    """mypy for a project."""

    root: Path
    cache: Path

    def errors(self, *beside: str) -> list[str]:
        """What is wrong with the package, as ``file:line: error: words`` below the package.

        Args:
            beside: other files of the project that are checked with it.
        """
        done = subprocess.run(
            [
                *(sys.executable, "-m", "mypy", "--config-file", str(_SETTINGS), "--sqlite-cache"),
                *("--cache-dir", str(self.cache)),
                *(f"{PACKAGE}/{name}" for name in _CHECKED),
                *beside,
            ],
            cwd=self.root,
            env={**os.environ, "MYPYPATH": "", "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stdout + done.stderr
        found = [line for line in done.stdout.splitlines() if ": error: " in line]
        assert bool(found) == bool(done.returncode), done.stdout + done.stderr
        return [line.removeprefix(f"{PACKAGE}/") for line in found]


def without_lines(errors: list[str]) -> list[str]:
    """Errors without the numbers of their lines, sorted."""
    return sorted(re.sub(r":\d+: error: ", ": ", error) for error in errors)
