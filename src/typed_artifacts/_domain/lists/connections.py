"""Helpers for connections in the generated models, which may be null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

from ...errors import PaginationError

NodeT = TypeVar("NodeT")
NodeT_co = TypeVar("NodeT_co", covariant=True)
EdgeT = TypeVar("EdgeT")
EdgeT_co = TypeVar("EdgeT_co", covariant=True)


class PageInfo(Protocol):
    """Relay's ``PageInfo``, as far as forward paging needs it."""

    @property
    def end_cursor(self) -> str | None: ...
    @property
    def has_next_page(self) -> bool: ...


class Edge(Protocol):
    """An edge of a connection; ``cursor`` is ``None`` from a server that gives none."""

    @property
    def cursor(self) -> str | None: ...


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


class VersionEdge(Protocol):
    """An edge to a version, with its index in the collection that is listed."""

    @property
    def version(self) -> str: ...
    @property
    def node(self) -> _WithId: ...


class Connection(Protocol):
    """One page of a connection, as the generated models have it."""

    @property
    def edges(self) -> Sequence[Edge]: ...
    @property
    def page_info(self) -> PageInfo: ...


class EdgePage(Protocol[EdgeT_co]):
    """One page of a connection that is read to its end at once."""

    @property
    def edges(self) -> Sequence[EdgeT_co]: ...
    @property
    def page_info(self) -> PageInfo: ...


class NodeEdge(Protocol[NodeT_co]):
    """An edge whose node may be null."""

    @property
    def node(self) -> NodeT_co | None: ...


class _MaybePageInfo(Protocol):
    """A ``PageInfo`` of a schema in which any part may be null."""

    @property
    def end_cursor(self) -> str | None: ...
    @property
    def has_next_page(self) -> bool | None: ...


class PageEnd(NamedTuple):
    """A ``PageInfo`` that is there."""

    end_cursor: str | None
    has_next_page: bool


class ConnectionParts(NamedTuple):
    """A connection without the nulls that its schema allows."""

    edges: Sequence[Edge]
    page_info: PageInfo


def present_edges(edges: Sequence[EdgeT | None] | None) -> list[EdgeT]:
    """The edges that are there."""
    return [edge for edge in edges or () if edge is not None]


def present_nodes(edges: Sequence[NodeEdge[NodeT] | None] | None) -> list[NodeT]:
    """The nodes that are there."""
    return [edge.node for edge in present_edges(edges) if edge.node is not None]


def page_end(info: _MaybePageInfo | None, subject: str, operation: str) -> PageEnd:
    """Whether a list goes on, or ``PaginationError`` where the server does not say."""
    if info is None or info.has_next_page is None:
        raise PaginationError(
            f"The server does not say whether {subject} goes on after this page. "
            "Tell those who run the server.",
            operation=operation,
            subject=subject,
        )
    return PageEnd(info.end_cursor, info.has_next_page)
