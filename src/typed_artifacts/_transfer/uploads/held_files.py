"""Uploads that are not files on disk: kept in temporary files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

from ..manifests.digests import CHUNK


@dataclass(frozen=True, slots=True)
class HeldFile:
    """Bytes in a temporary file, or in memory while they are few; for one reader at a time.

    Attributes:
        file: the file.
    """

    file: SpooledTemporaryFile[bytes]

    def pieces(self, offset: int, length: int) -> Iterator[bytes]:
        """Some of its bytes."""
        self.file.seek(offset)
        while length and (piece := self.file.read(min(CHUNK, length))):
            length -= len(piece)
            yield piece
