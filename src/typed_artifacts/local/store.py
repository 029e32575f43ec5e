"""The storage of a registry: its database, its files, and its write transactions."""

import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from .._environment.registry_folder import FILES
from .._values.forks import renew_after_fork
from .database.database import Database
from .database.expressions import insert_unless_there
from .database.failure_reasons import is_busy, reason_of
from .database.group_commit import GroupCommit
from .database.ids import timestamp
from .database.sqlite_database import SqliteDatabase
from .database.sqlite_opening import refusing
from .database.tables import settings
from .errors import RegistryStorageError, inside_a_batch
from .folder_permissions import make_private_files, make_private_folder
from .storage.blobs import Blob, BlobStore
from .storage.file_rows import complete_blobs, expect_blobs, keep_pending, record_blobs
from .storage.incoming import IncomingBlob
from .storage.keyed_locks import KeyedLocks
from .storage.part_uploads import PartUploads
from .storage.shared_facts import Facts, forget_facts

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
    """Opens a folder, makes it if needed. Reads run side by side.

    Several processes may use one folder, or one database. After a fork, the child has connections
    of its own.

    Args:
        root: The folder of the files, and of the database where no other is named.
        durable: Whether what is committed must survive a power cut.
        database: The URL of a database of PostgreSQL's; None: a file in the folder.
        files: The URL of an object store; None: a folder in the folder.
    """

    def __init__(
        self,
        root: Path,
        *,
        durable: bool = True,
        database: str | None = None,
        files: str | None = None,
    ) -> None:
        self.root = root
        self._durable = durable
        self._reserve = root / "reserve"
        with refusing(root, database):
            make_private_folder(root)
            self.database: Database = _opened(root, database, durable=durable)
            self.blobs: BlobStore = _opened_blobs(root, files, durable=durable)
            self.secret: bytes = self.database.secret()
            make_private_files(root)
            self._begin_process()
            self._used_by = os.getpid()
            renew_after_fork(self)
            self.blobs.sweep()
            self.uploads.sweep()
            self.reserve()

    def _begin_process(self) -> None:
        """What must not be shared with a process that was forked."""
        self._current = threading.local()
        self.group_commit: GroupCommit[Arrival] = GroupCommit(self._keep_all)
        self.uploads: PartUploads = _part_uploads(self.blobs)
        # Caches: facts about blobs, for downloads; whether a version accepts uploads.
        shared = self.database.is_shared or self.blobs.is_remote
        known = None if shared else self.blobs.folder
        self.blob_facts: Facts[str, Blob] = Facts(known)
        self.version_facts: Facts[int, bool] = Facts(known)
        self._worked_on: dict[int, float] = {}
        self.commits: KeyedLocks = KeyedLocks()

    @property
    def engine(self) -> sa.Engine:
        """What connects to the database in this process."""
        return self._database_here().engine

    def _database_here(self) -> Database:
        self._used_by = os.getpid()
        return self.database

    def renew(self) -> None:
        """Have connections of its own in a child process, and wait for no thread of its parent."""
        self.database.after_fork()
        self._begin_process()

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """A consistent snapshot of the data, whatever is written meanwhile."""
        database = self._database_here()
        with _explained(), database.reading() as connection:
            yield connection

    @contextmanager
    def write(self, *, alone: bool = True) -> Generator[sa.Connection]:
        """One transaction: all of it or nothing. Inside another one: a part of that.

        One that is not `alone` may run beside others of its kind, where the database can do that:
        it inserts what may be there already only if it is not, and locks the rows that it changes.
        """
        database = self._database_here()
        outer: sa.Connection | None = getattr(self._current, "connection", None)
        if outer is not None:
            with outer.begin_nested():
                yield outer
            return
        with _explained(), database.writing(alone=alone) as connection:
            self._current.connection = connection
            try:
                yield connection
            finally:
                self._current.connection = None

    def refuse_inside_a_batch(self) -> None:
        """Refuses a change that is to be seen by reads right after it, where it would not be."""
        if getattr(self._current, "connection", None) is not None:
            raise inside_a_batch(self.database.shown)

    def claim(self, name: str) -> bool:
        """Whether this is the first to claim a thing that is to be done once for the registry."""
        new = insert_unless_there(settings).values(name=name, value=timestamp())
        with self.write() as connection:
            # Without it, psycopg's count of inserted rows is not kept.
            counted = new.execution_options(preserve_rowcount=True)
            return connection.execute(counted).rowcount == 1

    def change(
        self, work: Callable[[sa.Connection], T], *, freeing: bool = False, alone: bool = True
    ) -> T:
        """Does the work in a transaction, `alone` or beside others, see `write`.

        One that is `freeing` deletes: it goes through on a full disk, with what was set aside.
        """
        try:
            try:
                with self.write(alone=alone) as connection:
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
        """Frees what the database can, and gives up the reserve."""
        self.database.make_room()
        with suppress(OSError):
            self._reserve.unlink()
        return True

    def check_free_space(self, size: int = 0) -> None:
        """Refuses to take so many bytes where the reserve was given up: that is for deletes alone.

        Raises:
            RegistryStorageError: the disk is full, but for what the reserve was.
        """
        if not self._durable or self.database.is_shared or self._reserve.exists():
            return
        with suppress(OSError):  # a folder that is gone is told of where it is used
            if shutil.disk_usage(self.root).free < _RESERVE_BYTES + size:
                raise RegistryStorageError(
                    "The registry could not do that: the disk is full. Delete something, and "
                    "collect the garbage.",
                    full=True,
                )

    def reserve(self) -> None:
        """Sets space aside, for a delete to go through on a full disk."""
        path = self._reserve
        if not self._durable or path.exists():
            return
        try:
            path.write_bytes(secrets.token_bytes(_RESERVE_BYTES))  # not to be compressed
        except OSError:
            with suppress(OSError):
                path.unlink()

    def _keep_all(self, arrivals: Sequence[Arrival]) -> None:
        with self.write(alone=False) as connection:
            for arrival in arrivals:
                arrival.incoming.keep(arrival.blob)
            record_blobs(connection, [arrival.blob for arrival in arrivals])
            if self.blobs.is_remote:
                complete_blobs(connection, [arrival.blob for arrival in arrivals])
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
        """Closes the database; not in a child that did not use it."""
        if self._used_by != os.getpid():
            return
        self.uploads.close()
        self.database.close()
        self.blobs.close()


