"""What collections hold, as retention and usage need it. Without I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from .._values.times import as_utc
from .collection_kinds import SEQUENCE
from .pages import CursorGuard

if TYPE_CHECKING:
    from .._graphql.fragments import HoldingsPage, HoldingsPageEdges
    from .._graphql.project_holdings import (
        ProjectHoldingsProjectArtifactCollections,
        ProjectHoldingsProjectArtifactCollectionsEdgesNode,
    )


class HeldCollection(NamedTuple):
    """A collection: versions were logged to a sequence, and linked to any other."""

    id: str
    name: str
    type: str
    is_sequence: bool


class HeldVersion(NamedTuple):
    """A version as a collection holds it.

    Attributes:
        id: its id.
        version: its version in this collection, such as ``v3``.
        digest: the digest of its content.
        size: its bytes.
        file_count: its files.
        created_at: when it was logged.
        updated_at: when it was last changed, if ever.
        ttl: how long it is kept, in seconds, if it has a time of its own.
        tags: its tags.
        aliases: those that it has in this collection.
        is_link: whether it was logged elsewhere.
        newest: whether none of the collection is newer.
    """

    id: str
    version: str
    digest: str
    size: int
    file_count: int
    created_at: datetime
    updated_at: datetime | None
    ttl: int | None
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    is_link: bool
    newest: bool

    @property
    def number(self) -> int:
        """The number of its version; -1 where the server gives no number."""
        digits = self.version.removeprefix("v")
        return int(digits) if digits.isascii() and digits.isdigit() else -1


Holding = tuple[HeldCollection, Sequence[HeldVersion]]
"""A collection and a page of what it holds."""


@dataclass
class OpenCollection:
    """A collection of which more versions are to be fetched."""

    collection: HeldCollection
    guard: CursorGuard
    cursor: str | None = None
    pages: int = 0

    def versions(self, page: HoldingsPage | None) -> list[HeldVersion]:
        """Take in a page; ``cursor`` then says where the next one begins.

        Raises:
            PaginationError: its cursor leads nowhere, or back.
        """
        self.cursor = None
        if page is None:
            return []
        first = self.pages == 0
        self.pages += 1
        if page.page_info.has_next_page:
            self.cursor = self.guard.follow(page.page_info.end_cursor, len(page.edges))
        return [
            _held(edge, self.collection.id, newest=first and number == 0)
            for number, edge in enumerate(page.edges)
        ]


def _held(edge: HoldingsPageEdges, collection_id: str, *, newest: bool) -> HeldVersion:
    node = edge.node
    return HeldVersion(
        node.id,
        edge.version,
        node.digest,
        node.size,
        node.file_count,
        as_utc(node.created_at),
        None if node.updated_at is None else as_utc(node.updated_at),
        own_ttl(node.ttl_duration_seconds, inherited=node.ttl_is_inherited),
        tuple(tag.name for tag in node.tags),
        tuple(
            each.alias
            for each in node.aliases
            if each.artifact_collection is not None and each.artifact_collection.id == collection_id
        ),
        node.artifact_sequence.id != collection_id,
        newest,
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

    def add(
        self, page: ProjectHoldingsProjectArtifactCollections, *, nested: bool
    ) -> Iterator[Holding]:
        """Take in a page of collections; with versions in it, hand on those that are wanted."""
        for edge in page.edges:
            if edge.node is None or not self._wants(edge.node):
                continue
            self.found += 1
            entry = self._opened(edge.node)
            if nested:
                yield entry.collection, entry.versions(edge.node.artifacts)
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
