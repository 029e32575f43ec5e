"""How a version is seen through a collection: its place, its index there, its aliases there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ._graphql.fragments import (
        ArtifactFields,
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
    collection_kind: str | None
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
    @property
    def typename__(self) -> str: ...


def seen_in_listing(
    edge: VersionedArtifactPageEdges, entity: str, project: str, name: str, collection: ListedIn
) -> Seen:
    """A version in a listing of a collection: the edge has its index there."""
    aliases = _aliases_in(edge.node, collection.id)
    kind = collection.typename__
    return Seen(entity, project, name, edge.version, aliases, collection.id, kind, None)


def seen_at_source(node: ListedArtifactFields) -> Seen:
    """A version through the collection that it was logged to."""
    source = node.artifact_sequence
    entity, project = source_project(node)
    aliases = _aliases_in(node, source.id)
    version = source_version(node)
    return Seen(entity, project, source.name, version, aliases, source.id, "ArtifactSequence", None)


def source_project(content: ArtifactFields) -> tuple[str, str]:
    """Entity and project of the collection that a version was logged to; "" for out of sight."""
    project = content.artifact_sequence.project
    return ("", "") if project is None else (project.entity_name, project.name)


def source_version(content: ArtifactFields) -> str:
    """The version in the collection that it was logged to; "" where the server does not say."""
    return "" if content.version_index is None else f"v{content.version_index}"


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
        None if collection is None else collection.typename__,
        membership.created_at,
    )


def _aliases_in(node: ListedArtifactFields, collection_id: str) -> list[str]:
    return [
        item.alias
        for item in node.aliases
        if item.artifact_collection is not None and item.artifact_collection.id == collection_id
    ]
