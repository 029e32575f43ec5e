"""The folder of a registry: `registry.db`, `files/`, and who may write when."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from .blobs import Blob, BlobStore
from .errors import RegistryStorageError
from .facts import Facts, forget_facts
from .incoming import IncomingBlob
from .ledger import Ledger
from .opening import DATABASE, FILES, open_database, reason_of, refusing
from .part_uploads import PartUploads
from .privacy import make_private_files, make_private_folder
from .recording import expect_blobs, keep_pending, record_blobs
from .sqlite import DatabaseError, checkpoint, open_engine

T = TypeVar("T")
_RESERVE_BYTES = 1 << 20
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A blob that was uploaded for a version, sealed and to be kept."""

    incoming: IncomingBlob
    blob: Blob
    version: int


class Store:
    """Opens a folder, makes it if needed. Reads run side by side; writes one after the other.

    Several processes may use one folder: SQLite lets the writers wait for each other. After a
    fork, the child has connections of its own.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.root = root
        self._durable = durable
        with refusing(root):
            make_private_folder(root)
            self._engine = open_database(root)
            self.blobs: BlobStore = BlobStore(root / FILES, durable=durable)
            self.secret: bytes = _secret(root / "url-secret")
            make_private_files(root)
            self._begin_process()
            self.blobs.sweep()
            self.uploads.sweep()
            self.reserve()

    def _begin_process(self) -> None:
        """What must not be shared with a process that was forked."""
        self._pid = os.getpid()
        self._writer: sa.Connection | None = None
        self._lock = threading.RLock()
        self._current = threading.local()
        self.ledger: Ledger[Arrival] = Ledger(self._keep_all)
        self.uploads: PartUploads = PartUploads(self.blobs)
        # What downloads need to know of blobs, and uploads of versions: whether they are wanted.
        self.blob_facts: Facts[str, Blob] = Facts(self.blobs.folder)
        self.version_facts: Facts[int, bool] = Facts(self.blobs.folder)
        self._worked_on: dict[int, float] = {}

    @property
    def engine(self) -> sa.Engine:
        if self._pid != os.getpid():
            self._engine.dispose(close=False)
            self._engine = open_engine(self.root / DATABASE)
            self._begin_process()
        return self._engine

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """One consistent view of the data, whatever is written meanwhile."""
        engine = self.engine
        with _explained(), engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Generator[sa.Connection]:
        """One transaction: all of it or nothing. Inside another one: a part of that."""
        engine = self.engine
        outer: sa.Connection | None = getattr(self._current, "connection", None)
        if outer is not None:
            with outer.begin_nested():
                yield outer
            return
        with _explained(), self._lock:
            connection = self._opened_writer(engine)
            with connection.begin():
                self._current.connection = connection
                try:
                    yield connection
                finally:
                    self._current.connection = None

    def _opened_writer(self, engine: sa.Engine) -> sa.Connection:
        """The one connection that writes, kept: to take it from a pool costs as much as a row."""
        if self._writer is None or self._writer.invalidated:
            self._writer = engine.execution_options(writing=True).connect()
        return self._writer

    def change(self, work: Callable[[sa.Connection], T], *, freeing: bool = False) -> T:
        """Does the work in a transaction.

        One that is `freeing` deletes: it goes through on a full disk, with what was set aside.
        """
        try:
            try:
                with self.write() as connection:
                    return work(connection)
            except RegistryStorageError:
                if not freeing or not self._make_room():
                    raise
                with self.write() as connection:
                    return work(connection)
        finally:
            if freeing:
                forget_facts(self.blobs.folder)

    def _make_room(self) -> bool:
        """Lets the log begin anew in the space that it has, and gives up the reserve."""
        with suppress(DatabaseError, OSError):
            checkpoint(self.root / DATABASE)
        with suppress(OSError):
            (self.root / "reserve").unlink()
        return True

    def reserve(self) -> None:
        """Sets space aside, for a delete to go through on a full disk."""
        path = self.root / "reserve"
        if not self._durable or path.exists():
            return
        try:
            path.write_bytes(secrets.token_bytes(_RESERVE_BYTES))  # not to be compressed
        except OSError:
            with suppress(OSError):
                path.unlink()

    def _keep_all(self, arrivals: Sequence[Arrival]) -> None:
        with self.write() as connection:
            for arrival in arrivals:
                arrival.incoming.keep(arrival.blob)
            record_blobs(connection, [arrival.blob for arrival in arrivals])
            expect_blobs(connection, [(arrival.version, arrival.blob.md5) for arrival in arrivals])
            self._keep_pending(connection, {arrival.version for arrival in arrivals})

    def _keep_pending(self, connection: sa.Connection, keys: set[int]) -> None:
        """A garbage collection minds when a version was last worked on: an hour is near enough."""
        now = time.monotonic()
        quiet = [key for key in keys if now - self._worked_on.get(key, -_HOUR) >= _HOUR]
        if quiet:
            keep_pending(connection, quiet)
            recent = {key: at for key, at in self._worked_on.items() if now - at < _HOUR}
            self._worked_on = recent | dict.fromkeys(quiet, now)

    def close(self) -> None:
        """Closes the database, with everything in its one file, as far as no other has it open."""
        if self._pid != os.getpid():
            return
        self.uploads.close()
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self._engine.dispose()
            with suppress(DatabaseError, OSError):
                checkpoint(self.root / DATABASE)


DATABASE_ERRORS = (DBAPIError, PoolTimeout)


@contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except DATABASE_ERRORS as error:
        raise explained(error) from error


def explained(error: Exception) -> RegistryStorageError:
    """What the database has against a request, in the registry's own words."""
    reason = reason_of(error)
    return RegistryStorageError(
        f"The registry could not do that: {reason}.",
        full=reason == "the disk is full",
        busy=isinstance(error, PoolTimeout) or "database is locked" in str(error),
    )


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
