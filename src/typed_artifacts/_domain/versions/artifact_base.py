"""The attributes of a version that need no request: a base of its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self

from ..._values.guards import override
from ..._values.kept import first_kept
from ..._values.times import as_utc
from ..arguments.attributes import collection_attrs, not_loaded
from ..arguments.lookups import not_found
from ..client.client_protocol import ClientT
from ..locations import artifact_url
from .memberships import (
    check_version,
    listed_membership,
    named_membership,
    source_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from ..._graphql.artifact_membership import ArtifactMembership
    from ..._graphql.fragments import (
        ArtifactFields,
        ArtifactMembershipFields,
        VersionedArtifactPageEdgesNode,
    )
    from ..._operations.variables import ArtifactMembershipVariables
    from ..._transfer import Manifest
    from ..._values.json_values import JsonValue
    from ...errors import NotFoundError
    from .memberships import ListedCollection, Membership, SourceCollection


class ArtifactBase(Generic[ClientT]):
    """The common base of the sync and async classes of a version."""

    # Defaults on the class: a listing of thousands of versions sets none of these.
    _membership: Membership | None = None
    # For a version of a listing, until its membership is needed.
    _listed_in: ListedCollection | None = None
    _listed_version = ""
    _listed_node: VersionedArtifactPageEdgesNode | None = None

    _client: ClientT
    _asked: tuple[str, str, str]
    _attrs: ArtifactFields | None
    _source: SourceCollection | None
    _manifest: Manifest | None

    @classmethod
    def _of(
        cls,
        client: ClientT,
        membership: Membership,
        attrs: ArtifactFields,
        source: SourceCollection,
    ) -> Self:
        """An artifact with all the data that the server sent."""
        self = cls.__new__(cls)
        self._client = client
        self._asked = (membership.entity, membership.project, membership.name)
        self._membership = membership
        self._attrs = attrs
        self._source = source
        return self

    @classmethod
    def _listed(
        cls,
        client: ClientT,
        version: str,
        node: VersionedArtifactPageEdgesNode,
        listed_in: ListedCollection,
        source: SourceCollection | None,
    ) -> Self:
        """An artifact of a listing; its membership is computed on access."""
        self = cls.__new__(cls)
        self._client = client
        # One by one: a tuple for each object would cost the garbage collector time.
        self._listed_in = listed_in
        self._listed_version = version
        self._listed_node = node
        self._attrs = node
        self._source = source
        return self

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.qualified_name}>"

    def _repr_html_(self) -> str:
        from ..notebooks import artifact_html

        return artifact_html(self, self.qualified_name, self._attrs, self._manifest)

    @property
    def _subject(self) -> str:
        """What it is called in error messages."""
        return self.qualified_name

    @property
    def _wanted(self) -> ArtifactMembershipVariables:
        """What asks for it."""
        name = self.name
        known = self._membership is not None or self._listed_in is not None
        collection = self._known_membership().collection if known else name.partition(":")[0]
        return {
            "entity": self.entity,
            "project": self.project,
            "collection": collection,
            "name": name,
        }

    def _take(
        self, data: ArtifactMembership, variables: ArtifactMembershipVariables
    ) -> NotFoundError | None:
        """Become what the server says, or tell which part of the path does not exist."""
        operation, about = "ArtifactMembership", self._subject
        if (project := data.project) is None:
            path = f"{variables['entity']}/{variables['project']}"
            return not_found("project", path, about, operation)
        if project.artifact_collection is None:
            return not_found("artifact collection", variables["collection"], about, operation)
        if (membership := project.artifact_collection_membership) is None:
            return not_found("artifact version", variables["name"], about, operation)
        check_version(membership, variables["name"], about, operation)
        self._become(membership)
        return None

    def _become(self, membership: ArtifactMembershipFields) -> None:
        entity, project, name = self.entity, self.project, self.name
        if (content := membership.artifact) is None:
            raise not_found("artifact", name, self._subject, "ArtifactMembership")
        named = named_membership(membership, entity, project, name)
        self._membership = named
        self._asked = (named.entity, named.project, named.name)
        self._listed_in = self._listed_node = None
        self._attrs = content
        self._source = source_of(content)

    def _with(self, attribute: str) -> ArtifactFields:
        """What is known of its content."""
        if self._attrs is None:
            raise not_loaded(type(self), attribute)
        return self._attrs

    def _known_membership(self, attribute: str = "_membership") -> Membership:
        """How it is seen through its collection."""
        known, listed_in, node = self._membership, self._listed_in, self._listed_node
        if known is None and listed_in is not None and node is not None:
            made = listed_membership(self._listed_version, node, listed_in)
            known = first_kept(self, "_membership", made)
        known = known or self._membership  # another thread may have loaded it meanwhile
        if known is None:
            raise not_loaded(type(self), attribute)
        return known

    def _require_source(self, attribute: str) -> SourceCollection:
        """Where it was logged to."""
        if self._source is None:
            raise not_loaded(type(self), attribute)
        return self._source

    @property
    def entity(self) -> str:
        """The user or team whose project holds the collection. No request."""
        listed_in = self._listed_in
        return self._asked[0] if listed_in is None else listed_in.entity

    @property
    def project(self) -> str:
        """The project that holds the collection. No request."""
        listed_in = self._listed_in
        return self._asked[1] if listed_in is None else listed_in.project

    @property
    def name(self) -> str:
        """``collection:version``; before ``load()``, the name as given. No request."""
        listed_in = self._listed_in
        if listed_in is None:
            return self._asked[2]
        return f"{listed_in.collection}:{self._listed_version}"

    @property
    def qualified_name(self) -> str:
        """``entity/project/collection:version``. No request."""
        return f"{self.entity}/{self.project}/{self.name}"

    @property
    def type(self) -> str:
        """The name of its artifact type."""
        return self._require_source("type").type

    @property
    def version(self) -> str:
        """The version in this collection, such as ``v3``."""
        if self._listed_in is not None:
            return self._listed_version
        return self._known_membership("version").version

    @property
    def url(self) -> str:
        """The address of its web page. No request."""
        organizations = self._client._registry_entities  # noqa: SLF001 -- only needed here
        return artifact_url(
            self._client.settings, self._known_membership(), self.type, organizations
        )

    @property
    def history_step(self) -> int | None:
        """The last step of its run's history when it was logged, if any. No request."""
        # The server gives the number of steps up to then.
        count = self._with("history_step").history_step
        return None if count is None else max(0, count - 1)

    @property
    def linked_at(self) -> datetime | None:
        """When it was added to this collection; ``None`` if a listing omits it. No request."""
        linked_at = self._known_membership().linked_at
        return None if linked_at is None else as_utc(linked_at)

    def _is_remembered(self) -> bool:
        """Whether a download of it is noted in the cache folder."""
        client = self._client
        settings, embedded = client.settings, client._is_embedded  # noqa: SLF001 -- as in url
        known = settings.cache_dir is not None and self._source is not None
        return known and not settings.offline and not embedded

    def _remember(self, manifest: Manifest) -> None:
        """Note in the cache folder what was downloaded."""
        from ..offline.offline_client import remember

        source = self._require_source("source_collection")
        remember(self._client, self._known_membership(), self._with("digest"), source, manifest)

    def _collection_attrs(self) -> dict[str, JsonValue]:
        """What is known of the collection that it is seen through."""
        membership = self._known_membership()
        return collection_attrs(
            membership.collection_id, membership.collection_kind, membership.collection, self.type
        )

    def _collection_location(self) -> tuple[str, str, str, str]:
        """Entity, project, name and type of the collection that it is seen through."""
        membership = self._known_membership()
        return membership.entity, membership.project, membership.collection, self.type
