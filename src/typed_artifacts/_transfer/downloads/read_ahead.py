"""Decides how many bytes of a remote file to request at once. Pure.

A file is mostly read from its start to its end: one request without an end does that. Who jumps
about in it (the directory of a ZIP file, the columns of a Parquet file) gets a range that is a
little larger than what was wanted, and a larger one each time the next read goes on where the last
range ended, until there is no end to it either.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, final

SMALL: Final = 1 << 20
"""Bytes of a file that is fetched whole, wherever it is read first."""
LARGEST_BLOCK: Final = 4 << 20
"""Bytes of the longest range that is kept in memory; what is longer is streamed."""
SHORT_SKIP: Final = 256 << 10
"""Bytes that are sooner read and dropped than jumped over with another request."""

_FIRST: Final = 512 << 10
_GROWTH: Final = 4
_ALIGNED: Final = 64 << 10
_BLOCKS: Final = 8


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a file.

    Attributes:
        start: the position of its first byte.
        stop: the position after its last byte; ``None`` for the file's end.
        is_block: whether it is read at once, and kept in memory.
    """

    start: int
    stop: int | None
    is_block: bool = False


@final
class ReadAhead:
    """Decides what to ask for; for one file.

    Args:
        size: the file's bytes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._end = 0
        self._window = 0

    def span(self, position: int, wanted: int) -> Span:
        """What to ask for where a read begins that nothing at hand can serve.

        Args:
            position: where it begins, before the file's end.
            wanted: how many bytes it would take.
        """
        if self._size <= SMALL:
            return Span(0, None, is_block=True)
        goes_on, self._window = position == self._end, self._window * _GROWTH
        if not goes_on:
            self._window = _FIRST
        if position == 0 or self._window > LARGEST_BLOCK:
            self._end = self._size
            return Span(position, None)
        start = position - position % _ALIGNED
        stop = max(position + wanted, start + self._window)
        self._end = self._size if stop > self._size - _ALIGNED else stop
        if self._end - start > LARGEST_BLOCK:
            return Span(position, self._end)
        return Span(start, self._end, is_block=True)


@final
class Blocks:
    """The ranges that were read last, in memory."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[int, bytearray] = OrderedDict()

    def keep(self, start: int, data: bytearray) -> None:
        """Keep a range, and forget the one that was used longest ago."""
        self._blocks[start] = data
        self._blocks.move_to_end(start)
        if len(self._blocks) > _BLOCKS:
            self._blocks.popitem(last=False)

    def copy(self, position: int, view: memoryview) -> int:
        """Copy the bytes in memory from a position on; returns their number, 0 without any."""
        for start, data in self._blocks.items():
            offset = position - start
            if 0 <= offset < len(data):
                self._blocks.move_to_end(start)
                count = min(len(view), len(data) - offset)
                view[:count] = memoryview(data)[offset : offset + count]
                return count
        return 0

    def clear(self) -> None:
        """Forget them all."""
        self._blocks.clear()
