"""The folder of a registry: `registry.db`, `files/`, and who may write when."""

import os
import secrets
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from . import tables
from .blobs import Blob, BlobStore
from .faults import RegistryError
from .ledger import Ledger
from .privacy import make_private_files, make_private_folder
from .sqlite import open_engine
from .versioning import record_blobs


class Store:
    """Opens a folder, makes it if needed. Reads run side by side; writes one after the other.

    Several processes may use one folder: SQLite lets the writers wait for each other.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.root = root
        try:
            make_private_folder(root)
            self.blobs = BlobStore(root / "files", durable=durable)
            self.secret = _secret(root / "url-secret")
            self.engine = open_engine(root / "registry.db")
            self.sizes: dict[str, int] = {}  # of blobs, which never change
            self.ledger = Ledger(self._enter_all)
            self._writer: sa.Connection | None = None
            self._lock = threading.RLock()
            self._current = threading.local()
            with self.write() as connection:
                tables.metadata.create_all(connection)
            make_private_files(root)
            self.blobs.sweep()
        except (OSError, DatabaseError) as error:
            raise RegistryError(
                f"The registry in {root} can not be opened: {_reason(error)} The folder must be "
                "writable and on a local disk; choose another with --root."
            ) from error

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """One consistent view of the data, whatever is written meanwhile."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Generator[sa.Connection]:
        """One transaction: all of it or nothing. Inside another one: a part of that."""
        outer: sa.Connection | None = getattr(self._current, "connection", None)
        if outer is not None:
            with outer.begin_nested():
                yield outer
            return
        with self._lock:
            connection = self._opened_writer()
            with connection.begin():
                self._current.connection = connection
                try:
                    yield connection
                finally:
                    self._current.connection = None

    def _opened_writer(self) -> sa.Connection:
        """The one connection that writes, kept: to take it from a pool costs as much as a row."""
        if self._writer is None or self._writer.invalidated:
            self._writer = self.engine.execution_options(writing=True).connect()
        return self._writer

    def _enter_all(self, found: Iterable[Blob]) -> None:
        with self.write() as connection:
            record_blobs(connection, found)

    def close(self) -> None:
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self.engine.dispose()


def explained(error: DatabaseError) -> str:
    """What went wrong in the database, for a person."""
    return f"The registry could not do that: {_reason(error)}"


def _reason(error: Exception) -> str:
    text = str(error.orig) if isinstance(error, DatabaseError) else str(error)
    known = {
        "database or disk is full": "the disk is full.",
        "attempt to write a readonly database": "its folder is read-only.",
        "unable to open database file": "its database can not be opened (permissions?).",
        "database is locked": "another process has been writing to it for an hour.",
        "interrupted": "it takes too long; ask for less at once, or with a simpler filter.",
    }
    return known.get(text, f"{text}.")


def _secret(path: Path) -> bytes:
    """What signs file URLs; made once, readable by its owner only."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        secret = secrets.token_bytes(32)
        file.write(secret)
    return secret
