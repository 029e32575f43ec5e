"""Rows about the async client, compared with async httpx and with the sync client."""

from __future__ import annotations

from .sides import Server, rounds, run
from .table_row import Row

_SIDES = {"ours": "ours_async", "floor": "floor_async", "blocking": "ours"}
_AT_ONCE, _LATENCY = 64, 0.05


def versions(server: Server, path: str, *, count: int, per_page: int, times: int) -> Row:
    """A whole listing in one task."""
    options = {"path": path, "per_page": str(per_page), "count": str(count)}
    for module in _SIDES.values():
        run(server, module, "versions", options)
    found = rounds(times, [*_SIDES], lambda side, _: run(server, _SIDES[side], "versions", options))
    row = Row(f"{count:,} versions, {per_page:,} a page, async", found)
    row.at_most("CPU of the floor's", row.ratio("cpu", "ours", "floor"), 1.4)
    row.at_most("CPU of the blocking flavour's", row.ratio("cpu", "ours", "blocking"), 1.5)
    return row


def listings(server: Server, path: str) -> Row:
    """Many whole listings at once, from a distant server."""
    options = {"path": path, "at_once": str(_AT_ONCE), "latency": str(_LATENCY)}
    sides = {"ours": "ours_async", "floor": "floor_async"}
    found = rounds(3, [*sides], lambda side, _: run(server, sides[side], "listings", options))
    row = Row(f"{_AT_ONCE} listings of 50 at once, 50 ms away, async", found)
    ours = row.sides["ours"]
    row.at_most("wall of the slowest alone", ours["wall"] / max(ours["alone"], 1e-9), 1.1)
    row.at_most("wall of the floor's", row.ratio("wall", "ours", "floor"), 1.3)
    return row


def download(server: Server, path: str, *, count: int, size: str, times: int) -> Row:
    """A download, verified."""
    options = {"path": path, "count": str(count)}
    sides = {"ours": "ours_async", "blocking": "ours"}
    for module in sides.values():
        run(server, module, "download", options)
    found = rounds(times, [*sides], lambda side, _: run(server, sides[side], "download", options))
    row = Row(f"download of {count:,} x {size}, verified, async", found)
    row.at_most("wall of the blocking flavour's", row.ratio("wall", "ours", "blocking"), 1.1)
    return row
