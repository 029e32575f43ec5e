"""Runs a task of one side in a new process, with its own home and environment."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from . import control
from .environments import interpreter
from .measure import COUNTS, PROFILE
from .world import KEY

Figures: TypeAlias = dict[str, float]
Rounds: TypeAlias = dict[str, list[Figures]]
_ROOT = Path(__file__).resolve().parent.parent


class Server:
    """The replay server, in a new process."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.replay", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        self.base_url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        os.environ["WANDB_BASE_URL"] = self.base_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self._process.stdin.close()
        self._process.wait(timeout=30)


def run(
    server: Server,
    side: str,
    task: str,
    options: dict[str, str],
    *,
    counting: bool = False,
    profiling: bool = False,
) -> Figures:
    """Run a task once. Returns its figures, with the number of requests."""
    control.forget(options.get("latency", "0"), live=options.get("live") == "yes")
    how = ({COUNTS: "1"} if counting else {}) | ({PROFILE: "1"} if profiling else {})
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        began = time.time()
        command = [interpreter(side), "-m", f"benchmarks.{side}", task, json.dumps(options)]
        done = subprocess.run(
            command,
            env=environment(server.base_url, KEY, Path(home)) | how,
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=7200,
        )
        if done.returncode:
            raise SystemExit(f"{side} {task} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
        if profiling:
            return figures
        # What it left in its home and its folders, besides what the benchmark itself made.
        figures["written"] = float(sum(1 for path in Path(home).rglob("*") if path.is_file()))
    if "ended" in figures:
        figures["wall"] = figures.pop("ended") - began
    figures["requests"] = float(sum(control.forget(live=False).values()))
    return figures


def environment(base_url: str, key: str, home: Path) -> dict[str, str]:
    """The environment variables of a side: a server, a key, and a home."""
    kept = ("PATH", "LANG", "LD_LIBRARY_PATH")
    folders = {name: str(home / name.lower()) for name in ("CACHE", "DATA", "CONFIG")}
    for folder in folders.values():
        Path(folder).mkdir()
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": str(_ROOT / "src"),
        **{f"WANDB_{name}_DIR": folder for name, folder in folders.items()},
        "HOME": str(home),
        "WANDB_DIR": str(home),
        "WANDB_BASE_URL": base_url,
        "WANDB_API_KEY": key,
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_SILENT": "true",
        "TMPDIR": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def rounds(count: int, sides: list[str], once: Callable[[str, int], Figures]) -> Rounds:
    """Run rounds of all sides in turns. Returns side → the figures of each round."""
    found: Rounds = {side: [] for side in sides}
    for number in range(count):
        for side in sides:
            found[side].append(once(side, number))
    return found


def cpu_of(side: str, *arguments: str, folder: Path = _ROOT) -> float:
    """The seconds of CPU of a side's interpreter with these arguments, in a folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [interpreter(side), *arguments],
        check=False,
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{arguments} failed for {side}:\n{done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
