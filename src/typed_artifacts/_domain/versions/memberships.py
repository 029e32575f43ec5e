"""A version as a member of a collection: its version index and its aliases there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from ...errors import ServerError
from ..collections.collection_kinds import SEQUENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from ..._graphql.fragments import (
        ArtifactFields,
        ArtifactMembershipFields,
        ListedArtifactFields,
        LoggedArtifactFields,
        VersionedArtifactPageEdgesNode,
    )

# As servers write it: "v01" may be an alias.
_VERSION: Final = re.compile("v(0|[1-9][0-9]*)")


class ListedAlias(Protocol):
    """An alias of a reply."""

    @property
    def alias(self) -> str: ...


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


class PlacedAlias(ListedAlias, Protocol):
    """An alias of a reply, with the collection that it is in."""

    @property
    def artifact_collection(self) -> _Identified | None: ...


class Membership(NamedTuple):
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


class SourceCollection(NamedTuple):
    """The collection that a version was logged to; entity and project are "" for out of sight."""

    type: str
    collection_id: str
    collection: str
    entity: str
    project: str


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _InProject(Protocol):
    @property
    def entity_name(self) -> str: ...
    @property
    def name(self) -> str: ...


class _Sequence(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def project(self) -> _InProject | None: ...


class HasSource(Protocol):
    """A version with its source."""

    @property
    def artifact_type(self) -> _Named: ...
    @property
    def artifact_sequence(self) -> _Sequence: ...


def source_of(node: HasSource) -> SourceCollection:
    """Where a version was logged to."""
    return _origin(node.artifact_type, node.artifact_sequence)


def _origin(kind: _Named, source: _Sequence) -> SourceCollection:
    project = source.project
    entity, name = ("", "") if project is None else (project.entity_name, project.name)
    return SourceCollection(kind.name, source.id, source.name, entity, name)


def listed_source(node: VersionedArtifactPageEdgesNode) -> SourceCollection | None:
    """Where a version of a listing was logged to, if the page was asked for it."""
    kind, source = node.artifact_type, node.artifact_sequence
    return None if kind is None or source is None else _origin(kind, source)


class ListedCollection(NamedTuple):
    """The collection that a listing goes through: what its versions have in common."""

    entity: str
    project: str
    collection: str
    collection_id: str
    collection_kind: str


def listed_membership(
    version: str, node: ListedArtifactFields, location: ListedCollection
) -> Membership:
    """A version in a listing of a collection: its edge has its index there."""
    entity, project, name, collection_id, kind = location
    aliases = aliases_in(node.aliases, collection_id)
    return Membership(entity, project, name, version, aliases, collection_id, kind, None)


def source_membership(
    node: LoggedArtifactFields, source: SourceCollection | None = None
) -> Membership:
    """A version through the collection that it was logged to: the one given, or the node's."""
    origin = source or source_of(node)
    aliases = aliases_in(node.aliases, origin.collection_id)
    return Membership(
        origin.entity,
        origin.project,
        origin.collection,
        source_version(node),
        aliases,
        origin.collection_id,
        SEQUENCE,
        None,
    )


def source_version(content: ArtifactFields) -> str:
    """The version in the collection that it was logged to; "" where the server does not say."""
    return "" if content.version_index is None else f"v{content.version_index}"


def named_membership(
    membership: ArtifactMembershipFields, entity: str, project: str, requested: str
) -> Membership:
    """A version asked for by name."""
    collection = membership.artifact_collection
    location = None if collection is None else collection.project
    base, _, alias = requested.partition(":")
    index = membership.version_index
    return Membership(
        entity if location is None else location.entity_name,
        project if location is None else location.name,
        base if collection is None else collection.name,
        alias if index is None else f"v{index}",
        own_aliases(membership.aliases),
        None if collection is None else collection.id,
        None if collection is None else collection.typename__,
        membership.created_at,
    )


def check_version(
    membership: ArtifactMembershipFields, requested: str, subject: str, operation: str
) -> None:
    """Raise ``ServerError`` where a version was asked for by its number, and is another one."""
    alias, index = requested.partition(":")[2], membership.version_index
    if index is None or not _VERSION.fullmatch(alias) or alias == f"v{index}":
        return
    raise ServerError(
        f"The server answered {operation} for {subject} with v{index}, which is another version. "
        "Is a proxy in between that mixes answers up?",
        operation=operation,
        subject=subject,
    )


def aliases_in(listed: Iterable[PlacedAlias], collection_id: str) -> list[str]:
    """Those of a version's aliases that are in one collection."""
    return own_aliases(
        item
        for item in listed
        if item.artifact_collection is not None and item.artifact_collection.id == collection_id
    )


def own_aliases(listed: Iterable[ListedAlias]) -> list[str]:
    """The aliases that a server lists, without the version (``v3``), which W&B's lists as well.

    That one is no alias to change, and would keep every version from being pruned.
    """
    return [item.alias for item in listed if not _VERSION.fullmatch(item.alias)]
