"""Everything specific to PostgreSQL; other modules use portable SQLAlchemy."""

from collections.abc import Iterator
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.sqlite.dml import OnConflictDoNothing
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from ..errors import RegistryRefused
from ..json_values import LARGEST
from .expressions import HasPattern, IsOneOf, PlainJson, PositionOf
from .layouts import Layout

DIALECT = "postgresql"
_DRIVER = "postgresql+psycopg"
# The number of an advisory lock: any that no other program takes in this database.
_WRITERS = 0x7479_7065_6461_7274
# Connections of one process. A server has a hundred for all of them by default.
_POOL_SIZE, _POOL_OVERFLOW, _POOL_SECONDS = 8, 24, 60
# A writer waits for the others as long as it takes; an hour says that one of them hangs.
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '1h'"

# An index of each value in the metadata of versions, for equality.
_LETTERS = "registry_letters"
METADATA_INDEX = "versions_by_metadata"
MORE_INDEXES = (METADATA_INDEX,)
MORE_DEFINITIONS = (
    f"CREATE INDEX IF NOT EXISTS {METADATA_INDEX} ON versions "
    "USING gin (CAST(metadata AS JSONB) jsonb_path_ops) WITH (fastupdate = off)",
    # For a filter that keeps few versions of a sequence: it is scanned from its end, in one table.
    "CREATE INDEX IF NOT EXISTS versions_by_number ON versions (sequence_id, version_index)",
    # The default of a hundred samples would often miss a value of one version in a hundred.
    f"ALTER INDEX {METADATA_INDEX} ALTER COLUMN 1 SET STATISTICS 1000",
    # Columns are in the order of their bytes, in which only ASCII has letters: not for patterns.
    f"""DO $$ BEGIN
        CREATE COLLATION IF NOT EXISTS {_LETTERS} (provider = icu, locale = 'und');
    EXCEPTION WHEN OTHERS THEN BEGIN  -- built without ICU
        CREATE COLLATION IF NOT EXISTS {_LETTERS} (provider = libc, locale = 'C.UTF-8');
    EXCEPTION WHEN OTHERS THEN
        CREATE COLLATION IF NOT EXISTS {_LETTERS} FROM "C";
    END;
    END $$""",
)


class _Dbapi(Protocol):
    autocommit: bool

    def execute(self, statement: str) -> object: ...


def checked_url(url: str) -> sa.URL:
    """The address of a database.

    Raises:
        RegistryRefused: It is none of PostgreSQL's.
    """
    try:
        found = sa.make_url(url)
    except (ArgumentError, ValueError):  # a ValueError for a port that is no number
        found = None
    if found is None or found.drivername not in (_DRIVER, DIALECT) or not found.database:
        raise RegistryRefused(
            "The database must be given as postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME."
        )
    return found.set(drivername=_DRIVER)


def open_engine(url: sa.URL) -> sa.Engine:
    """An engine whose connections are made when they are needed."""
    engine = sa.create_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,  # the database may have been started anew
        # A statement that is prepared would come to be planned for any limit and value: a page
        # would be sorted out of all versions. Without, it also works behind PgBouncer.
        connect_args={"application_name": "typed-artifacts", "prepare_threshold": None},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: _Dbapi, _record: object) -> None:
    # Starting parallel workers would take longer than reading a page.
    connection.autocommit = True
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.autocommit = False


_LAYOUT = """SELECT c.relkind::text, c.relname, a.attname FROM pg_class AS c
    LEFT JOIN pg_attribute AS a
        ON c.relkind = 'r' AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'i')"""


def layout_of(connection: sa.Connection) -> Layout:
    """What the connection's database has."""
    tables: dict[str, set[str]] = {}
    indexes: set[str] = set()
    for kind, name, column in connection.exec_driver_sql(_LAYOUT):
        if kind == "r":
            tables.setdefault(name, set()).add(column)
        else:
            indexes.add(name)
    columns = {name: frozenset(found) for name, found in tables.items()}
    return Layout(columns, frozenset(indexes))


