"""The database interface, implemented for SQLite and PostgreSQL."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeAlias

import sqlalchemy as sa

from .rows import Expression

JsonPath: TypeAlias = Sequence[str | int]


class JsonEqual(Protocol):
    """See `JsonAccess.json_equal`."""

    def __call__(
        self, column: Expression, keys: JsonPath, value: object, *, through: bool
    ) -> sa.ColumnElement[bool] | None:
        """A condition, or None."""


@dataclass(frozen=True, eq=False)
class JsonAccess:
    """What is inside a column of JSON text, given it and a path: the dialect's functions.

    A path has keys of objects, and numbers of items in arrays.

    Attributes:
        json_value: the value, to be given to `json_text` or `json_number`.
        json_kind: `object array text integer real true false null`, or NULL where nothing is there.
        json_length: how many items an array has.
        json_items: the items of an array as rows: what to select from, the value, its kind.
        json_reached: an array of the values at a path of keys, in each object of arrays on its way.
        json_lacking: whether an object in an array on its way has nothing at a path of keys; asked
            only where an array is on its way.
        json_text: a value as a text to compare with others.
        json_number: the same of a number.
        json_given: a number to compare with what `json_number` gives.
        json_is: whether what `json_text` or `json_number` gives is of one of these kinds.
        json_equal: what is true, by an index, of each row whose value, or an item of an array,
            equals this, also where an array of objects is on the way if they are `listed`; None
            where no index knows. Without numbers in the path, it is true of no other row.
    """

    json_value: Callable[[Expression, JsonPath], Expression]
    json_kind: Callable[[Expression, JsonPath], sa.ColumnElement[str]]
    json_length: Callable[[Expression, JsonPath], sa.ColumnElement[int]]
    json_items: Callable[
        [Expression, JsonPath], tuple[sa.FromClause, Expression, sa.ColumnElement[str]]
    ]
    json_reached: Callable[[Expression, JsonPath], Expression]
    json_lacking: Callable[[Expression, JsonPath], sa.ColumnElement[bool]]
    json_text: Callable[[Expression], Expression]
    json_number: Callable[[Expression], Expression]
    json_given: Callable[[int | float], int | float | Decimal]
    json_is: Callable[[sa.ColumnElement[str], Sequence[str]], sa.ColumnElement[bool]]
    json_equal: JsonEqual


class Database(ABC):
    """The rows of a registry."""

    json: JsonAccess
    #: Whether other machines may use it: then a cached value may be out of date.
    is_shared: bool
    #: The versions of a sequence have an index by their numbers, besides their memberships'.
    numbers_versions: bool
    engine: sa.Engine
    #: What it is called in messages, without its password.
    shown: str

    @abstractmethod
    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A consistent snapshot of the data, whatever is written meanwhile."""

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
    def shrink(self) -> None:
        """Gives space that is free back to the disk."""

    @abstractmethod
    def after_fork(self) -> None:
        """In a child process: leaves the connections to the parent, and opens new ones."""

    @abstractmethod
    def close(self) -> None:
        """Closes all connections."""
