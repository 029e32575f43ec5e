"""Everything specific to SQLite; other modules use portable SQLAlchemy."""

import os
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

from ..json_values import plain_json
from .expressions import HasPattern, IsOneOf, PlainJson, PositionOf
from .layouts import Layout
from .patterns import matches
from .sqlite_json import lacking_json, reached_json

DatabaseError = sqlite3.Error  # what comes from it without SQLAlchemy in between

# Keyword arguments of Table, whose types SQLAlchemy leaves open.
# Ids of deleted rows never come back, so that an old id cannot name a new thing.
TABLE_HINTS: dict[str, Any] = {"sqlite_autoincrement": True}
# Rows in the order of their key, without a second copy of the key in an index.
KEYED_TABLE_HINTS: dict[str, Any] = {"sqlite_with_rowid": False}

# A writer waits for the others as long as it takes; an hour says that one of them hangs.
_BUSY_SECONDS = 3600
# Instructions of SQLite's virtual machine between two checks of the time: some milliseconds.
_STEPS = 20_000
_DEADLINE = "deadline"
# With WAL, NORMAL survives a killed process whole; only a power cut may lose the last commits.
_DURABLE = "PRAGMA synchronous = NORMAL"
# Survives a killed process too, and never waits for the disk.
_NOT_DURABLE = "PRAGMA synchronous = OFF"
_PRAGMAS = (
    f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}",
    "PRAGMA cache_size = -4000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA foreign_keys = ON",
)
# Otherwise the file never shrinks. It takes effect only in a new, empty file.
_GIVE_BACK = "PRAGMA auto_vacuum = INCREMENTAL"
_PAGES_AT_ONCE = 2000


# Shared by all registries of a process: to compile a statement takes longer than to run it.
_COMPILED = LRUCache[Any, Any](1000)


@cache
def _dialect() -> sa.Dialect:
    """What SQLAlchemy knows of SQLite: one for all, for a compiled statement belongs to its own."""
    engine = sa.create_engine("sqlite://")
    engine.connect().close()  # asks for SQLite's version
    engine.dispose()
    return engine.dialect


def open_engine(path: Path, *, foreign_keys: bool = True, durable: bool = True) -> sa.Engine:
    """An engine whose transactions begin where SQLAlchemy says, writers waiting for each other.

    Without `foreign_keys`, a migration may make a table anew. What is not `durable` need not
    survive a power cut.
    """
    # If the file was removed in the meantime, SQLite must not create an empty one.
    uri = f"{path.absolute().as_uri()}?mode=rw"

    def connect() -> Any:  # noqa: ANN401 - sqlite3's has not the type that SQLAlchemy asks for
        return sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=_BUSY_SECONDS)

    dialect, url = _dialect(), sa.make_url("sqlite://")
    pool = sa.QueuePool(connect, pool_size=8, max_overflow=120, dialect=dialect)
    engine = sa.Engine(pool, dialect, url, execution_options={"compiled_cache": _COMPILED})
    if not durable:  # before the log is turned on, which waits for the disk
        event.listen(engine, "connect", _executing(_NOT_DURABLE))
    event.listen(engine, "connect", _prepare)
    if durable:
        event.listen(engine, "connect", _executing(_DURABLE))
    if not foreign_keys:
        event.listen(engine, "connect", _executing("PRAGMA foreign_keys = OFF"))
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours to say, see _begin
    connection.create_function("regexp", 2, _has_pattern, deterministic=True)
    connection.create_function("plain_json", 1, plain_json, deterministic=True)
    connection.create_function("json_reached", 2, reached_json, deterministic=True)
    connection.create_function("json_lacking", 2, lacking_json, deterministic=True)
    connection.set_progress_handler(_lateness(record.info), _STEPS)
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _has_pattern(pattern: str, text: bytes | None) -> bool:
    """Of text in UTF-8; Python itself would not read one with half a surrogate pair in it."""
    return text is not None and matches(pattern, text.decode(errors="replace"))


