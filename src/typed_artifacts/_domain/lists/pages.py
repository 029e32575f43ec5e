"""The pages of a list, without I/O: order, position, totals, indexing, invalid cursors.

The iterators on top (``_sync/pager.py``, ``_async/pager.py``, from one template) only fetch.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from ..._values.guards import is_text, is_whole_number, override
from ..._values.shown import shown
from ...errors import InvalidInput, LengthUnknown, PaginationError

if TYPE_CHECKING:
    from .connections import Connection, Edge, VersionEdge

# GraphQL's Int has 32 bits.
_MOST_ITEMS = 2**31 - 1
# A page may be empty, and a few in a row; so many are a server that has lost its way.
MOST_EMPTY_PAGES = 100

ItemT = TypeVar("ItemT")
ItemT_co = TypeVar("ItemT_co", covariant=True)
VersionEdgeT = TypeVar("VersionEdgeT", bound="VersionEdge")


@dataclass(frozen=True, slots=True)
class Page(Sequence[ItemT_co], Generic[ItemT_co]):
    """One page of items, as it was fetched: a sequence that knows where to go on.

    Attributes:
        items: the page's items; null nodes and items that a filter drops are not among them.
        cursors: for each item, the cursor after which a listing resumed there goes on.
        cursor: the cursor of the page's end.
        has_next: whether the server has more pages.
        total: the server's total for the whole list, if it gives one.
        edges: how many edges the server sent, whatever became of them; not those that a page
            before this one had.
        ids: for each item, its id on the server; nothing where a list asks for none.
    """

    items: tuple[ItemT_co, ...]
    cursors: tuple[str | None, ...]
    cursor: str | None
    has_next: bool
    total: int | None
    edges: int = 0
    ids: tuple[Hashable, ...] = field(default=(), repr=False)

    @overload
    def __getitem__(self, index: int) -> ItemT_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[ItemT_co, ...]: ...
    @override
    def __getitem__(self, index: int | slice) -> ItemT_co | tuple[ItemT_co, ...]:
        return self.items[index]

    @override
    def __len__(self) -> int:
        return len(self.items)


def unseen(page: Page[ItemT], ids: Sequence[Hashable], items: Sequence[ItemT]) -> Page[ItemT]:
    """A page without what these items, which came with pages before it, have as well.

    They come again where something was put before them meanwhile, and the server counts.
    """
    if set(page.ids).isdisjoint(ids):
        return page
    known = set(_identities(ids, items))
    own = _identities(page.ids, page.items)
    fresh = [index for index, identity in enumerate(own) if identity not in known]
    if len(fresh) == len(own):
        return page
    return replace(
        page,
        items=_at(fresh, page.items),
        cursors=_at(fresh, page.cursors),
        ids=_at(fresh, page.ids),
        edges=page.edges - len(own) + len(fresh),
    )


def _identities(ids: Sequence[Hashable], items: Sequence[object]) -> list[tuple[Hashable, ...]]:
    # The id would do alone, were it not for test doubles that give all items the same one.
    names: list[Hashable] = [getattr(item, "name", None) for item in items]
    return list(zip(ids, names, strict=True))


def _at(indexes: Sequence[int], values: Sequence[ItemT]) -> tuple[ItemT, ...]:
    return tuple(values[index] for index in indexes) if values else ()


def read_page(
    connection: Connection,
    items: Sequence[ItemT | None],
    *,
    begin: str | None,
    ids: Sequence[Hashable] = (),
    total: int | None = None,
    keep: Callable[[ItemT], bool] | None = None,
) -> Page[ItemT]:
    """The page that a connection and its converted nodes make.

    Args:
        connection: the validated connection.
        items: one per edge; ``None`` where the node is null.
        begin: the cursor that this page was asked for with.
        ids: for each edge, its node's id; none where nodes have none.
        total: the connection's total, if it has one.
        keep: a client-side filter.
    """
    info = connection.page_info
    edges, end, more = connection.edges, info.end_cursor, info.has_next_page
    whole = [item for item in items if item is not None]
    given = [edge.cursor for edge in edges]
    count = len(edges)
    once = len(set(given)) == count and len(set(ids)) == len(ids) and all(given)
    if keep is None and once and len(whole) == count:
        return Page(tuple(whole), tuple(given), end, more, total, count, tuple(ids))
    last = count - 1
    twice = _repeated(edges, _identities(ids, items) if ids else ())
    kept: list[ItemT] = []
    cursors: list[str | None] = []
    indexes: list[int] = []
    for index, (edge, item) in enumerate(zip(edges, items, strict=True)):
        if item is None or index in twice or (keep is not None and not keep(item)):
            continue
        kept.append(item)
        # Without edge cursors only page ends are known: resuming inside a page repeats the page,
        # which loses nothing.
        cursors.append(edge.cursor or (end if index == last else begin))
        indexes.append(index)
    return Page(tuple(kept), tuple(cursors), end, more, total, count, _at(indexes, ids))


def _repeated(edges: Sequence[Edge], identities: Sequence[Hashable]) -> set[int]:
    """Which edges a server has sent before in the same page: by identity, or as they are."""
    if identities:
        indexes: dict[Hashable, int] = {}
        return {
            index
            for index, identity in enumerate(identities)
            if indexes.setdefault(identity, index) != index
        }
    first: dict[str, Edge] = {}
    return {
        index
        for index, edge in enumerate(edges)
        # Edges are not hashable: without a cursor, what is equal has an equal text. A server that
        # gives all edges one cursor repeats none of them.
        if (known := first.setdefault(edge.cursor or repr(edge), edge)) is not edge
        if known == edge
    }


class PreviousPage:
    """The versions of the page that came last: those before it are not kept."""

    def __init__(self) -> None:
        self._keys: frozenset[tuple[str, str]] = frozenset()

    def new_edges(self, edges: Sequence[VersionEdgeT], *, more: bool) -> list[VersionEdgeT]:
        """The edges of a page whose versions the page before it did not have, each once.

        Args:
            edges: the page's.
            more: whether another page follows, which is to be compared with this one.
        """
        by_key = {(edge.node.id, edge.version): edge for edge in edges}
        new = [edge for key, edge in by_key.items() if key not in self._keys]
        self._keys = frozenset(by_key if more else ())
        return new


class CursorGuard:
    """Refuses to go round in circles: every page must lead to one not asked for before."""

    def __init__(self, start: str | None, subject: str) -> None:
        self._subject = subject
        # Hashes, not cursors: a million versions by fifty make twenty thousand of them.
        self._followed = {hash(start)}
        self._empty = 0

    def check(self, page: Page[object]) -> None:
        """Raise ``PaginationError`` where the page's end leads nowhere, or back."""
        if page.has_next:
            self.follow(page.cursor, page.edges)

    def follow(self, cursor: str | None, edges: int) -> str:
        """The cursor to go on with after a page of so many edges, or ``PaginationError``."""
        self._empty = 0 if edges else self._empty + 1
        if self._empty == MOST_EMPTY_PAGES:
            raise PaginationError(
                f"The server sent {self._empty} pages of {self._subject} in a row with nothing new "
                "in them, and says that it goes on; following it would never end.",
                subject=self._subject,
            )
        if not cursor:
            raise PaginationError(
                f"The server says that {self._subject} goes on, but gives no cursor to go on with.",
                subject=self._subject,
            )
        mark = hash(cursor)
        if mark in self._followed:
            raise PaginationError(
                f"The server repeats the cursor {cursor!r} in {self._subject}; "
                "following it would never end.",
                subject=self._subject,
            )
        self._followed.add(mark)
        return cursor


