"""The versions of collections, read from the pages of a listing. Without I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..._values.guards import is_text
from ..._values.times import as_utc
from ...errors import InvalidInput
from ...holdings import HeldCollection, HeldVersion, Holding
from ..arguments.lookups import require_list
from ..collections.collection_kinds import SEQUENCE
from ..lists.cursors import CursorGuard
from ..lists.pages import PreviousPage
from ..versions.memberships import aliases_in

if TYPE_CHECKING:
    from ..._graphql.collection_holdings import CollectionHoldingsArtifactCollection
    from ..._graphql.fragments import HoldingsPage, HoldingsPageEdges
    from ..._graphql.project_holdings import (
        ProjectHoldingsProjectArtifactCollections,
        ProjectHoldingsProjectArtifactCollectionsEdgesNode,
    )


@dataclass
class OpenCollection:
    """A collection of which more versions are to be fetched."""

    collection: HeldCollection
    guard: CursorGuard
    cursor: str | None = None
    has_newest: bool = False
    """Whether its newest version was handed on."""
    previous: PreviousPage = field(default_factory=PreviousPage)

    def more_versions(
        self, found: CollectionHoldingsArtifactCollection | None
    ) -> list[HeldVersion]:
        """Add the next page; without one, the collection was deleted meanwhile."""
        if found is None:
            self.cursor = None
            return []
        operation = "CollectionHoldings"
        page = require_list(found.artifacts, "artifacts", self.guard.subject, operation)
        return self.versions(page, operation)

    def versions(self, page: HoldingsPage, operation: str) -> list[HeldVersion]:
        """Take in a page, without what the one before had; ``cursor`` then says where it goes on.

        Raises:
            PaginationError: its cursor leads nowhere, or back.
        """
        self.cursor = None
        fresh = self.previous.new_edges(page.edges, more=page.page_info.has_next_page)
        first = not self.has_newest
        self.has_newest = not first or bool(fresh)
        if page.page_info.has_next_page:
            self.cursor = self.guard.follow(page.page_info.end_cursor, len(fresh), operation)
        return [
            _held(edge, self.collection.id, newest=first and number == 0)
            for number, edge in enumerate(fresh)
        ]


def _held(edge: HoldingsPageEdges, collection_id: str, *, newest: bool) -> HeldVersion:
    node = edge.node
    return HeldVersion(
        id=node.id,
        version=edge.version,
        digest=node.digest,
        size=node.size,
        file_count=node.file_count,
        created_at=as_utc(node.created_at),
        updated_at=None if node.updated_at is None else as_utc(node.updated_at),
        ttl=own_ttl(node.ttl_duration_seconds, inherited=node.ttl_is_inherited),
        tags=tuple(tag.name for tag in node.tags),
        aliases=tuple(aliases_in(node.aliases, collection_id)),
        is_link=node.artifact_sequence.id != collection_id,
        newest=newest,
    )


def own_ttl(seconds: int, *, inherited: bool) -> int | None:
    """A version's own time to live in seconds; ``None`` where it has none of its own."""
    return None if inherited or seconds <= 0 else seconds


@dataclass
class CollectionWalk:
    """The collections of a project, as their pages come.

    Attributes:
        subject: the project, for errors.
        kind: only collections of this type.
        name: only the collection of this name.
    """

    subject: str
    kind: str | None = None
    name: str | None = None
    found: int = 0
    unfinished: list[OpenCollection] = field(default_factory=list[OpenCollection])
    _keys: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def add(
        self, page: ProjectHoldingsProjectArtifactCollections, *, nested: bool
    ) -> Iterator[Holding]:
        """Take in a page of collections; with versions in it, hand on those that are wanted."""
        for edge in page.edges:
            if edge.node is None or not self._wants(edge.node):
                continue
            if (key := (edge.node.id, edge.node.name)) in self._keys:
                continue
            self._keys.add(key)
            self.found += 1
            entry = self._opened(edge.node)
            if nested:
                operation, subject = "ProjectHoldings", entry.guard.subject
                versions = require_list(edge.node.artifacts, "artifacts", subject, operation)
                yield entry.collection, entry.versions(versions, operation)
            if not nested or entry.cursor is not None:
                self.unfinished.append(entry)

    def add_heads(self, page: ProjectHoldingsProjectArtifactCollections) -> None:
        """Take in a page of collections without versions; they are then ``unfinished``."""
        for _ in self.add(page, nested=False):
            raise AssertionError("there are no versions to hand on")  # for type checkers

    def take(self, count: int) -> list[OpenCollection]:
        """Some of the collections that have more versions, to be asked for them."""
        taken, self.unfinished = self.unfinished[:count], self.unfinished[count:]
        return taken

    def give(self, entry: OpenCollection) -> None:
        """Put back one that was asked: it goes on where it has more."""
        if entry.cursor is not None:
            self.unfinished.append(entry)

    def _wants(self, node: ProjectHoldingsProjectArtifactCollectionsEdgesNode) -> bool:
        return self.name in {None, node.name} and self.kind in {
            None,
            node.default_artifact_type.name,
        }

    def _opened(self, node: ProjectHoldingsProjectArtifactCollectionsEdgesNode) -> OpenCollection:
        kind = node.default_artifact_type.name
        collection = HeldCollection(node.id, node.name, kind, node.typename__ == SEQUENCE)
        return OpenCollection(collection, CursorGuard(None, f"{self.subject}/{node.name}"))


def check_selection(kind: str | None, name: str | None) -> None:
    """Refuse what names no type and no collection."""
    for argument, value in (("type", kind), ("collection", name)):
        if value is not None and (not is_text(value) or not value):
            raise InvalidInput(f"{argument} is {value!r}; it must be a name, or None for all.")
