"""mypy at one place, kept running: after a change it looks at what the change reaches, and no more."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from codegen.trial import PACKAGE

# The package without its leaves.
_CHECKED = ("_sync", "_async", "__init__.py", "_domain", "_requests")
_FLAGS = ("--strict", "--explicit-package-bases", "--hide-error-context", "--no-error-summary")


@dataclass(frozen=True)
class Checker:
    """mypy's daemon for a project; it starts with the first question."""

    root: Path

    def errors(self, *beside: str) -> list[str]:
        """What is wrong with the package, as ``file:line: error: words`` below the package.

        Args:
            beside: other files of the project that are checked with it.
        """
        names = [*(f"{PACKAGE}/{name}" for name in _CHECKED), *beside]
        done = self._ask("run", "--", *_FLAGS, *names)
        assert done.returncode in {0, 1}, done.stdout + done.stderr
        found = [line for line in done.stdout.splitlines() if ": error: " in line]
        assert bool(found) == bool(done.returncode), done.stdout + done.stderr
        return [line.removeprefix(f"{PACKAGE}/") for line in found]

    def stop(self) -> None:
        """End the daemon, if there is one."""
        if self._status.exists():
            self._ask("stop")

    @property
    def _status(self) -> Path:
        return self.root / ".dmypy.json"

    def _ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mypy.dmypy", "--status-file", str(self._status), *words],
            cwd=self.root,
            env={**os.environ, "MYPYPATH": "src", "PYTHONPATH": "", "MYPY_CACHE_DIR": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )


def without_lines(errors: list[str]) -> list[str]:
    """Errors without the numbers of their lines, sorted."""
    return sorted(re.sub(r":\d+: error: ", ": ", error) for error in errors)
