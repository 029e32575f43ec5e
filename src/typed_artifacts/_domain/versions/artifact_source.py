"""Where a version was logged to, and whether it is a link to there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import NotFoundError
from ..arguments.attributes import collection_attrs
from ..client.client_protocol import ClientT
from ..collections.collection_kinds import SEQUENCE
from .artifact_base import ArtifactBase
from .memberships import source_version

if TYPE_CHECKING:
    from ..._values.json_values import JsonValue
    from ...lineage import LineageVersion


class ArtifactWithSource(ArtifactBase[ClientT]):
    """A base of the classes of a version: its source is the version that was logged."""

    @property
    def is_link(self) -> bool:
        """Whether this is a link: it was logged to another collection. No request."""
        return (
            self._known_membership().collection_id != self._require_source("is_link").collection_id
        )

    @property
    def source_entity(self) -> str:
        """The entity of the collection that it was logged to; "" if that may not be read."""
        return self._require_source("source_entity").entity

    @property
    def source_project(self) -> str:
        """The project of the collection that it was logged to; "" if that may not be read."""
        return self._require_source("source_project").project

    @property
    def source_version(self) -> str:
        """Its version in the collection that it was logged to."""
        return source_version(self._with("version_index"))

    @property
    def source_name(self) -> str:
        """``collection:version`` in the collection that it was logged to."""
        return f"{self._require_source('source_name').collection}:{self.source_version}"

    @property
    def source_qualified_name(self) -> str:
        """``entity/project/collection:version`` in the collection that it was logged to."""
        return f"{self.source_entity}/{self.source_project}/{self.source_name}"

    def _source_location(self) -> tuple[str, str, str]:
        """Entity, project and name of what a link links to.

        Raises:
            NotFoundError: it cannot be seen.
        """
        if not self.source_project:
            raise NotFoundError(
                f"{self.qualified_name} links to a version in a project that you cannot see.",
                missing="project",
                subject=self._subject,
            )
        return self.source_entity, self.source_project, self.source_name

    def _lineage_root(self) -> LineageVersion:
        """It as a node of its lineage: where it was logged to, or is seen if that is hidden."""
        from ...lineage import LineageVersion

        hidden = not self.source_project
        path = self.qualified_name if hidden else self.source_qualified_name
        return LineageVersion(self._with("id").id, path, self.type)

    def _source_attrs(self) -> dict[str, JsonValue]:
        """What is known of the collection that it was logged to."""
        source = self._require_source("source_collection")
        return collection_attrs(source.collection_id, SEQUENCE, source.collection, source.type)

    def _logged_to(self) -> tuple[str, str, str, str]:
        """The same of the collection that it was logged to.

        Raises:
            NotFoundError: it cannot be seen.
        """
        source = self._require_source("source_collection")
        if not self.is_link:
            return self._collection_location()
        entity, project, _ = self._source_location()
        return entity, project, source.collection, source.type

    def _follow_collection(self, before: tuple[str, str, str], name: str, type_name: str) -> None:
        """Be in a collection under its new name and type, if it is in that collection.

        Args:
            before: the entity, the project and the name that the collection had.
            name: its name.
            type_name: the name of its artifact type.
        """
        membership, source = self._known_membership(), self._source
        is_source = (
            source is not None and (source.entity, source.project, source.collection) == before
        )
        if membership[:3] == before:
            is_source = not self.is_link
            self._membership = membership = membership._replace(collection=name)
            self._asked = (membership.entity, membership.project, membership.name)
            self._listed_in = self._listed_node = None
        if source is not None and is_source:
            self._source = source._replace(collection=name, type=type_name)
