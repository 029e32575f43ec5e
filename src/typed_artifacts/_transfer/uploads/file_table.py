"""A compact table of very many manifest entries, stored as bytes."""

from __future__ import annotations

import struct
from array import array
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, ValuesView
from pathlib import Path
from typing import Final, final

from ..._values.guards import override
from ..manifests.digests import DigestAlgorithm
from ..manifests.manifest import ManifestEntry, SortedEntries
from .local_files import Content, LocalFile, Stamp

_ROW: Final = struct.Struct("16sQQqQ")  # digest, device, inode, size, time
_EMPTY: Final = bytes(_ROW.size)


@final
class FileTable(SortedEntries):
    """Entries that are made when they are asked for; a file takes 56 bytes and its name.

    One thread adds names, in their order; any thread may fill in what they are.

    Args:
        algorithm: how the files are hashed.
    """

    def __init__(self, algorithm: DigestAlgorithm) -> None:
        # Entries without a name of an algorithm are MD5.
        self._extra = {} if algorithm is DigestAlgorithm.MD5 else {"alg": algorithm.value}
        self._names = bytearray()
        self._ends = array("Q")
        self._rows = bytearray()

    def add(self, name: str) -> int:
        """The row of a file that is still to be hashed."""
        self._names += name.encode()
        self._rows += _EMPTY
        self._ends.append(len(self._names))
        return len(self._ends) - 1

    def fill(self, row: int, digest: bytes, stamp: Stamp) -> None:
        """Say what a file is: its raw digest and its stamp, whose size is the file's."""
        first = row * _ROW.size
        self._rows[first : first + _ROW.size] = _ROW.pack(digest, *stamp)

    def stamp(self, name: str) -> Stamp:
        """The stamp of a file.

        Raises:
            KeyError: there is none of that name.
        """
        _, device, inode, size, time = self._row(self._find(name))
        return device, inode, size, time

    @override
    def __getitem__(self, name: str) -> ManifestEntry:
        return self._entry(self._find(name))

    @override
    def __iter__(self) -> Iterator[str]:
        return (self._name(row).decode() for row in range(len(self._ends)))

    @override
    def __len__(self) -> int:
        return len(self._ends)

    @override
    def values(self) -> ValuesView[ManifestEntry]:
        """Every entry, without a search for each."""
        return _Entries(self)

    def rows(self) -> Iterator[ManifestEntry]:
        """Every entry, in the order of the names."""
        return (self._entry(row) for row in range(len(self._ends)))

    def _entry(self, row: int) -> ManifestEntry:
        digest, _, _, size, _ = self._row(row)
        name = self._name(row).decode()
        return ManifestEntry(name, b64encode(digest).decode("ascii"), size, extra=self._extra)

    def _row(self, row: int) -> tuple[bytes, int, int, int, int]:
        found: tuple[bytes, int, int, int, int] = _ROW.unpack_from(self._rows, row * _ROW.size)
        return found

    def _name(self, row: int) -> bytes:
        first = self._ends[row - 1] if row else 0
        return bytes(self._names[first : self._ends[row]])

    def _find(self, name: str) -> int:
        # Names in UTF-8 are in the order of their code points.
        wanted = name.encode("utf-8", "surrogatepass")
        row = bisect_left(range(len(self._ends)), wanted, key=self._name)
        if row == len(self._ends) or self._name(row) != wanted:
            raise KeyError(name)
        return row


@final
class _Entries(ValuesView[ManifestEntry]):
    def __init__(self, table: FileTable) -> None:
        super().__init__(table)
        self._table = table

    @override
    def __iter__(self) -> Iterator[ManifestEntry]:
        return self._table.rows()


@final
class TableContents(Mapping[str, Content]):
    """Where the bytes of a table's files are.

    Args:
        table: the files.
        locate: the path of a file, or its bytes, by its name.
    """

    def __init__(self, table: FileTable, locate: Callable[[str], Path | bytes]) -> None:
        self._table = table
        self._locate = locate

    @override
    def __getitem__(self, name: str) -> Content:
        stamp = self._table.stamp(name)
        found = self._locate(name)
        return found if isinstance(found, bytes) else LocalFile(found, stamp)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    @override
    def __len__(self) -> int:
        return len(self._table)
