"""The SQLite database of a folder, and its write lock."""

import os
import secrets
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from typing_extensions import override

from ..._environment.registry_folder import DATABASE
from ..errors import RegistryStorageError, forked_inside
from ..folder_permissions import write_private
from . import sqlite
from .database import Database, JsonAccess
from .sqlite_json import JSON
from .sqlite_opening import is_current, open_database
from .transactions import Transactions, changing

_SECRET = "url-secret"  # noqa: S105 - the name of a file
_SECRET_BYTES = 32


class SqliteDatabase(Database):
    """Reads run side by side; writes one after the other, in all processes."""

    json: JsonAccess = JSON
    is_shared = False
    numbers_versions = False

    def __init__(self, root: Path, *, durable: bool) -> None:
        self._root = root
        self._path = root / DATABASE
        self.shown: str = str(root)
        with Transactions(root).one():
            self.engine: sa.Engine = open_database(root, durable=durable)
        self._file = self._found()
        self._writer: sa.Connection | None = None
        self._lock = threading.RLock()
        self._transactions = Transactions(self._file)
        self._is_lost = self._transactions.were_running()

    @override
    def after_fork(self) -> None:
        self._lock = threading.RLock()
        self._is_lost = self._is_lost or self._transactions.were_running()
        if self._is_lost:
            if self._writer is not None:
                sqlite.never_close(self._writer)
            return
        # SQLite would count the parent's connections among those of this process, and its locks
        # too, which the system does not: others would take the log away that is written here.
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self.engine.dispose()

    @override
    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        self._refuse_lost()
        with self._transactions.one(), self.engine.connect() as connection, connection.begin():
            yield connection

    @override
    @contextmanager
    def writing(self, *, alone: bool) -> Generator[sa.Connection]:
        self._refuse_lost()
        change = changing(self._file, self.shown)
        with change, self._transactions.one(), self._lock, ExitStack() as stack:
            connection = self._opened_writer()
            stack.enter_context(connection.begin())
            if self._found() != self._file:
                raise RegistryStorageError(
                    f"The registry in {self.shown} changes nothing: its registry.db was "
                    "removed, moved or replaced while it was open."
                )
            try:
                yield connection
            finally:
                if self._is_lost:  # in a child, which leaves the parent's transaction to it
                    stack.pop_all()

    def _refuse_lost(self) -> None:
        if self._is_lost:
            raise forked_inside(self.shown)

    def _found(self) -> tuple[int, int] | None:
        """Which file the database is now: what is written to another is lost."""
        with suppress(OSError):
            found = os.stat(self._path)  # noqa: PTH116 - for speed
            return found.st_dev, found.st_ino
        return None

    def _opened_writer(self) -> sa.Connection:
        """The one connection that writes, kept: to take it from a pool costs as much as a row."""
        if self._writer is None or self._writer.invalidated:
            self._writer = self.engine.execution_options(writing=True).connect()
        return self._writer

    @override
    def is_current(self) -> bool:
        with self._transactions.one():
            return is_current(self._path)

    @override
    def secret(self) -> bytes:
        """Made once, readable by its owner only."""
        secret = self._known_secret()
        if secret is None:
            with self.writing(alone=True):  # of several processes that start, only one creates it
                secret = self._known_secret()
                if secret is None:
                    secret = secrets.token_bytes(_SECRET_BYTES)
                    write_private(self._root / _SECRET, secret)
        return secret

    def _known_secret(self) -> bytes | None:
        """None also where a process was killed, or the power went, before it was written."""
        with suppress(FileNotFoundError):
            found = (self._root / _SECRET).read_bytes()
            if len(found) >= _SECRET_BYTES:
                return found
        return None

    @override
    def size(self) -> int:
        files = [self._root / f"{DATABASE}{ending}" for ending in ("", "-wal", "-shm")]
        return sum(path.stat().st_size for path in files if path.exists())

    @override
    def copy_to(self, target: Path) -> None:
        with self._transactions.one():
            sqlite.copy_database(self._path, target)

    @override
    def problems_of(self, connection: sa.Connection) -> Iterator[str]:
        return sqlite.problems_of(connection)

    @override
    def lost_rows(self, connection: sa.Connection) -> Iterator[str]:
        return sqlite.lost_rows(connection)

    @override
    def limit_time(self, connection: sa.Connection, deadline: float | None) -> None:
        sqlite.limit_time(connection, deadline)

    @override
    def end_at(self, connection: sa.Connection, deadline: float) -> None:
        sqlite.limit_time(connection, deadline)

    @override
    def numbered(self, connection: sa.Connection, table: sa.Table) -> None:
        """Nothing to be done: it looks for the highest one itself."""

    @override
    def make_room(self) -> None:
        """Lets SQLite reuse the space of its write-ahead log."""
        with self._transactions.one(), suppress(sqlite.DatabaseError, OSError):
            sqlite.checkpoint(self._path)

    @override
    def shrink(self) -> None:
        # It takes space for a moment, and is not needed.
        with self._transactions.one(), suppress(sqlite.DatabaseError):
            sqlite.shrink(self._path)

    @override
    def close(self) -> None:
        """With everything in its one file, as far as no other has it open."""
        if self._is_lost:
            return
        with self._transactions.one(), self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self.engine.dispose()
            if self._found() == self._file:  # SQLite would make an empty one
                self.make_room()
