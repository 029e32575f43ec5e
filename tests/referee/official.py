"""The official client, unmodified, as processes of their own that leave nothing behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.referee.world import USER

_REPOSITORY = Path(__file__).parents[2]
#: How long a child process of the client may take to go.
_PATIENCE = 20


def run_official(module: str, url: str, home: Path, *arguments: str) -> str:
    """Run a module of this folder with the official client; what it printed.

    Args:
        module: the module's name.
        url: the server.
        home: an empty folder that is all that the process may write to.
        arguments: command-line arguments.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"tests.referee.{module}", *arguments],
        env=_environment(url, home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{module} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    left = _left_behind(home)
    assert not left, f"the official client left processes behind: {left}"
    return done.stdout


def _environment(url: str, home: Path) -> dict[str, str]:
    folders = {name: str(home) for name in ("HOME", "WANDB_DIR", "TMPDIR")}
    folders |= {
        f"WANDB_{name}_DIR": str(home / name.lower())
        for name in ("CACHE", "DATA", "CONFIG", "ARTIFACT")
    }
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)
        + f"{os.pathsep}{_REPOSITORY}",
        "WANDB_BASE_URL": url,
        "WANDB_API_KEY": USER,
        "WANDB_SILENT": "true",
        "WANDB_ERROR_REPORTING": "false",
        **folders,
    }


def _left_behind(home: Path) -> list[str]:
    """Processes that have this home, where the system shows the environment of processes."""
    until = time.monotonic() + _PATIENCE
    while (left := processes_of(home)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def processes_of(home: Path) -> list[str]:
    """The command lines of the processes that were started with that home."""
    mark = f"HOME={home}".encode()
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it ended, or is somebody else's
    return found
