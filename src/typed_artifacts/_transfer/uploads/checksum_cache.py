"""A cache of the checksums of local files, shared by processes.

An entry holds while the file at its path has the size, the times, the inode and the device that it
had then. It is not made where the file was changed so shortly before that a further change could
leave the same time behind. Nothing depends on the cache: where it is damaged, locked for long or
cannot be written, files are hashed; so are they where it is another user's, who could say that a
file is one that the server has.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import struct
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self, final

import xxhash

from ..manifests.digests import RAW_LENGTH, DigestAlgorithm

# FAT tells the time in steps of two seconds; no other file system in use is as coarse.
_STEP: Final = 2_000_000_000
_FILE: Final = "checksums-1.db"
_BUSY_SECONDS: Final = 5.0
_AT_ONCE: Final = 1000
_MOST: Final = 1_000_000
_FACTS: Final = struct.Struct("<QQqQQ")
_BITS: Final = (1 << 64) - 1

_MAKE: Final = (
    "CREATE TABLE IF NOT EXISTS checksums (path BLOB, algorithm TEXT, facts BLOB, noted INTEGER, "
    "digest BLOB, PRIMARY KEY (path, algorithm)) WITHOUT ROWID"
)
_FIND: Final = "SELECT facts, digest FROM checksums WHERE path = ? AND algorithm = ?"
_NOTE: Final = "INSERT OR REPLACE INTO checksums VALUES (?, ?, ?, ?, ?)"
_FORGET: Final = (
    "DELETE FROM checksums WHERE noted < "
    "(SELECT noted FROM checksums ORDER BY noted DESC LIMIT 1 OFFSET ?)"
)


def is_settled(status: os.stat_result, now: int) -> bool:
    """Whether a change from now on would show in a file's times. Pure.

    Args:
        status: of the file.
        now: in nanoseconds since 1970.
    """
    return now - max(status.st_mtime_ns, status.st_ctime_ns) >= _STEP


@final
class ChecksumCache:
    """The checksums of one folder, for the threads of one log; to be closed.

    Args:
        folder: made where it does not exist, when the first file is looked up.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._lock = threading.Lock()
        self._new: list[tuple[bytes, str, bytes, int, bytes]] = []
        self._database: sqlite3.Connection | None = None
        self._is_usable = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def find(self, path: Path, status: os.stat_result, algorithm: DigestAlgorithm) -> bytes | None:
        """The raw digest of a file that looks as it did when it was hashed."""
        with self._lock:
            try:
                database = self._opened()
                if database is None:
                    return None
                row = database.execute(_FIND, (_key(path), algorithm.value)).fetchone()
            except (sqlite3.Error, OSError) as error:
                self._give_up(error)
                return None
        if row is None or row[0] != _facts(status):
            return None
        sealed: object = row[1]
        if not isinstance(sealed, bytes):
            return None
        digest = sealed[:RAW_LENGTH]
        return digest if sealed == _sealed(digest, path, status, algorithm) else None

    def note(
        self,
        path: Path,
        status: os.stat_result,
        algorithm: DigestAlgorithm,
        digest: bytes,
        began: int,
    ) -> None:
        """Keep a digest, unless the file changed too shortly before.

        Args:
            path: the file.
            status: how it looked before and after it was read.
            algorithm: how it was hashed.
            digest: the raw hash.
            began: when reading began, in nanoseconds since 1970.
        """
        if not is_settled(status, began):
            return
        with self._lock:
            sealed = _sealed(digest, path, status, algorithm)
            self._new.append((_key(path), algorithm.value, _facts(status), began, sealed))
            if len(self._new) >= _AT_ONCE:
                self._write()

    def close(self) -> None:
        """Write what is new, and let go of the file."""
        with self._lock:
            if self._new:
                self._write(last=True)
            if self._database is not None:
                self._database.close()
                self._database = None

    def _write(self, *, last: bool = False) -> None:
        rows, self._new = self._new, []
        try:
            database = self._opened()
            if database is None:
                return
            database.execute("BEGIN IMMEDIATE")
            database.executemany(_NOTE, rows)
            if last:
                database.execute(_FORGET, (_MOST,))
            database.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _opened(self) -> sqlite3.Connection | None:
        """The database, unless it has failed before."""
        if self._database is None and self._is_usable:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if not _is_ours(self._path):
                self._is_usable = False
                return None
            self._database = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._database.execute(_MAKE)
        return self._database

    def _give_up(self, error: Exception) -> None:
        """Go on without; a damaged file is removed, so that the next log has a new one."""
        self._is_usable = False
        if self._database is not None:
            self._database.close()
            self._database = None
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.OperationalError
        ):
            with suppress(OSError):
                self._path.unlink()


def _is_ours(path: Path) -> bool:
    """Whether a file is not there yet, or is a file of this user: others may say what they like."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return True
    if not stat.S_ISREG(status.st_mode):
        return False
    return sys.platform == "win32" or status.st_uid == os.getuid()


def _key(path: Path) -> bytes:
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100 -- links stay as they are


def _sealed(digest: bytes, path: Path, status: os.stat_result, algorithm: DigestAlgorithm) -> bytes:
    """A digest, and a sum over its whole row: a damaged page of the database may still be read."""
    row = (_key(path), algorithm.value.encode(), _facts(status), digest)
    return digest + xxhash.xxh64_digest(b"\0".join(row))


def _facts(status: os.stat_result) -> bytes:
    device, inode = status.st_dev & _BITS, status.st_ino & _BITS
    changed = status.st_mtime_ns & _BITS, status.st_ctime_ns & _BITS
    return _FACTS.pack(device, inode, status.st_size, *changed)