DATABASE_ERRORS = (DBAPIError, PendingRollbackError, PoolTimeout)


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
        busy=is_busy(error),
    )


def _opened(root: Path, database: str | None, *, durable: bool) -> Database:
    if database is None:
        return SqliteDatabase(root, durable=durable)
    try:
        import psycopg  # noqa: F401  # pyright: ignore[reportUnusedImport]  # whether it is there

        from .database.postgresql_database import PostgresDatabase
    except ModuleNotFoundError as error:
        from .._environment.extras import not_installed

        raise not_installed(error, "A registry in PostgreSQL", "postgres") from None
    return PostgresDatabase(database)


def _opened_blobs(root: Path, files: str | None, *, durable: bool) -> BlobStore:
    if files is None:
        return BlobStore(root / FILES, durable=durable)
    try:
        from .storage.remote_blobs import RemoteBlobs
    except ModuleNotFoundError as error:
        from .._environment.extras import not_installed

        raise not_installed(error, "An object store for the files", "objectstore") from None
    return RemoteBlobs(files)


def _part_uploads(blobs: BlobStore) -> PartUploads:
    if not blobs.is_remote:
        return PartUploads(blobs)
    from .storage.remote_blobs import RemoteBlobs
    from .storage.remote_parts import RemoteParts

    if not isinstance(blobs, RemoteBlobs):
        raise TypeError("what is remote is an object store")
    return RemoteParts(blobs)