def _executing(pragma: str) -> Callable[[sqlite3.Connection, ConnectionPoolEntry], None]:
    """What executes a pragma in each new connection."""

    def execute(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(pragma)
        cursor.close()

    return execute


_LAYOUT = """SELECT m.type, m.name, c.name FROM sqlite_master AS m
    LEFT JOIN pragma_table_info(m.name) AS c ON m.type = 'table'
    WHERE m.type IN ('table', 'index') AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'"""


def layout_of(connection: sa.Connection) -> Layout:
    """What the connection's database has."""
    return _layout(connection.exec_driver_sql(_LAYOUT).all())


def _layout(rows: "Sequence[sa.Row[*tuple[Any, ...]]] | list[tuple[str, str, str]]") -> Layout:
    tables: dict[str, set[str]] = {}
    for kind, name, column in rows:
        if kind == "table":
            tables.setdefault(name, set()).add(column)
    indexes = frozenset(name for kind, name, _ in rows if kind == "index")
    return Layout({name: frozenset(columns) for name, columns in tables.items()}, indexes)


def inspect(path: Path, version_table: str) -> tuple[Layout, str | None]:
    """What a database file has, and the revision in its version table. Changes nothing in it."""
    with _read_only(path) as connection:
        layout = _layout(connection.execute(_LAYOUT).fetchall())
        if version_table not in layout.tables:
            return layout, None
        row = connection.execute(f'SELECT version_num FROM "{version_table}"').fetchone()  # noqa: S608 - our own name
        return layout, None if row is None else str(row[0])


@contextmanager
def _read_only(path: Path) -> Generator[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)) as connection:
        yield connection


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy, of what is committed now, as one file; writers need not wait for it."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with _read_only(source) as reader, closing(sqlite3.connect(target)) as writer:
        reader.backup(writer)
    descriptor = os.open(target, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def never_close(connection: sa.Connection) -> None:
    """Leaves a connection open, also when the interpreter ends: it is a parent process's.

    To close it in the middle of a transaction would undo, in the files, what the parent has done;
    SQLAlchemy 2.0 also does so where its own object for it is garbage.
    """
    import ctypes

    for kept in (connection.connection, connection.connection.dbapi_connection):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))


def checkpoint(path: Path) -> None:
    """Moves what is in the write-ahead log into the database file itself.

    What others still read stays there; they move it when they are done.
    """
    with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def problems_of(connection: sa.Connection) -> Iterator[str]:
    """What SQLite itself finds wrong with the file."""
    for (found,) in connection.exec_driver_sql("PRAGMA integrity_check").all():
        if found != "ok":
            yield str(found)


def lost_rows(connection: sa.Connection) -> Iterator[str]:
    """Rows that belong to rows which are not there."""
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        yield f"a row of {row[0]} belongs to none of {row[2]}"


def shrink(path: Path) -> None:
    """Shortens the file by its free pages, a few at a time, so that others wait only briefly."""
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        (free_pages,) = connection.execute("PRAGMA freelist_count").fetchone()
        (mode,) = connection.execute("PRAGMA auto_vacuum").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        if not mode and free_pages > pages // 10:  # created by a release without this setting
            connection.execute(_GIVE_BACK)
            connection.execute("VACUUM")
        for _ in range(0, free_pages, _PAGES_AT_ONCE):
            # As a script: each step frees one page, and execute() would take only the first step.
            connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    checkpoint(path)


def _lateness(info: dict[Any, Any]) -> Callable[[], bool]:
    def late() -> bool:
        deadline: float | None = info.get(_DEADLINE)
        return deadline is not None and time.monotonic() > deadline

    return late


def limit_time(connection: sa.Connection, deadline: float | None) -> None:
    """Ends statements of the connection at this time of `time.monotonic()`; None: never."""
    connection.info[_DEADLINE] = deadline


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Turns the write-ahead log on: readers and the writer do not wait for each other then.

    It stays on in the file. Two processes that open a new file at once cannot both turn it on,
    and SQLite does not let the second wait for that as it does for other locks.
    """
    deadline = time.monotonic() + _BUSY_SECONDS
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute(_GIVE_BACK)
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later would fail as busy instead of waiting.
    writing = bool(connection.get_execution_options().get("writing"))
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@compiles(IsOneOf, "sqlite")
def _is_one_of(element: IsOneOf, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - of parameters


@compiles(PositionOf, "sqlite")
def _position(element: PositionOf, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(HasPattern, "sqlite")
def _pattern(element: HasPattern, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column, pattern = (compiler.process(each, **options) for each in element.clauses)
    return f"regexp({pattern}, CAST({column} AS BLOB))"


@compiles(PlainJson, "sqlite")
def _plain_json(element: PlainJson, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column = compiler.process(element.clauses, **options)
    odd = ("NaN", "Infinity", r"\ud", r"\uD")
    has_any = " OR ".join(f"instr({column}, '{each}')" for each in odd)
    return f"CASE WHEN {has_any} THEN plain_json({column}) ELSE {column} END"