def lock_writers(connection: sa.Connection, *, alone: bool) -> None:
    """Waits until no other transaction writes that must not write beside this one.

    Those that are not `alone` run side by side, and lock the rows that they change.
    """
    connection.exec_driver_sql(_LOCK_TIMEOUT)
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    connection.exec_driver_sql(f"SELECT {function}({_WRITERS})")


def limit_statements(connection: sa.Connection, milliseconds: int) -> None:
    """Ends each statement of the transaction that takes so long; 0: none."""
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")


def cancel(connection: sa.Connection) -> None:
    """Ends the statement that another thread runs on the connection, if there is one."""
    driver: Any = connection.connection.driver_connection
    if driver is not None:
        driver.cancel_safe()


def never_close(connection: sa.Connection) -> None:
    """Says nothing more to the server on a connection, which is a parent process's."""
    import ctypes

    # When collected, SQLAlchemy would roll back its transaction, which is the parent's.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection.connection))


def lost_rows(connection: sa.Connection) -> Iterator[str]:
    """What PostgreSQL has not checked of the foreign keys: nothing, unless they were taken away."""
    rows = connection.exec_driver_sql(
        "SELECT conrelid::regclass, confrelid::regclass FROM pg_constraint"
        " WHERE contype = 'f' AND NOT convalidated"
    )
    for table, target in rows:
        yield f"the rows of {table} may belong to none of {target}"


def size_of(connection: sa.Connection) -> int:
    """How many bytes the database takes."""
    size = "SELECT pg_database_size(current_database())"
    return int(connection.exec_driver_sql(size).scalar_one())


def number_after(connection: sa.Connection, table: sa.Table) -> None:
    """Lets the next id of a table follow the highest one."""
    name = table.name
    connection.exec_driver_sql(
        f"SELECT setval(pg_get_serial_sequence('{name}', 'id'),"  # noqa: S608 - our own name
        f" GREATEST((SELECT COALESCE(MAX(id), 0) FROM {name}), 1))"
    )


@compiles(IsOneOf, DIALECT)
def _is_one_of(element: IsOneOf, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(PositionOf, DIALECT)
def _position(element: PositionOf, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(HasPattern, DIALECT)
def _pattern(element: HasPattern, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column, pattern = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} COLLATE {_LETTERS} ~ {pattern})"


_HIGH, _LOW = r"\\u[dD][89abAB][[:xdigit:]]{2}", r"\\u[dD][c-fC-F][[:xdigit:]]{2}"


@compiles(PlainJson, DIALECT)
def _plain_json(element: PlainJson, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    column = compiler.process(element.clauses, **options)
    odd = ("NaN", "Infinity", r"\u0000", r"\ud", r"\uD")
    has_any = " OR ".join(f"strpos({column}, '{each}') > 0" for each in odd)
    # A value comes after one of `[,:` and before one of `],}`. A text in which one seems to stand
    # is changed as well, for this question only. PostgreSQL takes no character 0, and no half of a
    # surrogate pair.
    replaced = column
    for character in (r"\\u0000", rf"{_HIGH}(?!{_LOW})", rf"(?<!{_HIGH}){_LOW}"):
        pattern = rf"'(?<!\\)((\\\\)*){character}'"
        replaced = rf"regexp_replace({replaced}, {pattern}, '\1\\ufffd', 'g')"
    for value, plain in (("NaN", "null"), ("(-?)Infinity", rf"\2{LARGEST}")):
        pattern = rf"'([[,:]\s*){value}(?=\s*[],}}])'"
        replaced = rf"regexp_replace({replaced}, {pattern}, '\1{plain}', 'g')"
    return f"CASE WHEN {has_any} THEN {replaced} ELSE {column} END"


@compiles(OnConflictDoNothing, DIALECT)
def _unless_there(_clause: OnConflictDoNothing, _compiler: SQLCompiler, **_options: Any) -> str:  # noqa: ANN401
    return "ON CONFLICT DO NOTHING"
