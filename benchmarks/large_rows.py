"""Rows about downloads of a few large files: near, distant, and async."""

from __future__ import annotations

import shutil

from . import async_rows, distance_rows
from .sides import rounds, run
from .table_row import Row
from .upload_rows import GIB, LARGE, large_files, logging_options, own_server, space

_ROUNDS = 2


def downloads(scale: float) -> list[Row]:
    """Download the same files with each side; the floor reads into a buffer and hashes."""
    size = int(GIB * scale)
    shown = f"{size / GIB:g} GiB"
    with space(3 * LARGE * size) as root, own_server(root, {"a": "a"}) as server:
        large_files(root / "source", size)
        options = logging_options(root, LARGE)
        run(server, "ours", "log", options)
        shutil.rmtree(root / "source")
        path = f"{options['path']}:latest"
        wanted = {"path": path, "count": str(LARGE), "verified": "yes"}
        found = rounds(
            _ROUNDS,
            ["ours", "official", "floor"],
            lambda side, _: run(server, side, "download", wanted),
        )
        row = Row(f"download of {LARGE} x {shown}, verified", found)
        row.at_least("faster than wandb", row.ratio("wall", "official"), 1.5)
        row.at_most("wall of the floor's", row.ratio("wall", "ours", "floor"), 1.3)
        row.at_most("memory over idle", row.sides["ours"]["grown"], 64, " MiB")
        away = distance_rows.download(
            server, path, count=LARGE, size=shown, milliseconds=20, faster=1.5
        )
        beside = async_rows.download(server, path, count=LARGE, size=shown, times=_ROUNDS)
        return [row, away, beside]
