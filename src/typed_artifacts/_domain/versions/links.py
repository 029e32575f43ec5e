"""Links of a version: checks the target, reads the response. Without I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..._values.names import REGISTRY_PREFIX, check_name
from ...errors import InvalidInput
from ...paths import ProjectPath, parse_collection
from ..arguments.lookups import not_found
from ..collections.collection_kinds import known_kind
from ..lists.connections import present_nodes
from .artifact_edits import check_aliases, refuse_numbered_alias
from .memberships import SourceCollection, named_membership, source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._graphql.artifact_memberships import ArtifactMemberships
    from ..._graphql.fragments import ArtifactFields
    from ..._graphql.link_artifact import LinkArtifactLinkArtifact
    from ..._operations.variables import LinkArtifactVariables
    from ..._values.string_sequences import StringSequence
    from .memberships import Membership

    # The data of a version that the server has sent.
    Linked: TypeAlias = tuple[Membership, ArtifactFields, SourceCollection]


class LinkTarget(NamedTuple):
    """The portfolio that a version is to be linked into, and its aliases there; checked."""

    project: ProjectPath
    portfolio: str
    aliases: Sequence[str]

    def variables(self, artifact_id: str, entity: str) -> LinkArtifactVariables:
        """What links a version, once the project's entity is known."""
        from ..mutations.inputs import new_alias_inputs

        return {
            "id": artifact_id,
            "entity": entity,
            "project": self.project.project,
            "portfolio": self.portfolio,
            "aliases": new_alias_inputs(self.aliases, self.portfolio) or None,
        }

    def linked(self, payload: LinkArtifactLinkArtifact, entity: str) -> Linked | None:
        """The version as a member of the portfolio; ``None`` from a server that does not say."""
        if (membership := payload.artifact_membership) is None:
            return None
        if (content := membership.artifact) is None:
            return None
        linked = named_membership(membership, entity, self.project.project, self.portfolio)
        return linked, content, source_of(content)

    def name(self, payload: LinkArtifactLinkArtifact) -> str:
        """What to ask such a server for."""
        index = payload.version_index
        return f"{self.portfolio}:{'latest' if index is None else f'v{index}'}"


def link_target(
    path: str,
    aliases: StringSequence | None,
    *,
    entity: str,
    project: str,
    source_entity: str,
    organization: str | None,
) -> LinkTarget:
    """Where a version is to be linked.

    Args:
        path: what was given.
        aliases: its aliases there.
        entity: whose the project is if the path does not say it.
        project: the project if the path names none.
        source_entity: whose a project is that is no registry, for a version of a registry: an
            organization has no others; "" if that may not be read.
        organization: whose the registry is if the path does not say it, and settings do.

    Raises:
        InvalidInput: the path or an alias is malformed.
    """
    wanted = check_aliases([] if aliases is None else aliases)
    for alias in wanted:
        refuse_numbered_alias(alias)
    found = parse_collection(path, entity=None, project=project, organization=organization)
    target = found.project
    if target.entity is None:
        leaves = project.startswith(REGISTRY_PREFIX) and not target.is_registry
        target = ProjectPath((source_entity or None) if leaves else entity, target.project)
    return LinkTarget(target, check_name(found.collection), wanted)


def links_of(
    data: ArtifactMemberships, source: SourceCollection, name: str, about: str
) -> list[Linked]:
    """A version as it is seen in every collection but the one that it was logged to.

    Raises:
        NotFoundError: it is gone.
    """
    if (found := data.artifact) is None:
        raise not_found("artifact", name, about, "ArtifactMemberships")
    return [
        (named_membership(node, "", "", ""), node.artifact, source_of(node.artifact))
        for node in present_nodes(found.artifact_memberships.edges)
        if node.artifact is not None
        and node.artifact_collection is not None
        and node.artifact_collection.id != source.collection_id
    ]


def link_memberships(data: ArtifactMemberships) -> list[Membership]:
    """How a version is seen in the collections that it is linked into, as far as that is told."""
    if (found := data.artifact) is None:
        return []
    return [
        named_membership(node, "", "", "")
        for node in present_nodes(found.artifact_memberships.edges)
        if node.artifact is not None
        and node.artifact_collection is not None
        and node.artifact_collection.id != node.artifact.artifact_sequence.id
    ]


def unlinkable(linked: Membership, *, is_link: bool) -> str:
    """The id of the portfolio that a version is to be removed from.

    Raises:
        InvalidInput: it is no link, or is in a kind of collection that this release does not know.
    """
    if not is_link or linked.collection_id is None:
        raise InvalidInput(
            f"{linked.path} is no link; delete() deletes the version itself.", subject=linked.path
        )
    if linked.collection_kind is not None:
        known_kind(linked.collection_kind, linked.path, "unlinked")
    return linked.collection_id
