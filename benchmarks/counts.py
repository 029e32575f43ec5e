"""Compares counts of a short run with those in the repository, without measuring time.

    python -m benchmarks --counts            compares, and fails if one grew by over a tenth
    python -m benchmarks --counts --write    writes them again

The numbers of functions and modules depend on the version of Python, so they are compared only on
the version on which they were counted.
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from pathlib import Path

from typed_artifacts.local import Registry

from .rows import PIPELINES
from .sides import Figures, Server, cpu_of, run
from .world import (
    ALIASED,
    INVENTORY,
    INVENTORY_COLLECTIONS,
    INVENTORY_VERSIONS,
    PROJECT,
    SMALL_FILES,
    VERSIONS,
    build,
    scaled,
    write_small_files,
)

_FILE = Path(__file__).with_suffix(".json")
_SCALE = 0.1
_MANY = str(scaled(VERSIONS, _SCALE))
# More than this of what stands in the file is a loss.
_LOSS = 1.1
# Counts so small that one more is no tenth.
_SLACK = 2.0
_ON_ANY_PYTHON = frozenset({"requests", "KiB written"})

_ROWS: dict[str, tuple[str, dict[str, str]]] = {
    "start to the first page": ("start", {"path": f"{PROJECT}/many"}),
    "versions, 50 a page": (
        "versions",
        {"path": f"{PROJECT}/many", "per_page": "50", "count": _MANY},
    ),
    "versions, 1,000 a page": (
        "versions",
        {"path": f"{PROJECT}/many", "per_page": "1000", "count": _MANY},
    ),
    "files, 50 a page": (
        "files",
        {"path": f"{PROJECT}/files:latest", "per_page": "50", "count": _MANY},
    ),
    "save of a collection": ("save", {"path": f"{PROJECT}/saved-0", "changed": "yes"}),
    "save, nothing changed": ("save", {"path": f"{PROJECT}/saved-2", "changed": "no"}),
    "aliases of 200 collections": ("aliases", {"path": ALIASED}),
    "inventory of 100 collections": (
        "inventory",
        {"path": INVENTORY, "count": str(INVENTORY_COLLECTIONS * INVENTORY_VERSIONS)},
    ),
    "download of 1,000 files": (
        "download",
        {"path": f"{PROJECT}/small:latest", "count": str(SMALL_FILES), "max_workers": "2"},
    ),
    "log_artifact of 1,000 files": (
        "log",
        {"path": f"{PROJECT}/logged", "count": str(SMALL_FILES), "max_workers": "2"},
    ),
}


def compare(*, write: bool) -> int:
    """Print each count and the recorded one. Returns 1 if a count grew too much."""
    found = _counted()
    python = ".".join(platform.python_version_tuple()[:2])
    if write:
        text = json.dumps({"python": python, "rows": found}, indent=1)
        _FILE.write_text(f"{text}\n", encoding="utf-8")
        return 0
    before = json.loads(_FILE.read_text(encoding="utf-8"))
    lost = 0
    for row, counts in found.items():
        for name, figure in counts.items():
            if name not in _ON_ANY_PYTHON and before["python"] != python:
                continue
            was = before["rows"].get(row, {}).get(name)
            worse = was is None or is_loss(was, figure)
            lost += worse
            print(f"{row:30} {name:14} {was or 0:12,.0f} {figure:12,.0f}{'  LOST' * worse}")
    if lost:
        print(
            f"{lost} counts are over those of {_FILE.name} by more than a tenth. If that is meant, "
            "write them anew: make counts ARGS=--write.",
            file=sys.stderr,
        )
    return 1 if lost else 0


def is_loss(before: float, now: float) -> bool:
    """Whether a count grew by over a tenth."""
    return now > max(before * _LOSS, before + _SLACK)


def _counted() -> dict[str, Figures]:
    with tempfile.TemporaryDirectory(prefix="bench-counts-") as folder:
        with Registry(folder) as registry:
            build(registry, scale=_SCALE)
        with Server(Path(folder)) as server, tempfile.TemporaryDirectory() as files:
            write_small_files(Path(files), seed=1)
            found = {
                row: _row(server, task, {**options, "folder": files})
                for row, (task, options) in _ROWS.items()
            }
    return {**found, "mypy of ten lines": {"modules": _modules_read_by_mypy()}}


def _row(server: Server, task: str, options: dict[str, str]) -> Figures:
    options = {**options, "live": "yes" if task in {"save", "log"} else "no"}
    figures = run(server, "ours", task, options, counting=True)
    return {name: figures[name] for name in figures if name not in {"written", "wall"}}


def _modules_read_by_mypy() -> float:
    """The number of modules that mypy reads for a program of ten lines."""
    with tempfile.TemporaryDirectory(prefix="bench-mypy-") as temporary:
        folder = Path(temporary)
        (folder / "pipeline.py").write_text(PIPELINES["ours"], encoding="utf-8")
        stats = ("--timing-stats", "read")
        cpu_of("ours", "-m", "mypy", "--strict", *stats, "pipeline.py", folder=folder)
        return float(len((folder / "read").read_text(encoding="utf-8").splitlines()))
