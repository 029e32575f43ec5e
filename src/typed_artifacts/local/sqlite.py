"""Everything that is true of SQLite only: the rest of the package speaks portable SQLAlchemy."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.sqlite import insert

from .patterns import matches
from .rows import Expression

# Keyword arguments of Table, whose types SQLAlchemy leaves open.
# Ids of deleted rows never come back, so that an old id can not name a new thing.
TABLE_HINTS: dict[str, Any] = {"sqlite_autoincrement": True}
# Rows in the order of their key, without a second copy of the key in an index.
KEYED_TABLE_HINTS: dict[str, Any] = {"sqlite_with_rowid": False}

# A writer waits for the others as long as it takes; an hour says that one of them hangs.
_BUSY_SECONDS = 3600
# How many steps of SQLite's own machine lie between two looks at the clock: some milliseconds.
_STEPS = 20_000
_DEADLINE = "deadline"
# So many values stand in a statement itself; more are handed over as one, see `is_one_of`.
_MOST_INLINE = 100
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
    def create_function(
        self, name: str, count: int, function: Callable[..., object], *, deterministic: bool
    ) -> None: ...
    def set_progress_handler(self, handler: Callable[[], bool], steps: int) -> None: ...


class _Record(Protocol):
    info: dict[Any, Any]


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


def _prepare(connection: _Dbapi, record: _Record) -> None:
    connection.isolation_level = None  # BEGIN is ours to say, see _begin
    connection.create_function("regexp", 2, matches, deterministic=True)
    connection.set_progress_handler(_lateness(record.info), _STEPS)
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _lateness(info: dict[Any, Any]) -> Callable[[], bool]:
    def late() -> bool:
        deadline: float | None = info.get(_DEADLINE)
        return deadline is not None and time.monotonic() > deadline

    return late


def limit_time(connection: sa.Connection, deadline: float | None) -> None:
    """Ends statements of the connection at this time of `time.monotonic()`; None: never."""
    connection.info[_DEADLINE] = deadline


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


def is_one_of(column: Expression, values: Collection[str | int | float]) -> sa.ColumnElement[bool]:
    """Whether the column is one of the values, of which there may be very many."""
    if len(values) <= _MOST_INLINE:
        return column.in_(values)
    listed = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(listed.c.value))


# Keys that stand in a path as they are. SQLite compares others as they are written in the stored
# text ("\\u00fc" is not "ü"), and its paths have no way to write a quotation mark.
_PLAIN = re.compile(r"[A-Za-z0-9_ -]+")


def _path(keys: Sequence[str]) -> str:
    return "$" + "".join(f'."{key}"' for key in keys)


def _plain(keys: Sequence[str]) -> bool:
    return all(_PLAIN.fullmatch(key) for key in keys)


def _walked(column: Expression, keys: Sequence[str]) -> tuple[sa.Select[Any], Expression, Any]:
    """What is at a path, member by member: a statement without columns, the value, its kind."""
    members = sa.func.json_each(_if_kind(sa.func.json_type(column), "object", column))
    member = members.table_valued("key", "value", "type")
    source: sa.FromClause = member
    conditions = [member.c.key == keys[0]]
    for key in keys[1:]:
        inner = sa.func.json_each(_if_kind(member.c.type, "object", member.c.value))
        member = inner.table_valued("key", "value", "type")
        source = source.join(member, member.c.key == key)
    statement = sa.select().select_from(source).where(*conditions).limit(1)
    return statement, member.c.value, member.c.type


def _if_kind(kind: Expression, wanted: str, value: Expression) -> Expression:
    """The value if it is of a kind; else NULL, which has no members."""
    return sa.case((kind == wanted, value))


def json_value(column: Expression, keys: Sequence[str]) -> Expression:
    """The value at a path inside a column of JSON text: a number, a text, or NULL."""
    if _plain(keys):
        return sa.func.json_extract(column, _path(keys))
    statement, value, _ = _walked(column, keys)
    return statement.add_columns(value).scalar_subquery()


def json_kind(column: Expression, keys: Sequence[str]) -> sa.ColumnElement[str]:
    """`object array text integer real true false null`, or NULL where nothing is at the path."""
    if _plain(keys):
        return sa.func.json_type(column, _path(keys))
    statement, _, kind = _walked(column, keys)
    return statement.add_columns(kind).scalar_subquery()


def json_length(column: Expression, keys: Sequence[str]) -> sa.ColumnElement[int]:
    """How many items an array at a path has."""
    if _plain(keys):
        return sa.func.json_array_length(column, _path(keys))
    return sa.func.json_array_length(_walked_array(column, keys))


def json_items(
    column: Expression, keys: Sequence[str]
) -> tuple[sa.FromClause, Expression, sa.ColumnElement[str]]:
    """The items of an array at a path as rows: what to select from, the value, its kind."""
    where = (column, _path(keys)) if _plain(keys) else (_walked_array(column, keys),)
    items = sa.func.json_each(*where).table_valued("value", "type")
    return items, items.c.value, items.c.type


def _walked_array(column: Expression, keys: Sequence[str]) -> Expression:
    """The JSON of the array at a path; NULL where there is none."""
    statement, value, kind = _walked(column, keys)
    return statement.add_columns(_if_kind(kind, "array", value)).scalar_subquery()


def holds_text(column: Expression, text: str) -> sa.ColumnElement[bool]:
    """Whether the column has the text in it, minding case (LIKE does not, here)."""
    return sa.func.instr(column, text) > 0
