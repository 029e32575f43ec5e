"""Rows about work on many versions on a distant server.

The loop of the official client runs only over a part of the versions, because all of them would
take hours. The time per version is compared.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from .many import PROJECT, build
from .sides import Figures, Server, run
from .table_row import Row
from .upload_rows import served, space

_MANY, _COLLECTIONS, _PRUNED = 1_000_000, 200, 10_000
_OPTIONS = {"path": PROJECT, "latency": "0.02", "live": "yes"}
_FASTER = 10
# Its rows in SQLite and their share of the indexes.
_BYTES_A_VERSION = 1_000


def summaries(scale: float) -> list[Row]:
    """Holdings, usage and a plan for a project with many versions."""
    each = max(int(_MANY * scale) // _COLLECTIONS, 50)
    with _world(_COLLECTIONS, each) as server:
        return [
            _compared(server, "usage", "usage", 0.05, each),
            _compared(server, "inventory", "usage", 4, each),
            _compared(server, "plan", "plan", 1, each),
        ]


def prune(scale: float) -> Row:
    """Delete half of the versions of a few collections."""
    count = max(int(_PRUNED * scale), 1000)
    collections, each = 10, 2 * count // 10
    sides: dict[str, Figures] = {}
    # The other side's loop goes over one of the collections.
    for side, versions in (("ours", count), ("official", each // 2)):
        with _world(collections, each) as server:
            module = "ours_many" if side == "ours" else side
            wanted = {**_OPTIONS, "keep": str(each // 2), "count": str(versions)}
            sides[side] = _by_version(run(server, module, "prune", wanted), versions)
    row = Row.once(f"prune of {count:,} versions, 20 ms away, by version", sides)
    row.at_least("faster than one at a time", row.ratio("wall", "official"), _FASTER)
    return row


def _compared(server: Server, task: str, loop: str, memory: float, each: int) -> Row:
    """Compares the cost per version: ours for all, the loop for at most one collection."""
    count = _COLLECTIONS * each
    part = min(each, 2000 if loop == "usage" else 200)
    ours = run(server, "ours_many", task, {**_OPTIONS, "count": str(count)})
    theirs = run(server, "official", f"{loop}_loop", {**_OPTIONS, "count": str(part)})
    row = Row.once(
        f"{task} of {count:,} versions in {_COLLECTIONS} collections, 20 ms away, by version",
        {"ours": _by_version(ours, count), "official": _by_version(theirs, part)},
    )
    row.at_least("faster than a loop", row.ratio("wall", "official"), _FASTER)
    row.at_most("memory a version", ours["grown"] * 1024 / count, memory, " KiB")
    return row


def _by_version(figures: Figures, count: int) -> Figures:
    return {name: figures[name] / count for name in ("wall", "cpu")}


@contextmanager
def _world(collections: int, each: int) -> Generator[Server]:
    with space(_BYTES_A_VERSION * collections * each) as root:
        build(root / "registry", collections, each)
        with served(root / "registry") as server:
            yield server
