"""The database interface, implemented for SQLite and PostgreSQL."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from .rows import Expression


@dataclass(frozen=True, eq=False)
class JsonAccess:
    """What is inside a column of JSON text, given it and a path of keys: the dialect's functions.

    Attributes:
        json_value: the value, to be given to `json_text` or `json_number`.
        json_kind: `object array text integer real true false null`, or NULL where nothing is there.
        json_length: how many items an array has.
        json_items: the items of an array as rows: what to select from, the value, its kind.
        json_text: a value as a text to compare with others.
        json_number: the same of a number.
        json_is: whether what `json_text` or `json_number` gives is of one of these kinds.
        json_equal: whether the value, or an item of an array, equals this, by an index; None where
            no index knows.
    """

    json_value: Callable[[Expression, Sequence[str]], Expression]
    json_kind: Callable[[Expression, Sequence[str]], sa.ColumnElement[str]]
    json_length: Callable[[Expression, Sequence[str]], sa.ColumnElement[int]]
    json_items: Callable[
        [Expression, Sequence[str]], tuple[sa.FromClause, Expression, sa.ColumnElement[str]]
    ]
    json_text: Callable[[Expression], Expression]
    json_number: Callable[[Expression], Expression]
    json_is: Callable[[sa.ColumnElement[str], Sequence[str]], sa.ColumnElement[bool]]
    json_equal: Callable[[Expression, Sequence[str], object], sa.ColumnElement[bool] | None]


class Database(ABC):
    """The rows of a registry."""

    json: JsonAccess
    #: Other machines may use it too: what is read once may change without this one's knowledge.
    is_shared: bool
    #: The versions of a sequence have an index by their numbers, besides their memberships'.
    numbers_versions: bool
    engine: sa.Engine
    #: What it is called in messages, without its password.
    shown: str

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
    def after_fork(self) -> None:
        """Leaves the connections to the parent, and begins anew; called in the child."""

    @abstractmethod
    def close(self) -> None:
        """Closes all connections."""
