"""A separate environment for each side, so that packages of others cost no time.

httpx imports rich if it is installed, pydantic looks for plugins in every distribution, and a type
checker reads all modules that a package imports.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_PINS = _ROOT / "requirements" / "dev.txt"
_FOLDER = _ROOT / ".venv" / "benchmarks"


@cache
def interpreter(side: str) -> str:
    """The Python of a side's environment, which is created on first use."""
    name = side if side in _requirements() else "ours"
    wanted = _requirements()[name]
    told = hashlib.sha256(("\n".join(wanted) + _PINS.read_text("utf-8")).encode()).hexdigest()
    folder = _FOLDER / f"{name}-{told[:12]}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        sys.stderr.write(f"an environment for {side} …\n")
        _call(sys.executable, "-m", "venv", "--clear", str(folder))
        pins = ("--constraint", str(_PINS))
        _call(str(python), "-m", "pip", "install", "-qq", *pins, *wanted)
        _call(str(python), "-m", "compileall", "-qq", str(folder / "lib"))
        (folder / "ready").touch()
    if name == "ours":
        # As installed: a type checker reads a package of the environment without the bodies of its
        # functions, and one of a checkout with them.
        [site] = folder.glob("lib/python*/site-packages")
        (site / "typed_artifacts.pth").write_text(f"{_ROOT / 'src'}\n", encoding="utf-8")
    return str(python)


def _requirements() -> dict[str, list[str]]:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))
    runtime: list[str] = project["project"]["dependencies"]
    # mypy for one row; nothing imports it in the others.
    return {
        "ours": [*runtime, "mypy"],
        "official": ["wandb==0.31.0", "mypy"],
        "drawing": ["pygal>=3.1,<4"],
    }


def _call(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1} or (done.returncode == 1 and "compileall" not in command):
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
