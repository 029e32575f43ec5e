"""Measures wall time, CPU and memory with child processes, from /proc (Linux only)."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import counting, profiling

# Set for a run that counts in place of measuring.
COUNTS = "BENCHMARK_COUNTS"
# Set for a run under the profiler.
PROFILE = "BENCHMARK_PROFILE"
_TICK = os.sysconf("SC_CLK_TCK")
_MIB = 1024.0


def measure(work: Callable[[], object]) -> dict[str, float]:
    """Run the work once and return its figures."""
    if COUNTS in os.environ:
        return counting.count(work)
    if PROFILE in os.environ:
        return profiling.profile(work)
    _forget_peak()
    idle = _memory("VmRSS")
    cpu, began = _cpu(), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    return {
        "wall": wall,
        "cpu": _cpu() - cpu,
        "peak": _memory("VmHWM"),
        "grown": _memory("VmHWM") - idle,
    }


def since_start() -> dict[str, float]:
    """The figures of this process since its start."""
    if COUNTS in os.environ:
        return counting.modules()
    return {
        "ended": time.time(),
        "cpu": _cpu(),
        "peak": _memory("VmHWM"),
        "children": float(len(_children())),
    }


def tell(result: dict[str, float]) -> None:
    """Print the figures as the last line, for the process that started this one."""
    sys.stdout.write(f"\n{json.dumps(result)}\n")
    sys.stdout.flush()


def check(condition: bool, failure: str) -> None:
    """Exit with an error if a side did not do all its work."""
    if not condition:
        raise SystemExit(f"the benchmark went wrong: {failure}")


def _cpu() -> float:
    return time.process_time() + sum(_cpu_of(pid) for pid in _children())


def _cpu_of(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK if fields else 0.0


def _children() -> list[int]:
    """The ids of all child processes, nested ones too."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found: list[int] = []
    wanted = {os.getpid()}
    while wanted := {pid for pid, parent in parents.items() if parent in wanted}:
        found += wanted
    return found


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _memory(field: str) -> float:
    """MiB of this process and its children."""
    return sum(_memory_of(pid, field) for pid in [os.getpid(), *_children()])


def _memory_of(pid: int, field: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / _MIB for line in lines if line.startswith(field)), 0.0)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
