"""Connections: keyset pagination, so that every page costs the same."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from ..database.ids import CursorPart, read_cursor, write_cursor
from ..database.rows import Expression, Row, Select
from ..errors import RegistryRefused
from .context import Context

N = TypeVar("N")
DEFAULT_FIRST = 100
MOST = 10_000
_LIST = "list"
_ORDER = re.compile(r"([+-]?)([A-Za-z_]\w*)(?:\.(.+))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Order:
    """What a listing is sorted by: never-null columns, the last of them unique; one direction."""

    name: str
    columns: tuple[Expression, ...]
    descending: bool = False

    @property
    def listing(self) -> str:
        return f"{'-' if self.descending else '+'}{self.name}"


def chosen_order(
    order: str | None,
    keys: Mapping[str, Expression],
    unique: Expression,
    default: Order,
    inner: Mapping[str, Callable[[str], tuple[Expression, ...]]] = MappingProxyType({}),
) -> Order:
    """The order a client asks for: `+name`, `-name` or `name`; an unknown key is refused.

    `inner` has the keys that are followed by a path: `-summary_metrics.accuracy`.
    """
    if not order:
        return default
    match = _ORDER.fullmatch(order)
    if match is None or (match[3] is not None and not inner):
        raise RegistryRefused(
            f"The order {order!r} is not a key with an optional + or - before it."
        )
    sign, key, path = match.groups()
    if path is not None and key in inner:
        return Order(f"{key}.{path}", (*inner[key](path), unique), sign == "-")
    column = keys.get(key) if path is None else None
    if column is None:
        known = ", ".join(sorted([*keys, *(f"{name}.*" for name in inner)]))
        raise RegistryRefused(f"Unknown key {key!r} in the order {order!r}; known are: {known}.")
    columns = (column,) if column is unique else (column, unique)
    return Order(key, columns, sign == "-")


@dataclass(frozen=True, slots=True)
class PageArguments:
    """Which page a client asks for."""

    first: int | None = None
    after: str | None = None

    def size(self) -> int:
        if self.first is not None and self.first < 0:
            raise RegistryRefused(f"'first' must not be negative; it is {self.first}.")
        return min(DEFAULT_FIRST if self.first is None else self.first, MOST)


# The arguments of a field that a resolver takes as one `page`.
PAGING = frozenset({"first", "after", "before", "last"})


def with_page(resolve: Callable[..., object]) -> Callable[..., object]:
    """A resolver that takes the arguments of `PAGING`, from one that takes a `page`."""

    def paged(
        source: object,
        context: Context,
        first: int | None = None,
        after: str | None = None,
        before: str | None = None,
        last: int | None = None,
        **arguments: object,
    ) -> object:
        if before is not None or last is not None:
            raise RegistryRefused("Listings go forward only: use 'first' and 'after'.")
        return resolve(source, context, PageArguments(first, after), **arguments)

    return paged


@dataclass(frozen=True, slots=True)
class PageOfRows:
    """Rows of a page, each with its sort values at the end, and whether more follow.

    `count` tells how many rows all pages have.
    """

    rows: Sequence[Row]
    more: bool
    order: Order
    count: Callable[[], int]

    def split(self) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
        """Of each row: the values selected, and its place in the order."""
        width = len(self.order.columns)
        for row in self.rows:
            yield row[:-width], row[-width:]


def fetch_page(
    context: Context,
    statement: Select,
    order: Order,
    page: PageArguments,
) -> PageOfRows:
    """The rows after the cursor, one more being asked for to know whether there is more."""
    size, after = page.size(), statement
    if page.after:
        values = read_cursor(order.listing, page.after, len(order.columns))
        after = statement.where(_beyond(order, values))
    directed = [column.desc() if order.descending else column.asc() for column in order.columns]
    sort_values = [column.label(f"sort_{i}") for i, column in enumerate(order.columns)]
    listed: Select = after.add_columns(*sort_values)
    rows = context.rows(listed.order_by(*directed).limit(size + 1))
    context.spend(len(rows))
    more = len(rows) > size
    return PageOfRows(rows[:size], more, order, lambda: counted(context.connection, statement))


def _beyond(order: Order, values: tuple[CursorPart, ...]) -> sa.ColumnElement[bool]:
    if len(order.columns) == 1:
        column, value = order.columns[0], values[0]
        return column < value if order.descending else column > value
    position = sa.tuple_(*order.columns)
    right = sa.tuple_(*values)
    return position < right if order.descending else position > right


@dataclass(slots=True, eq=False)
class Edge(Generic[N]):
    """An item with its cursor, and what the edge says of it (`version`, `used_as`)."""

    node: N
    listing: str
    location: tuple[CursorPart, ...]
    version: str = ""
    used_as: list[str] = field(default_factory=list[str])

    @property
    def cursor(self) -> str:
        return write_cursor(self.listing, self.location)


@dataclass(slots=True, eq=False)
class Connection(Generic[N]):
    """A page. The total is counted only if it is asked for."""

    edges: list[Edge[N]]
    has_next_page: bool = False
    count: Callable[[], int] = field(default=lambda: 0)

    @property
    def page_info(self) -> "Connection[N]":
        return self

    @property
    def end_cursor(self) -> str | None:
        return self.edges[-1].cursor if self.edges else None

    @property
    def total_count(self) -> int:
        return self.count()


def connect(
    page: PageOfRows,
    build: Callable[..., N],
    count: Callable[[], int] | None = None,
) -> Connection[N]:
    """The page as a connection; `build` makes a node of the other values of a row.

    `count` is a cheaper way to its total, if there is one.
    """
    listing = page.order.listing
    edges = [Edge(build(*values), listing, location) for values, location in page.split()]
    return Connection(edges, page.more, count or page.count)


def whole(nodes: Sequence[N]) -> Connection[N]:
    """A short list as one page."""
    edges = [Edge(node, _LIST, (position,)) for position, node in enumerate(nodes)]
    return Connection(edges, count=lambda: len(nodes))


def read_position(cursor: str) -> int:
    """Which item of a short list a cursor stands for."""
    (position,) = read_cursor(_LIST, cursor, 1)
    if not isinstance(position, int) or position < 0:
        raise RegistryRefused(f"The cursor {cursor[:80]!r} is damaged.")
    return position


def counted(connection: sa.Connection, statement: Select) -> int:
    """How many rows the statement has."""
    rows = statement.with_only_columns(sa.func.count()).order_by(None)
    return int(connection.execute(rows).scalar_one())
