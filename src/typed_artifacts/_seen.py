"""How a version is seen through a collection: its place, its index there, its aliases there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ._graphql.fragments import (
        ArtifactMembershipFields,
        ListedArtifactFields,
        VersionedArtifactPageEdges,
    )


class Seen(NamedTuple):
    """A version's membership in one collection."""

    entity: str
    project: str
    collection: str
    version: str
    aliases: Sequence[str]
    collection_id: str | None
    linked_at: datetime | None

    @property
    def name(self) -> str:
        """``collection:version``."""
        return f"{self.collection}:{self.version}"

    @property
    def path(self) -> str:
        """``entity/project/collection:version``."""
        return f"{self.entity}/{self.project}/{self.name}"


class ListedIn(Protocol):
    """The collection that a listing goes through."""

    @property
    def id(self) -> str: ...


def seen_in_listing(
    edge: VersionedArtifactPageEdges, entity: str, project: str, name: str, collection: ListedIn
) -> Seen:
    """A version in a listing of a collection: the edge has its index there."""
    aliases = _aliases_in(edge.node, collection.id)
    return Seen(entity, project, name, edge.version, aliases, collection.id, None)


def seen_in_run(node: ListedArtifactFields) -> Seen:
    """A version that a run logged or used: through the collection that it was logged to."""
    source = node.artifact_sequence
    entity, project = (
        ("", "")
        if source.project is None
        else (
            source.project.entity_name,
            source.project.name,
        )
    )
    version = "" if node.version_index is None else f"v{node.version_index}"
    aliases = _aliases_in(node, source.id)
    return Seen(entity, project, source.name, version, aliases, source.id, None)


def seen_in_membership(
    membership: ArtifactMembershipFields, entity: str, project: str, asked: str
) -> Seen:
    """A version asked for by name."""
    collection = membership.artifact_collection
    place = None if collection is None else collection.project
    base, _, alias = asked.partition(":")
    index = membership.version_index
    return Seen(
        entity if place is None else place.entity_name,
        project if place is None else place.name,
        base if collection is None else collection.name,
        alias if index is None else f"v{index}",
        [item.alias for item in membership.aliases],
        None if collection is None else collection.id,
        membership.created_at,
    )


def _aliases_in(node: ListedArtifactFields, collection_id: str) -> list[str]:
    return [
        item.alias
        for item in node.aliases
        if item.artifact_collection is not None and item.artifact_collection.id == collection_id
    ]
