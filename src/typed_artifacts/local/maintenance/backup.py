"""Backs up a registry while it is in use: first the database, then its files.

Files never change and are only ever removed when their version was deleted: where one is gone, the
database is copied anew, and what was copied already stays.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from ..._environment.registry_folder import DATABASE, FILES
from ..database.failure_reasons import reason_of
from ..database.sqlite import DatabaseError, open_engine
from ..database.tables import blobs
from ..errors import FileDamaged, RegistryRefused, RegistryStorageError
from ..storage.blobs import Blob, BlobStore
from ..storage.file_rows import complete_blobs
from ..storage.incoming import IncomingBlob
from ..store import Store

_TRIES = 20
_ROWS_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup holds.

    Attributes:
        files: how many stored files.
        bytes: what they take.
        damaged: files that the registry itself no longer has as they should be, by MD5: the backup
            is without them.
    """

    files: int
    bytes: int
    damaged: list[str]


def back_up(store: Store, target: Path) -> Copied:
    """Copies the registry into a new folder, which is a registry as well.

    Raises:
        RegistryRefused: the folder is not empty.
        RegistryStorageError: it cannot be written. What was written stays, and is no registry: its
            database comes last.
    """
    database = target / f"registry-{secrets.token_hex(4)}.part"
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise RegistryRefused(f"{target} is not empty; a backup needs a new folder.")
        try:
            found = _copied_to(store, database, BlobStore(target / FILES, durable=True))
            database.replace(target / DATABASE)
        finally:
            database.unlink(missing_ok=True)
    except (OSError, DatabaseError) as error:
        raise RegistryStorageError(
            f"The backup in {target} is not complete: {reason_of(error)}."
        ) from error
    return found


def _copied_to(store: Store, database: Path, copy: BlobStore) -> Copied:
    found = Copied(0, 0, [])
    completed: dict[str, Blob] = {}
    for _ in range(_TRIES):
        database.unlink(missing_ok=True)
        store.database.copy_to(database)
        found = _copy_files(store, database, copy, completed)
        if not found.damaged or not _gone(store, found.damaged):
            break
    copy.incoming.rmdir()
    return found


def _copy_files(
    store: Store, database: Path, copy: BlobStore, completed: dict[str, Blob]
) -> Copied:
    """Copies the files of a database; of those `completed`, it did not have the XXH128."""
    files = size = 0
    damaged: list[str] = []
    for rows in _listed(database):
        kept: list[str] = []
        for blob in rows:
            if copy.has(blob.md5, blob.size) or _copied(store.blobs, blob, copy, completed):
                files, size = files + 1, size + blob.size
                kept.append(blob.md5)
            else:
                damaged.append(blob.md5)
        copy.settle(kept)
    _complete(database, completed)
    return Copied(files, size, damaged)


def _listed(database: Path) -> Iterator[list[Blob]]:
    """The blobs of the copy, which do not change."""
    engine = open_engine(database)
    try:
        with engine.connect() as connection:
            statement = sa.select(blobs.c.md5, blobs.c.xxh128, blobs.c.size)
            for part in connection.execute(statement).partitions(_ROWS_AT_ONCE):
                yield [Blob(*row) for row in part]
    finally:
        engine.dispose()


def _complete(database: Path, completed: Mapping[str, Blob]) -> None:
    if completed:
        engine = open_engine(database)
        try:
            with engine.begin() as connection:
                complete_blobs(connection, completed.values())
        finally:
            engine.dispose()


def _copied(source: BlobStore, blob: Blob, copy: BlobStore, completed: dict[str, Blob]) -> bool:
    """Copies one file, if it is what it should be.

    Of one that a client has put into an object store, the XXH128 is not known before.
    """
    try:
        with IncomingBlob(copy) as incoming:
            for piece in source.read(blob, 0, blob.size):
                incoming.write(piece)
            actual = incoming.digests()
            if actual != (blob if blob.xxh128 else replace(blob, xxh128=actual.xxh128)):
                return False
            incoming.seal(actual)
            incoming.keep(actual)
    except FileDamaged:
        return False
    if not blob.xxh128:
        completed[blob.md5] = actual
    return True


def _gone(store: Store, md5s: list[str]) -> bool:
    """Whether some of these belong to nothing any more: they were deleted meanwhile."""
    with store.read() as connection:
        for md5 in md5s:
            if connection.scalar(sa.select(blobs.c.md5).where(blobs.c.md5 == md5)) is None:
                return True
    return False
