"""Opens a PostgreSQL database: creates, checks or migrates its tables."""

import math
import os
import secrets
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from ..errors import RegistryError, RegistryRefused, forked_inside
from . import postgresql
from .database import Database, JsonAccess
from .expressions import insert_unless_there
from .failure_reasons import reason_of
from .layouts import REVISION, REVISIONS, VERSION_TABLE, Layout, make_tables
from .postgresql_json import JSON
from .tables import settings
from .transactions import changing, was_forked_inside

_SECRET = "url-secret"  # noqa: S105 - the name of a setting
_MOST_SECONDS = 24 * 3600


class PostgresDatabase(Database):
    """Many processes, on many machines, may use it at once."""

    json: JsonAccess = JSON
    is_shared = True
    numbers_versions = True

    def __init__(self, url: str) -> None:
        self._url = postgresql.checked_url(url)
        self.shown: str = self._url.render_as_string(hide_password=True)
        self._begin_process()
        try:
            self._open()
        except BaseException:
            self.engine.dispose()
            raise

    def _open(self) -> None:
        with self.reading() as connection:
            revision = self._checked_revision(connection)
        if revision == REVISIONS[-1]:
            return
        with self.writing(alone=True) as connection:  # others that begin now wait here
            revision = self._checked_revision(connection)
            if revision is None:
                _check_encoding(connection)
                make_tables(connection, postgresql.MORE_DEFINITIONS)
            elif revision != REVISIONS[-1]:
                self._migrate(connection)

    def _checked_revision(self, connection: sa.Connection) -> str | None:
        """The revision of the tables; None if there are none.

        Raises:
            RegistryError: They are another program's, of a newer release, or not complete.
        """
        layout = postgresql.layout_of(connection)
        if VERSION_TABLE not in layout.tables:
            if layout.has_any_table():
                raise RegistryError(
                    f"{self.shown} is the database of another program; make one for the registry."
                )
            return None
        revision: str | None = connection.scalar(sa.select(REVISION.c.version_num))
        if revision not in REVISIONS:
            raise RegistryError(
                f"The registry in {self.shown} was written by a newer release of typed-artifacts "
                f"(its schema is {revision}, this release knows {REVISIONS[-1]}): upgrade the "
                "package."
            )
        if revision == REVISIONS[-1]:
            self._check_complete(layout)
        return revision

    def _check_complete(self, layout: Layout) -> None:
        lacking = layout.lacks(postgresql.MORE_INDEXES)
        if lacking is not None:
            raise RegistryError(
                f"{self.shown} is not complete: it lacks {lacking}. Put it back from a backup."
            )

    def _migrate(self, connection: sa.Connection) -> None:
        from .migrating import migrate

        try:
            migrate(connection)
        except SQLAlchemyError as error:
            raise RegistryError(
                f"{self.shown} is not what a release of typed-artifacts has left, so it cannot "
                f"be brought up to this one ({reason_of(error)}). It is as it was."
            ) from error
        self._check_complete(postgresql.layout_of(connection))

    def _begin_process(self) -> None:
        self.engine: sa.Engine = postgresql.open_engine(self._url)
        self._snapshots = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @override
    def after_fork(self) -> None:
        self.engine.dispose(close=False)
        self._begin_process()

    @override
    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        connection = self._snapshots.connect()
        process = os.getpid()
        try:
            connection.begin()
            yield connection
        finally:
            if os.getpid() == process:
                # It has only read: the result is right even if the connection is broken by now.
                with suppress(SQLAlchemyError):
                    connection.rollback()
                connection.close()
            else:
                postgresql.never_close(connection)

    @override
    @contextmanager
    def writing(self, *, alone: bool) -> Generator[sa.Connection]:
        if was_forked_inside(self._url):
            raise forked_inside(self.shown)
        process = os.getpid()
        with changing(self._url, self.shown), ExitStack() as stack:
            connection = stack.enter_context(self.engine.connect())
            stack.enter_context(connection.begin())
            postgresql.lock_writers(connection, alone=alone)
            try:
                yield connection
            finally:
                if os.getpid() != process:  # in a child, which leaves the transaction to its parent
                    postgresql.never_close(connection)
                    stack.pop_all()

    @override
    def is_current(self) -> bool:
        try:
            with self.reading() as connection:
                return self._checked_revision(connection) == REVISIONS[-1]
        except (RegistryError, SQLAlchemyError):
            return False

    @override
    def secret(self) -> bytes:
        """Created by the first process."""
        new = insert_unless_there(settings).values(name=_SECRET, value=secrets.token_hex(32))
        with self.engine.begin() as connection:
            connection.execute(new)
            known = sa.select(settings.c.value).where(settings.c.name == _SECRET)
            return bytes.fromhex(connection.execute(known).scalar_one())

    @override
    def size(self) -> int:
        with self.reading() as connection:
            return postgresql.size_of(connection)

    @override
    def copy_to(self, target: Path) -> None:
        raise RegistryRefused(
            f"A registry in {self.shown} is not copied as one file: use pg_dump, or move it to a "
            "folder with `typed-artifacts registry migrate`."
        )

    @override
    def problems_of(self, connection: sa.Connection) -> Iterator[str]:
        """Nothing: it checks its pages itself as it reads them."""
        return iter(())

    @override
    def lost_rows(self, connection: sa.Connection) -> Iterator[str]:
        return postgresql.lost_rows(connection)

    @override
    def limit_time(self, connection: sa.Connection, deadline: float | None) -> None:
        if deadline is None:  # its transaction ends next, and with it the limit
            return
        seconds = 0 if deadline == math.inf else max(deadline - time.monotonic(), 0.001)
        postgresql.limit_statements(connection, round(min(seconds, _MOST_SECONDS) * 1000))

    @override
    def end_at(self, connection: sa.Connection, deadline: float) -> None:
        seconds = max(deadline - time.monotonic(), 0)
        timer = threading.Timer(seconds, postgresql.cancel, (connection,))
        timer.daemon = True
        timer.start()

    @override
    def numbered(self, connection: sa.Connection, table: sa.Table) -> None:
        postgresql.number_after(connection, table)

    @override
    def make_room(self) -> None:
        """Nothing to be done: its disk is its own."""

    @override
    def shrink(self) -> None:
        """Nothing to be done: its own vacuum does it."""

    @override
    def close(self) -> None:
        self.engine.dispose()


def _check_encoding(connection: sa.Connection) -> None:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise RegistryError(
            f"The database has the encoding {encoding}; make one with ENCODING 'UTF8'."
        )
