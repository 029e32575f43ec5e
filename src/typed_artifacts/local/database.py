"""What the registry needs of a database: SQLite's and PostgreSQL's modules each give it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from typing_extensions import override

from .rows import Expression


class JsonAccess(Protocol):
    """What is inside a column of JSON text, at a path of keys."""

    @override
    def __hash__(self) -> int: ...

    def json_value(self, column: Expression, keys: Sequence[str]) -> Expression:
        """The value, to be given to the others."""
        ...

    def json_kind(self, column: Expression, keys: Sequence[str]) -> sa.ColumnElement[str]:
        """`object array text integer real true false null`, or NULL where nothing is there."""
        ...

    def json_length(self, column: Expression, keys: Sequence[str]) -> sa.ColumnElement[int]:
        """How many items an array has."""
        ...

    def json_items(
        self, column: Expression, keys: Sequence[str]
    ) -> tuple[sa.FromClause, Expression, sa.ColumnElement[str]]:
        """The items of an array as rows: what to select from, the value, its kind."""
        ...

    def json_text(self, value: Expression) -> Expression:
        """A value as a text to compare with others; what it is of none does not matter."""
        ...

    def json_number(self, value: Expression) -> Expression:
        """The same of a number."""
        ...

    def json_equal(
        self, column: Expression, keys: Sequence[str], value: object
    ) -> sa.ColumnElement[bool] | None:
        """Whether the value, or an item of an array, equals this, by an index; None: has none."""
        ...


class Database(ABC):
    """The rows of a registry."""

    json: JsonAccess
    #: Other machines may use it too: what is read once may change without this one's knowledge.
    is_shared: bool
    engine: sa.Engine

    @abstractmethod
    def reading(self) -> AbstractContextManager[sa.Connection]:
        """One consistent view of the data, whatever is written meanwhile."""

    @abstractmethod
    def writing(self, *, alone: bool) -> AbstractContextManager[sa.Connection]:
        """A transaction that writes. One that is not `alone` says itself which rows it locks."""

    @abstractmethod
    def is_current(self) -> bool:
        """Whether it is there, and its tables are those of this release."""

    @abstractmethod
    def secret(self) -> bytes:
        """What signs file URLs: the same in all processes."""

    @abstractmethod
    def size(self) -> int:
        """How many bytes it takes."""

    @abstractmethod
    def copy_to(self, target: Path) -> None:
        """A consistent copy, as one file of SQLite's."""

    @abstractmethod
    def problems_of(self, connection: sa.Connection) -> Iterator[str]:
        """What the database itself finds damaged."""

    @abstractmethod
    def lost_rows(self, connection: sa.Connection) -> Iterator[str]:
        """Rows that belong to rows which are not there."""

    @abstractmethod
    def limit_time(self, connection: sa.Connection, deadline: float | None) -> None:
        """Ends statements of the connection at this time of `time.monotonic()`; None: never."""

    @abstractmethod
    def end_at(self, connection: sa.Connection, deadline: float) -> None:
        """The same for a connection that another thread is using."""

    @abstractmethod
    def numbered(self, connection: sa.Connection, table: sa.Table) -> None:
        """Lets new ids begin after those that were given to rows of the table."""

    @abstractmethod
    def make_room(self) -> None:
        """Frees what can be freed for a delete to go through on a full disk."""

    @abstractmethod
    def give_back(self) -> None:
        """Gives space that is free back to the disk."""

    @abstractmethod
    def begin_process(self) -> None:
        """Opens what must not be shared with a process that was forked."""

    @abstractmethod
    def after_fork(self) -> None:
        """Leaves the connections to the parent, and begins anew."""

    @abstractmethod
    def close(self) -> None:
        """Closes all connections."""
