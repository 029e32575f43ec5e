"""A compact set of digests."""

from __future__ import annotations

from array import array

_SMALLEST = 1 << 10


class DistinctDigests:
    """A set of digests that keeps eight bytes of each, in a table at most half full.

    A set of the texts would take a hundred bytes for each. Two digests of a million are the same
    in these eight bytes once in ten million runs.
    """

    def __init__(self) -> None:
        self._count = 0
        self._table = array("q", bytes(8 * _SMALLEST))

    def add(self, digest: str) -> bool:
        """Take one in; whether it is new."""
        if 2 * self._count >= len(self._table):
            self._grow()
        new = self._put(hash(digest) or 1)
        self._count += new
        return new

    def _put(self, key: int) -> bool:
        table, mask = self._table, len(self._table) - 1
        slot = key & mask
        while (stored := table[slot]) and stored != key:
            slot = (slot + 1) & mask
        table[slot] = key
        return stored == 0

    def _grow(self) -> None:
        keys = self._table
        self._table = array("q", bytes(2 * 8 * len(keys)))
        for key in keys:
            if key:
                self._put(key)