class Buffer(Generic[ItemT]):
    """The pages fetched so far, what is known of the rest, and how far the items were handed out.

    Shared by every pass over one list; the list's lock is held while a page is added.
    """

    def __init__(self, start: str | None, subject: str) -> None:
        self.items: list[ItemT] = []
        self.next_cursor = start
        self.complete = False
        self.total: int | None = None
        self.fetched = False
        self.newest = 0
        """Where the items of the page that came last begin."""
        self._start = start
        self._subject = subject
        self._cursors: list[str | None] = []
        self._ids: list[Hashable] = []
        self._known: set[Hashable] = set()
        """The ids: that one came before is looked at closely only where it did."""
        self._guard = CursorGuard(start, subject)
        self.handed_out = 0
        """How many items, from the first, have been given to the caller."""

    def add(self, page: Page[ItemT]) -> None:
        """Take in what is new of the next page; nothing changes if its cursor leads astray."""
        if not self._known.isdisjoint(page.ids):
            page = unseen(page, self._ids, self.items)
        self._guard.check(page)
        self._ids += page.ids
        self._known.update(page.ids)
        self.newest = len(self.items)
        self.items += page.items
        self._cursors += page.cursors
        if page.has_next:
            self.next_cursor = page.cursor
        else:
            self.next_cursor = page.cursor or self.next_cursor
            self.complete = True
        if page.total is not None:
            self.total = page.total
        self.fetched = True

    def lacks(self, wanted: int | None) -> bool:
        """Whether another page is needed to have ``wanted`` items (``None``: all of them)."""
        return not self.complete and (wanted is None or len(self.items) < wanted)

    def hand_out(self, first: int, stop: int) -> None:
        """Note that the items ``first`` to ``stop - 1`` were given to the caller."""
        if first <= self.handed_out < stop:
            self.handed_out = min(stop, len(self.items))

    @property
    def cursor(self) -> str | None:
        """Where a listing resumes that has exactly the items not handed out yet."""
        if self.handed_out == 0:
            return self._start
        if self.handed_out == len(self.items) and self.complete:
            return self.next_cursor
        return self._cursors[self.handed_out - 1]

    @property
    def more(self) -> bool:
        """Whether anything may follow the items handed out so far."""
        return not self.complete or self.handed_out < len(self.items)

    def length(self, *, filtered: bool, feature: str | None = None) -> int:
        """The number of items: counted where a filter is the client's, else the server's total.

        Args:
            filtered: whether a filter is the client's; all pages are there then.
            feature: the feature without which a server gives no total.

        Raises:
            LengthUnknown: the server gave no total, or one that no list can have.
        """
        if filtered:
            return len(self.items)
        if self.total is None:
            why = f" (it has no {feature})" if feature else ""
            raise LengthUnknown(
                f"The server gives no total for {self._subject}{why}; "
                "iterate over it, or count with sum(1 for _ in …).",
                feature=feature,
                subject=self._subject,
            )
        if not 0 <= self.total <= _MOST_ITEMS:
            raise LengthUnknown(
                f"The server gives {self.total:,} as the total for {self._subject}, which no list "
                "has; iterate over it, or count with sum(1 for _ in …).",
                subject=self._subject,
            )
        return self.total


