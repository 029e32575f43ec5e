"""The methods of ``AsyncArtifact`` about its links and runs, and its lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.arguments.lookups import required_creator, user_page
from .._domain.loading import async_loaded
from .._domain.mutations.payloads import require_done
from .._domain.versions.links import link_target
from .._operations import catalog
from .._values.attributes import async_property
from .artifact_attributes import AsyncArtifactAttributes
from .pager import every_edge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._graphql.fragments import RunPage
    from .._operations.variables import (
        ArtifactCreatedByVariables,
        ArtifactMembershipsVariables,
        ArtifactUsedByVariables,
        UnlinkArtifactVariables,
    )
    from .._values.string_sequences import StringSequence
    from ..lineage import Direction, Lineage
    from .artifact import AsyncArtifact
    from .run import AsyncRun


class AsyncArtifactRelations(AsyncArtifactAttributes):
    """A base of ``AsyncArtifact``."""

    # The links that were returned last.
    _linked: Sequence[AsyncArtifact] = ()

    @async_property
    async def linked_artifacts(self) -> list[AsyncArtifact]:
        """The version's links in other collections. One request.

        A link that was returned before and has edits is the same object, so that they can be saved.

        Raises:
            NotFoundError: the version does not exist any more, or is a link to one in a project
                that you may not read.
        """
        from .artifact import AsyncArtifact

        variables: ArtifactMembershipsVariables = {"id": self.id}
        data = await self._client.execute(
            catalog.ARTIFACT_MEMBERSHIPS, variables, subject=self._subject
        )
        found: list[AsyncArtifact] = []
        for membership, content, source in self._links(data):
            edited = (each for each in self._linked if each._has_edits_in(membership.collection_id))
            made = AsyncArtifact._of(self._client, membership, content, source)
            found.append(next(edited, made))
        self._linked = tuple(found)
        return found

    async def link(self, target_path: str, aliases: StringSequence | None = None) -> AsyncArtifact:
        """Link the version into a portfolio, which is created if it does not exist. One request.

        Args:
            target_path: ``[[entity/]project/]portfolio``; for a registry
                ``organization/wandb-registry-name/collection`` (one request more, once). What is
                left out is as in the path of this version; a project that is no registry, named for
                a link in one, belongs to the entity that logged the version.
            aliases: aliases of the link.

        Returns:
            The version as a member of the portfolio.

        Raises:
            InvalidInput: the path or an alias is malformed.
            GraphQLError: the server refused the request.
            ServerError: the server did not confirm the change.
        """
        from .artifact import AsyncArtifact

        target = link_target(
            target_path,
            aliases,
            entity=self.entity,
            project=self.project,
            source_entity=self.source_entity,
            organization=self._client.settings.organization,
        )
        entity = await self._client.locate(target.project.entity, target.project.project)
        variables = target.variables(self.id, entity)
        data = await self._client.execute(catalog.LINK_ARTIFACT, variables, subject=self._subject)
        made = require_done(data.link_artifact, "LinkArtifact", self._subject)
        if (linked := target.linked(made, entity)) is not None:
            return AsyncArtifact._of(self._client, *linked)
        found = AsyncArtifact(self._client, entity, target.project.project, target.name(made))
        return await async_loaded(found)

    async def unlink(self) -> None:
        """Remove this link from its collection; the source version stays. One request.

        Raises:
            InvalidInput: this is not a link.
            GraphQLError: the server refused the request.
            ServerError: the server did not confirm the change.
        """
        variables: UnlinkArtifactVariables = {"id": self.id, "portfolio": self._portfolio()}
        data = await self._client.execute(catalog.UNLINK_ARTIFACT, variables, subject=self._subject)
        require_done(data.unlink_artifact, "UnlinkArtifact", self._subject)

    async def logged_by(self) -> AsyncRun | None:
        """The run that logged the version; ``None`` if there is none. One request.

        Raises:
            NotFoundError: the version does not exist any more.
        """
        from . import run

        variables: ArtifactCreatedByVariables = {"id": self.id}
        data = await self._client.execute(
            catalog.ARTIFACT_CREATED_BY, variables, subject=self._subject
        )
        return run.AsyncRun._of_creator(
            self._client, required_creator(data, self.name, self._subject)
        )

    async def used_by(self) -> list[AsyncRun]:
        """The runs that used the version. One request per hundred runs.

        Raises:
            NotFoundError: the version does not exist any more.
        """
        from . import run

        async def page(cursor: str | None) -> RunPage:
            variables: ArtifactUsedByVariables = {"id": self.id, "cursor": cursor}
            data = await self._client.execute(
                catalog.ARTIFACT_USED_BY, variables, subject=self._subject
            )
            return user_page(data, self.name, self._subject)

        edges = await every_edge(page, self._subject, catalog.ARTIFACT_USED_BY.name)
        users = {(edge.node.id, edge.node.name): edge.node for edge in edges}
        return [run.AsyncRun._of(self._client, user) for user in users.values()]

    async def lineage(self, depth: int = 1, direction: Direction = "both") -> Lineage:
        """The runs and versions that this version was made from, and that were made from it.

        Sends two requests per step: one for its versions, one for its runs; and one more for each
        further 250 of them, and for each further page of the versions or runs of one of them
        (pages of 1,000 for the first version; of 20 or more if many are requested together).

        Args:
            depth: the number of steps. A step up leads to the versions used by the run that logged
                a version; a step down to the versions logged by the runs that used it.
            direction: "up", "down", or "both", which goes up from this version and down from it,
                and does not change direction on the way.

        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: the server has no such version any more. It may keep a version that was
                deleted, with its run.
        """
        from .._domain.projects.lineage import LineageWalk, check_lineage
        from . import lineage

        check_lineage(depth, direction)
        return await lineage.request_lineage(
            self._client, LineageWalk(self._lineage_root(), depth, direction)
        )
