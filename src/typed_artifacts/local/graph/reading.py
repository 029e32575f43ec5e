"""The read transaction of a request, with limits of time and amount."""

import math
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa

from ..database.database import JsonAccess
from ..database.rows import Row, Select
from ..errors import OperationStopped, RegistryRefused
from ..store import Store
from .filter_keys import Clause, Key
from .filters import compile_filters

MOST_ITEMS = 100_000
# How much text one request may read from the database, and how long it may take.
MOST_CHARACTERS = 32 << 20
LONGEST_SECONDS = 30.0
_ROWS_AT_ONCE = 32
# Statements made of a filter of more characters or conditions are not kept for the next one: for
# each condition they take 20 KB, and hundreds of statements are kept.
_KEPT_FILTER = 2000
_KEPT_CONDITIONS = 50


class Reading:
    """A snapshot of the database, opened when it is needed, and its limits."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.deadline: float = time.monotonic() + LONGEST_SECONDS
        self._end = math.inf  # of the server
        self._items = 0
        self._characters = 0
        self._kept = True
        self._stack = ExitStack()
        self._connection: sa.Connection | None = None

    @property
    def json(self) -> JsonAccess:
        """How this database gets at JSON."""
        return self.store.database.json

    @property
    def connection(self) -> sa.Connection:
        if self._connection is None:
            connection = self._stack.enter_context(self.store.read())
            self._stack.callback(self.store.database.limit_time, connection, None)
            self._connection = connection
            self._limit()
        return self._connection

    def end_within(self, seconds: float) -> None:
        """Shortens the time that is left; also asked from another thread."""
        self._end = time.monotonic() + seconds
        self.deadline = min(self.deadline, self._end)
        connection = self._connection
        if connection is not None:
            self.store.database.end_at(connection, self.deadline)

    @contextmanager
    def without_time_limit(self) -> Generator[None]:
        """Suspend the time limit, for a write that waits for the write lock."""
        remaining, self.deadline = self.deadline - time.monotonic(), self._end
        try:
            self._limit()
            yield
        finally:
            self.deadline = min(time.monotonic() + remaining, self._end)
            self._limit()

    def _limit(self) -> None:
        connection = self._connection
        if connection is not None:
            self.store.database.limit_time(connection, self.deadline)

    def close(self) -> None:
        """Ends the snapshot."""
        self._connection = None
        self._stack.close()

    def rows(self, statement: Select, values: Mapping[str, int] | None = None) -> Sequence[Row]:
        """All rows; refused where they hold more text than a request may read."""
        found: list[Row] = []
        for part in self.connection.execute(statement, values).partitions(_ROWS_AT_ONCE):
            found += part
            self._characters += sum(
                [len(each) for row in part for each in row if isinstance(each, str)]
            )
            if self._characters > MOST_CHARACTERS:
                raise OperationStopped(
                    f"it reads more than {MOST_CHARACTERS} characters; ask for smaller pages"
                )
        return found

    def condition(self, filters: str | None, keys: Mapping[str, Key]) -> Clause:
        """The SQL condition of a filter. A statement with a large one is not cached."""
        clause, cost = compile_filters(filters, keys)
        large = cost > _KEPT_CONDITIONS or len(filters or "") > _KEPT_FILTER
        if self._kept and large:
            self._kept = False
            self.connection.execution_options(compiled_cache=None)
        return clause

    def spend(self, items: int) -> None:
        """Counts what one request lists: pages inside pages multiply."""
        self._items += items
        if self._items > MOST_ITEMS:
            raise RegistryRefused(
                f"The operation is refused: it lists more than {MOST_ITEMS} items; ask for smaller "
                "pages, or for less in each."
            )
