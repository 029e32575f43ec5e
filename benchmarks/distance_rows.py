"""Rows about distant servers: every reply is delayed, for all sides alike."""

from __future__ import annotations

from .sides import Server, rounds, run
from .table_row import Row

_BOTH = ["ours", "official"]


def download(
    server: Server, path: str, *, count: int, size: str, milliseconds: int, faster: float
) -> Row:
    """A download with the defaults of each side."""
    options = {"path": path, "count": str(count), "latency": str(milliseconds / 1000)}
    for side in _BOTH:
        run(server, side, "download", {**options, "latency": "0"})
    found = rounds(2, _BOTH, lambda side, _: run(server, side, "download", options))
    row = Row(f"download of {count:,} x {size}, verified, {milliseconds} ms away", found)
    row.at_least("faster than wandb", row.ratio("wall", "official"), faster)
    return row