def wanted_by(index: int | slice) -> int | None:
    """How many items an index needs to be there; ``None`` for all.

    Raises:
        TypeError: not an integer or a slice of integers.
    """
    if isinstance(index, slice):
        return _wanted_by_slice(index)
    try:
        position = index.__index__()
    except AttributeError:
        raise TypeError(
            f"list indices must be integers or slices, not {type(index).__name__}"
        ) from None
    return position + 1 if position >= 0 else None


def _wanted_by_slice(index: slice) -> int | None:
    # slice.indices() normalizes and raises as a list would; its length must not matter here.
    index.indices(0)
    step = 1 if index.step is None else int(index.step)
    if step < 0:
        start = index.start
        if start is None or start < 0 or (index.stop is not None and index.stop < 0):
            return None
        return int(start) + 1 if index.stop is None or index.stop < start else 0
    start = index.start or 0
    if index.stop is None or index.stop < 0 or start < 0:
        return None
    span = range(start, index.stop, step)
    return span[-1] + 1 if span else 0


def check_per_page(per_page: int) -> int:
    """A page size, or ``InvalidInput``."""
    if not is_whole_number(per_page):
        raise InvalidInput(f"per_page is {shown(per_page)}; it must be a whole number.")
    if per_page < 1:
        raise InvalidInput(f"per_page is {per_page}; it must be at least 1.")
    return per_page


def check_start(start: str | None) -> str | None:
    """A cursor to resume after, or ``InvalidInput``."""
    if start is not None and (not is_text(start) or not start):
        raise InvalidInput(
            f"start is {start!r}; it must be a cursor that another listing gave, or None."
        )
    return start
