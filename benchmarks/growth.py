"""Rows about many files: the time for a file among 1,000, and among 100,000.

    python -m benchmarks.growth --most 100000 --draw docs/pictures/growth.svg

measures only these rows, and draws the results.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

from . import drawing
from .environments import interpreter
from .sides import Figures, Server, run
from .table_row import Row
from .upload_rows import own_server, source_folder, space
from .world import PROJECT

FIRST = 1_000
_TASKS = ("log", "files", "download", "verify", "diff")
_OFFICIAL = ("log", "files", "download", "verify")
_WORDS = {
    "log": "log_artifact of",
    "files": "files() of",
    "download": "download, verified, of",
    "verify": "verify of",
    "diff": "diff with an edited copy of",
}


def growth(most: int, *, faster: float = 3, alone: bool = False) -> list[Row]:
    """A row for each task at the largest size, compared with the smallest and with wandb.

    Args:
        most: the largest number of files.
        faster: how many times as fast as wandb it should be.
        alone: leave wandb out, which takes twice as long.
    """
    sizes = [size for size in (FIRST, 10_000, 100_000, 1_000_000) if size < most] + [most]
    found = {size: measured(size, official=size == most and not alone) for size in sizes}
    rows: list[Row] = []
    for task in _TASKS:
        sides = {side: tasks[task] for side, tasks in found[most].items() if task in tasks}
        row = Row.once(f"{_WORDS[task]} {most:,} x 1 KiB", sides)
        first, last = found[FIRST]["ours"][task], found[most]["ours"][task]
        row.growth = {str(size): found[size]["ours"][task]["wall"] / size for size in sizes}
        times = (last["wall"] / most) / max(first["wall"] / FIRST, 1e-9)
        row.at_most(f"time a file, of that among {FIRST:,}", times, 1.2)
        row.at_most("memory over idle", last["grown"], 150, " MiB")
        if task in _OFFICIAL and not alone:
            row.at_least("faster than wandb", row.ratio("wall", "official"), faster)
        rows.append(row)
    return rows


def measured(count: int, *, official: bool) -> dict[str, dict[str, Figures]]:
    """Side → the figures of each task on that number of files, each in a new process."""
    found: dict[str, dict[str, Figures]] = {}
    for side in ("ours", "official") if official else ("ours",):
        with space(3 * count * 4096) as root, own_server(root, {"a": "a"}) as server:
            source = source_folder(root, count)
            found[side] = _on_one_server(server, side, root, source, count)
    return found


def _on_one_server(
    server: Server, side: str, root: Path, source: Path, count: int
) -> dict[str, Figures]:
    path, kept = f"{PROJECT}/logged", root / "kept"
    options = {"path": path, "folder": str(source), "count": str(count), "live": "yes"}
    read = {**options, "path": f"{path}:latest", "per_page": "1000", "into": str(kept)}
    done = {"log": run(server, side, "log", options)}
    for task in ("files", "download", "verify", "diff"):
        if side == "ours" or task in _OFFICIAL:
            done[task] = run(server, side, task, read)
    return done


def main() -> None:
    """Measure, print the rows as JSON, and optionally draw them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000)
    parser.add_argument("--alone", action="store_true", help="without the official client")
    parser.add_argument("--draw", type=Path, help="write the drawing to this file")
    given = parser.parse_args()
    rows = growth(given.most, alone=given.alone)
    for row in rows:
        goals = ", ".join(f"{goal.words}: {goal.figure:.2f}{goal.unit}" for goal in row.goals)
        print(f"{row.work}: {json.dumps(row.growth)}; {goals}", flush=True)
    if given.draw:
        draw(rows, given.draw)


def draw(rows: list[Row], path: Path) -> None:
    """Milliseconds a file by the number of files, as SVG, in an environment that can draw."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "growth.json"
        found = {row.work.partition(" of ")[0]: row.growth for row in rows if row.growth}
        figures.write_text(json.dumps(found), encoding="utf-8")
        command = [interpreter("drawing"), drawing.__file__, str(figures), str(path.resolve())]
        subprocess.run(command, check=True, env={"PATH": os.environ["PATH"]})


if __name__ == "__main__":
    main()
