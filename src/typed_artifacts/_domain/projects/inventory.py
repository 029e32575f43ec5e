"""The result of ``inventory()``: types, collections, versions, sizes. Without I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..arguments.lookups import require_list
from ..collections.collection_kinds import SEQUENCE
from ..lists.connections import present_nodes
from ..lists.cursors import CursorGuard
from ..lists.pages import PreviousPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._graphql.collection_inventory import CollectionInventoryArtifactCollection
    from ..._graphql.fragments import InventoryPage
    from ..._graphql.project_inventory import (
        ProjectInventoryProject,
        ProjectInventoryProjectArtifactCollections,
    )


@dataclass(frozen=True, slots=True)
class InventoryVersion:
    """A version in an inventory: its id, ``v3``, its size in bytes."""

    id: str
    version: str
    size: int


@dataclass(frozen=True, slots=True)
class InventoryCollection:
    """A collection in an inventory, with its committed versions, newest first.

    Attributes:
        id: the collection's id.
        name: its name.
        type: the name of its artifact type.
        is_sequence: whether versions were logged to it; otherwise they are links.
        versions: its versions.
    """

    id: str
    name: str
    type: str
    is_sequence: bool
    versions: tuple[InventoryVersion, ...]

    @property
    def size(self) -> int:
        """The bytes of all its versions."""
        return sum(version.size for version in self.versions)


@dataclass(frozen=True, slots=True)
class InventoryType:
    """An artifact type in an inventory, with its collections."""

    name: str
    collections: tuple[InventoryCollection, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """A summary of a project."""

    entity: str
    project: str
    types: tuple[InventoryType, ...]

    def _repr_html_(self) -> str:
        from ..notebooks import inventory_html

        rows = [
            (each.type, each.name, len(each.versions), sum(held.size for held in each.versions))
            for each in self.collections
        ]
        return inventory_html(f"{self.entity}/{self.project}", rows)

    @property
    def collections(self) -> tuple[InventoryCollection, ...]:
        """The collections of all types."""
        return tuple(found for kind in self.types for found in kind.collections)

    @property
    def version_count(self) -> int:
        """The number of versions that were logged; links are not counted."""
        return sum(len(found.versions) for found in self.collections if found.is_sequence)

    @property
    def size(self) -> int:
        """The bytes of the versions that were logged; links take no storage."""
        return sum(found.size for found in self.collections if found.is_sequence)


@dataclass
class _Open:
    """A collection that is being read."""

    id: str
    name: str
    type: str
    is_sequence: bool
    versions: list[InventoryVersion]
    cursor: str | None
    guard: CursorGuard
    previous: PreviousPage = field(default_factory=PreviousPage)

    def add_more(self, found: CollectionInventoryArtifactCollection | None) -> None:
        """Add the next page; without one, the collection was deleted meanwhile."""
        if found is None:
            self.cursor = None
            return
        operation = "CollectionInventory"
        page = require_list(found.artifacts, "artifacts", self.guard.subject, operation)
        self.add(page, operation)

    def add(self, page: InventoryPage, operation: str) -> None:
        """Take in a page, without what the one before had.

        Raises:
            PaginationError: its cursor leads nowhere, or back.
        """
        self.cursor = None
        edges = self.previous.new_edges(page.edges, more=page.page_info.has_next_page)
        self.versions += [
            InventoryVersion(edge.node.id, edge.version, edge.node.size) for edge in edges
        ]
        if page.page_info.has_next_page:
            self.cursor = self.guard.follow(page.page_info.end_cursor, len(edges), operation)


@dataclass
class InventoryWalk:
    """An inventory in the making."""

    entity: str
    project: str
    _types: list[str] = field(default_factory=list[str])
    _found: dict[tuple[str, str], _Open] = field(default_factory=dict[tuple[str, str], _Open])

    def add(self, project: ProjectInventoryProject) -> ProjectInventoryProjectArtifactCollections:
        """Take in what is new of a page of collections, with the first versions of each.

        Returns:
            The page.

        Raises:
            NotFoundError: the server gives null for a list.
            PaginationError: a cursor leads nowhere, or back.
        """
        where, operation = f"{self.entity}/{self.project}", "ProjectInventory"
        if project.artifact_types is not None:
            self._types += [node.name for node in present_nodes(project.artifact_types.edges)]
        page = require_list(project.artifact_collections, "artifact collections", where, operation)
        for node in present_nodes(page.edges):
            if (key := (node.id, node.name)) in self._found:
                continue
            kind = node.default_artifact_type.name
            is_sequence = node.typename__ == SEQUENCE
            subject = f"{where}/{node.name}"
            guard = CursorGuard(None, subject)
            found = _Open(node.id, node.name, kind, is_sequence, [], None, guard)
            found.add(require_list(node.artifacts, "artifacts", subject, operation), operation)
            self._found[key] = found
        return page

    def unfinished(self, count: int) -> list[_Open]:
        """Some of the collections that have more versions."""
        return [found for found in self._found.values() if found.cursor is not None][:count]

    def result(self) -> Inventory:
        """The inventory; types come in the server's order, also those without collections."""
        names = dict.fromkeys([*self._types, *(found.type for found in self._found.values())])
        kinds = [InventoryType(name, tuple(self._of(name))) for name in names]
        return Inventory(self.entity, self.project, tuple(kinds))

    def _of(self, name: str) -> Iterator[InventoryCollection]:
        for found in self._found.values():
            if found.type == name:
                versions = tuple(found.versions)
                yield InventoryCollection(found.id, found.name, name, found.is_sequence, versions)
