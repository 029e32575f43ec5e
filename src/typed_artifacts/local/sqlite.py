"""Everything that is true of SQLite only: the rest of the package speaks portable SQLAlchemy."""

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.sqlite import insert

from .rows import Expression

# Keyword arguments of Table, whose types SQLAlchemy leaves open.
# Ids of deleted rows never come back, so that an old id can not name a new thing.
TABLE_HINTS: dict[str, Any] = {"sqlite_autoincrement": True}
# Rows in the order of their key, without a second copy of the key in an index.
KEYED_TABLE_HINTS: dict[str, Any] = {"sqlite_with_rowid": False}

_BUSY_SECONDS = 60
_PRAGMAS = (
    # With WAL, NORMAL survives a killed process whole; only a power cut may lose the last commits.
    "PRAGMA synchronous = NORMAL",
    f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}",
    "PRAGMA cache_size = -16000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 268435456",
    "PRAGMA foreign_keys = ON",
)


class _Cursor(Protocol):
    def execute(self, statement: str) -> "_Cursor": ...
    def fetchone(self) -> tuple[str | int, ...]: ...
    def close(self) -> None: ...


class _Dbapi(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def open_engine(path: Path) -> sa.Engine:
    """An engine whose transactions begin where SQLAlchemy says, writers waiting for each other."""
    engine = sa.create_engine(
        f"sqlite:///{path}",
        poolclass=sa.QueuePool,
        pool_size=8,
        max_overflow=120,
        connect_args={"check_same_thread": False, "timeout": _BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: _Dbapi, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours to say, see _begin
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _write_ahead(cursor: _Cursor) -> None:
    """Turns the write-ahead log on: readers and the writer do not wait for each other then.

    It stays on in the file. Two processes that open a new file at once can not both turn it on,
    and SQLite does not let the second wait for that as it does for other locks.
    """
    deadline = time.monotonic() + _BUSY_SECONDS
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later would fail as busy instead of waiting.
    writing = bool(connection.get_execution_options().get("writing"))
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def insert_unless_there(table: sa.Table) -> sa.Insert:
    """Inserts rows, but for those whose key is there already."""
    return insert(table).on_conflict_do_nothing()


def _path(keys: Sequence[str]) -> str:
    return "$" + "".join(f".{json.dumps(key, ensure_ascii=False)}" for key in keys)


def json_value(column: Expression, keys: Sequence[str]) -> Expression:
    """The value at a path inside a column of JSON text: a number, a text, or NULL."""
    return sa.func.json_extract(column, _path(keys))


def json_kind(column: Expression, keys: Sequence[str]) -> sa.ColumnElement[str]:
    """`object array text integer real true false null`, or NULL where nothing is at the path."""
    return sa.func.json_type(column, _path(keys))


def json_length(column: Expression, keys: Sequence[str]) -> sa.ColumnElement[int]:
    """How many items an array at a path has."""
    return sa.func.json_array_length(column, _path(keys))


def json_items(
    column: Expression, keys: Sequence[str]
) -> tuple[sa.FromClause, Expression, sa.ColumnElement[str]]:
    """The items of an array at a path as rows: what to select from, the value, its kind."""
    items = sa.func.json_each(column, _path(keys)).table_valued("value", "type")
    return items, items.c.value, items.c.type


def holds_text(column: Expression, text: str) -> sa.ColumnElement[bool]:
    """Whether the column has the text in it, minding case (LIKE does not, here)."""
    return sa.func.instr(column, text) > 0
