"""The pages of a list, without I/O: order, position, totals, indexing, invalid cursors.

The iterators on top only fetch: ``_async/pager.py``, and ``_sync/pager.py`` generated from it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from ..._values.guards import override

if TYPE_CHECKING:
    from .connections import Connection, Edge, VersionEdge


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
        operation: the GraphQL operation that fetched it.
    """

    items: tuple[ItemT_co, ...]
    cursors: tuple[str | None, ...]
    cursor: str | None
    has_next: bool
    total: int | None
    edges: int = 0
    ids: tuple[Hashable, ...] = field(default=(), repr=False)
    operation: str | None = field(default=None, repr=False)

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
    again = set(page.ids).intersection(ids)
    if not again:
        return page
    # Of all items before, the names of those alone that may be the same are looked at.
    before = [pair for pair in zip(ids, items, strict=True) if pair[0] in again]
    known = set(_identities([key for key, _ in before], [item for _, item in before]))
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
    operation: str,
    ids: Sequence[Hashable] = (),
    total: int | None = None,
    keep: Callable[[ItemT], bool] | None = None,
) -> Page[ItemT]:
    """The page that a connection and its converted nodes make.

    Args:
        connection: the validated connection.
        items: one per edge; ``None`` where the node is null.
        begin: the cursor that this page was asked for with.
        operation: the operation that fetched it.
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
        return Page(tuple(whole), tuple(given), end, more, total, count, tuple(ids), operation)
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
    known = _at(indexes, ids)
    return Page(tuple(kept), tuple(cursors), end, more, total, count, known, operation)


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
