"""The database of a folder: made, recognised, brought up to this release, or refused."""

import os
import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.ddl import DDLElement

from . import sqlite, tables
from .errors import RegistryError, RegistryStorageError

DATABASE = "registry.db"
FILES = "files"
# The migrations in their order; one for each module in migrations/versions.
REVISIONS = ("0001", "0002", "0003")
_VERSION_TABLE = "alembic_version"
_REVISION = sa.Table(
    _VERSION_TABLE, sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)
)


def open_database(root: Path) -> sa.Engine:
    """The database of a registry, new if the folder is, with the tables of this release.

    One that is up to date is only looked at. An older one is copied first, to
    `registry-before-REVISION-TIME.db`. Several processes may do this at once.

    Raises:
        RegistryError: it is of a newer release, damaged, incomplete or of another program.
    """
    path = root / DATABASE
    if _is_new(root, path):
        return _made(path)
    layout, revision = sqlite.inspect(path, _VERSION_TABLE)
    if revision is None and not layout.tables.keys() & tables.metadata.tables.keys():
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
        layout, _ = sqlite.inspect(path, _VERSION_TABLE)
    _complete(path, layout)
    return sqlite.open_engine(path)


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
    return bool(_size(path) and sqlite.inspect(path, _VERSION_TABLE)[0].tables)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _made(path: Path) -> sa.Engine:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    engine = sqlite.open_engine(path)
    with engine.execution_options(writing=True).begin() as connection:
        for statement in _definitions(engine.dialect.name):
            connection.exec_driver_sql(statement)
        if not sa.inspect(connection).has_table(_VERSION_TABLE):
            _REVISION.create(connection)
            connection.execute(sa.insert(_REVISION).values(version_num=REVISIONS[-1]))
    return engine


@cache
def _definitions(dialect: str) -> tuple[str, ...]:
    """What makes the tables, as text: programs that open many new registries compile it once."""
    made: list[DDLElement] = [
        CreateTable(table, if_not_exists=True) for table in tables.metadata.sorted_tables
    ]
    made += [
        CreateIndex(index, if_not_exists=True)
        for table in tables.metadata.sorted_tables
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]
    chosen = sa.make_url(f"{dialect}://").get_dialect()()
    return tuple(str(each.compile(dialect=chosen)) for each in made)


def _complete(path: Path, layout: sqlite.Layout) -> None:
    """Refuses a database that lacks something: each call would fail later."""
    lacking = [
        f"the column {name}.{column}" if name in layout.tables else f"the table {name}"
        for name, table in tables.metadata.tables.items()
        for column in (*table.columns.keys(),)
        if column not in layout.tables.get(name, ())
    ]
    lacking += [
        f"the index {index.name}"
        for table in tables.metadata.tables.values()
        for index in table.indexes
        if index.name not in layout.indexes
    ]
    if lacking:
        raise RegistryError(
            f"{path} is not complete: it lacks {lacking[0]}. Put it back from a backup."
        )


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
                    f"{path} is not what a release of typed-artifacts has left, so it can not be "
                    f"brought up to this one ({reason_of(error)}). It is as it was."
                ) from error
            _complete(path, sqlite.layout_of(connection))
            # Others still see the database as it was: this is a copy from before the migration.
            now = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
            copy = root / f"registry-before-{REVISIONS[-1]}-{now}-{os.getpid()}.db"
            try:
                sqlite.copy_database(path, copy)
            except BaseException:
                copy.unlink(missing_ok=True)
                raise
    finally:
        engine.dispose()


def _revision(connection: sa.Connection) -> sa.Select[str]:
    if _VERSION_TABLE not in sqlite.layout_of(connection).tables:
        return sa.select(sa.literal(REVISIONS[0]))
    return sa.select(_REVISION.c.version_num)


_SENTENCES = {
    "database or disk is full": "the disk is full",
    "attempt to write a readonly database": "its folder is read-only",
    "unable to open database file": "its database can not be opened (permissions?)",
    "database is locked": "another process has been writing to it for an hour",
    "interrupted": "it takes too long; ask for less at once, or with a simpler filter",
    "file is not a database": "its registry.db is no database; put it back from a backup",
    "database disk image is malformed": "its registry.db is damaged; put it back from a backup",
}


def reason_of(error: Exception) -> str:
    """What went wrong in the database or the file system, for a person."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    text = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return _SENTENCES.get(text, re.sub(r"\s+", " ", text).strip(" .") or type(error).__name__)


@contextmanager
def refusing(root: Path) -> Generator[None]:
    """Says in a sentence why a folder can not be a registry."""
    try:
        yield
    except RegistryError:
        raise
    # A scrambled file shows in many ways: texts that are none, numbers that lead nowhere.
    except (OSError, SQLAlchemyError, sqlite.DatabaseError, ValueError, OverflowError) as error:
        full = reason_of(error) == "the disk is full"
        raise RegistryStorageError(
            f"The registry in {root} can not be opened: {reason_of(error)}. The folder must be "
            "writable and on a local disk; choose another with --root.",
            full=full,
        ) from error
