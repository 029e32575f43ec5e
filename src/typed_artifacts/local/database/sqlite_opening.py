"""Opens the SQLite database of a folder: creates, checks or migrates it."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from ..._environment.registry_folder import DATABASE, FILES
from ..errors import RegistryError, RegistryStorageError
from ..folder_permissions import private_mode
from . import sqlite
from .failure_reasons import is_busy, reason_of
from .layouts import REVISION, REVISIONS, VERSION_TABLE, Layout, make_tables


def open_database(root: Path, *, durable: bool) -> sa.Engine:
    """The database of a registry, new if the folder is, with the tables of this release.

    One that is up to date is only looked at. An older one is copied first, to
    `registry-before-REVISION-TIME.db`. Several processes may do this at once. One that is not
    `durable` need not survive a power cut.

    Raises:
        RegistryError: it is of a newer release, damaged, incomplete or of another program.
    """
    path = root / DATABASE
    if _is_new(root, path):
        return _made(path, durable=durable)
    layout, revision = sqlite.inspect(path, VERSION_TABLE)
    if revision is None and not layout.has_any_table():
        raise RegistryError(
            f"{path} is the database of another program; choose another folder for the registry."
        )
    if revision is not None and revision not in REVISIONS:
        raise RegistryError(
            f"The registry in {root} was written by a newer release of typed-artifacts (its "
            f"schema is {revision}, this release knows {REVISIONS[-1]}): upgrade the package."
        )
    if revision != REVISIONS[-1]:
        _migrate(root, path, revision or REVISIONS[0])
        layout, _ = sqlite.inspect(path, VERSION_TABLE)
    _complete(path, layout)
    return sqlite.open_engine(path, durable=durable)


def _is_new(root: Path, path: Path) -> bool:
    """Whether there is no database yet. One that has vanished from among its files is refused."""
    if _has_tables(path):
        return False
    log = path.with_name(f"{DATABASE}-wal")
    stored = next((root / FILES).glob("[0-9a-f][0-9a-f]/*"), None)
    if stored is None and (_size(path) or not _size(log)):
        return True
    for _ in range(10):  # another process may just have made it, and have stored the first files
        if _has_tables(path):
            return False
        time.sleep(0.1)
    raise RegistryError(
        f"{root} has the files of a registry, but its {DATABASE} is "
        f"{'empty' if path.exists() else 'missing'}: put it back from a backup, or choose another "
        "folder."
    )


def _has_tables(path: Path) -> bool:
    return bool(_size(path) and sqlite.inspect(path, VERSION_TABLE)[0].tables)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _made(path: Path, *, durable: bool) -> sa.Engine:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, private_mode(path.parent)))
    engine = sqlite.open_engine(path, durable=durable)
    with engine.execution_options(writing=True).begin() as connection:
        make_tables(connection)
    return engine


def _complete(path: Path, layout: Layout) -> None:
    """Refuses a database that lacks something: each call would fail later."""
    lacking = layout.lacks()
    if lacking is not None:
        raise RegistryError(
            f"{path} is not complete: it lacks {lacking}. Put it back from a backup."
        )


def is_current(path: Path) -> bool:
    """Whether a database file is there, with the tables of this release."""
    try:
        layout, revision = sqlite.inspect(path, VERSION_TABLE)
    except (OSError, sqlite.DatabaseError):
        return False
    return revision == REVISIONS[-1] and layout.lacks() is None


def _migrate(root: Path, path: Path, revision: str) -> None:
    """All migrations in one transaction, which waits for writers and holds back others."""
    engine = sqlite.open_engine(path, foreign_keys=False)
    try:
        with engine.execution_options(writing=True).begin() as connection:
            if connection.scalar(_revision(connection)) == REVISIONS[-1]:
                return  # another process was first
            from .migrating import migrate

            try:
                migrate(connection)
            except SQLAlchemyError as error:
                raise RegistryError(
                    f"{path} is not what a release of typed-artifacts has left, so it cannot be "
                    f"brought up to this one ({reason_of(error)}). It is as it was."
                ) from error
            _complete(path, sqlite.layout_of(connection))
            # Others still see the database as it was: this is a copy from before the migration.
            now = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
            copy = root / f"registry-before-{REVISIONS[-1]}-{now}-{os.getpid()}.db"
            # The backup is renamed when it is complete; no other process is here now.
            for leftover in root.glob("registry-before-*.part*"):
                leftover.unlink(missing_ok=True)
            part = copy.with_suffix(".part")
            try:
                sqlite.copy_database(path, part)
                part.replace(copy)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
    finally:
        engine.dispose()


def _revision(connection: sa.Connection) -> sa.Select[str]:
    if VERSION_TABLE not in sqlite.layout_of(connection).tables:
        return sa.select(sa.literal(REVISIONS[0]))
    return sa.select(REVISION.c.version_num)


@contextmanager
def refusing(root: Path, database: str | None = None) -> Generator[None]:
    """Says in a sentence why a folder, or a database, cannot be a registry."""
    try:
        yield
    except RegistryError:
        raise
    # A damaged file causes many kinds of errors: invalid text, invalid page numbers.
    except (OSError, SQLAlchemyError, sqlite.DatabaseError, ValueError, OverflowError) as error:
        reason = reason_of(error)
        if database is not None and isinstance(error, SQLAlchemyError):
            shown = make_url(database).render_as_string(hide_password=True)
            raise RegistryStorageError(
                f"The registry in {shown} cannot be opened: {reason}.", busy=is_busy(error)
            ) from error
        raise RegistryStorageError(
            f"The registry in {root} cannot be opened: {reason}. The folder must be "
            "writable and on a local disk; choose another.",
            full=reason == "the disk is full",
        ) from error
