"""``python -m benchmarks`` (``make bench``): runs every row, and prints the table."""

from __future__ import annotations

import argparse
import compileall
import datetime
import json
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from typed_artifacts.local import Registry

from .counts import compare
from .growth import growth
from .large_rows import downloads
from .many_rows import summaries
from .rows import Bench
from .sides import Server
from .table_row import Row
from .world import build, scaled

# Bytes for the registry with its large files, and one download of them.
_NEEDED_BYTES = 4 << 30
# Each of them makes several rows of the table.
_SEVERAL = ("growth", "large", "summaries")
_MOST = 100_000
_SHOWN = {"ours": "ours", "official": "wandb", "floor": "floor"}


def main() -> int:
    """Run the selected rows. Returns 1 with ``--strict`` if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", help="only these rows")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, one round")
    parser.add_argument("--strict", action="store_true", help="fail where a goal is missed")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where files go; a RAM disk without it")
    parser.add_argument("--counts", action="store_true", help="compare counts, measure nothing")
    parser.add_argument("--write", action="store_true", help="with --counts: write them anew")
    asked = parser.parse_args()
    if asked.counts:
        return compare(write=asked.write)
    for folder in ("src", "benchmarks"):
        compileall.compile_dir(Path(__file__).parent.parent / folder, quiet=2)
    scale, count = (0.1, 1) if asked.quick else (1.0, asked.rounds)
    tempfile.tempdir = str(asked.folder or _ram_disk() or tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix="bench-world-") as folder:
        with Registry(folder) as registry:
            build(registry, scale=scale)
        with Server(Path(folder)) as server:
            rows = _run(Bench(server, scale=scale, count=count), asked.rows)
    print(f"\n{_about()}\n\n{table(rows)}")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    missed = [goal.words for row in rows for goal in row.goals if not goal.met]
    print(f"\n{len(missed)} of {sum(len(row.goals) for row in rows)} goals missed.")
    return 1 if missed and asked.strict else 0


def _ram_disk() -> Path | None:
    """A folder in memory, if there is one: a disk's speed depends on earlier work.

    Creating a file on ext4 took 0.03 ms, or 0.9 ms if many files had been removed in the minutes
    before, so that one side slowed down the next.
    """
    folder = Path("/dev/shm")  # noqa: S108 - folders of our own are made in it
    free = shutil.disk_usage(folder).free if os.access(folder, os.W_OK) else 0
    return folder if free >= _NEEDED_BYTES else None


def _run(bench: Bench, names: list[str]) -> list[Row]:
    known = bench.rows()
    unknown = [name for name in names if name not in {*known, *_SEVERAL}]
    if unknown:
        sys.exit(f"there is no row {unknown[0]!r}; there are {', '.join([*known, *_SEVERAL])}")
    rows = [known[name]() for name in names or known if name in known]
    if not names or "summaries" in names:
        rows += summaries(bench.scale)
    if not names or "large" in names:
        rows += downloads(bench.scale)
    if not names or "growth" in names:
        rows += growth(scaled(_MOST, bench.scale))
    return rows


def _about() -> str:
    today = datetime.datetime.now(tz=datetime.UTC).date()
    names = ("wandb", "httpx", "pydantic", "xxhash")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"{today}, {machine}, Python {platform.python_version()}, {versions}"


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| work | ours | wandb | floor | goal | figure | |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        cells = [_cell(row.sides.get(side)) for side in _SHOWN]
        first, *others = row.goals
        for goal, lead in ((first, [row.work, *cells]), *((goal, [""] * 4) for goal in others)):
            verdict = "met" if goal.met else "**missed**"
            shown = f"{goal.figure:.2f}{goal.unit}".replace(".00 ", " ")
            lines.append(f"| {' | '.join([*lead, goal.words, shown, verdict])} |")
    return "\n".join(lines)


def _cell(figures: dict[str, float] | None) -> str:
    if figures is None:
        return ""
    if "MiB" in figures:
        return f"{figures['MiB']:.1f} MiB"
    shown = [_seconds(figures[name], name) for name in ("wall", "cpu") if name in figures]
    if "grown" in figures:
        shown.append(f"+{figures['grown']:.0f} MiB")
    if "requests" in figures:
        shown.append(f"{figures['requests']:.0f} req")
    return ", ".join(shown)


def _seconds(value: float, name: str) -> str:
    words = "" if name == "wall" else " CPU"
    if value >= 1:
        return f"{value:.2f} s{words}"
    return f"{value * 1000:.0f} ms{words}" if value >= 0.01 else f"{value * 1e6:,.0f} µs{words}"


if __name__ == "__main__":
    sys.exit(main())
