"""Counts calls, imports, memory and bytes of some work: the same on every machine."""

from __future__ import annotations

import itertools
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import FrameType

_COUNTED = frozenset({"call", "c_call"})


def count(work: Callable[[], object]) -> dict[str, float]:
    """Run the work once and return its counts, including those of its threads."""
    numbers = itertools.count()

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        if event in _COUNTED:
            next(numbers)  # whole, whichever threads do it at once

    written = _bytes_written()
    tracemalloc.start()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {
        "calls": float(next(numbers)),
        "KiB of memory": round(peak / 1024),
        "KiB written": round((_bytes_written() - written) / 1024),
        **modules(),
    }


def modules() -> dict[str, float]:
    """The number of loaded modules."""
    return {"modules": float(len(sys.modules))}


def _bytes_written() -> int:
    lines = Path("/proc/self/io").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))
