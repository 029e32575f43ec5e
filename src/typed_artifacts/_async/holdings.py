"""Reads the versions of a project's collections, page by page, without keeping them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.arguments.checks import committed_text
from .._domain.arguments.lookups import KnownName, not_found, require_list
from .._domain.lists.cursors import CursorGuard
from .._domain.lists.many_connections import ManyConnections
from .._domain.loading import async_loaded
from .._domain.projects.holders import holders_of
from .._domain.projects.holdings import CollectionWalk
from .._operations import catalog
from .._requests.batch import Batch
from . import artifact_type
from .suggestions import with_suggestion

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from .._graphql.project_holdings import ProjectHoldingsProjectArtifactCollections
    from .._operations.variables import (
        ArtifactHoldersVariables,
        CollectionHoldingsVariables,
        ProjectHoldingsVariables,
    )
    from ..holdings import Holders, Holding
    from ..paths import ProjectPath
    from .client import AsyncClient

# How many collections and versions one document asks about: few round trips, and a response of
# moderate size.
_COLLECTIONS, _VERSIONS = 10, 50
# The page size of collections that are listed without their versions.
_COLLECTIONS_PER_PAGE = 1000


async def request_holdings(
    client: AsyncClient, path: ProjectPath, kind: str | None, name: str | None
) -> AsyncGenerator[Holding]:
    """Every page of versions of the selected collections."""
    entity = await client.locate(path.entity, path.project)
    walk, is_selection = CollectionWalk(f"{entity}/{path.project}", kind, name), bool(kind or name)
    async for holding in project_holdings(
        client, walk, entity, path.project, nested=not is_selection
    ):
        yield holding
    if is_selection and not walk.found:
        await require_selected(client, entity, path.project, kind, name)


async def project_holdings(
    client: AsyncClient, walk: CollectionWalk, entity: str, project: str, *, nested: bool
) -> AsyncGenerator[Holding]:
    """Every page of versions of a project, with the collection that holds it.

    Args:
        client: sends the requests.
        walk: which collections are wanted; afterwards it knows how many there were.
        entity: the user or team that owns the project.
        project: the project's name.
        nested: whether collections come with their first versions, a hundred at a time; otherwise
            a thousand come without, for those who want few of them.
    """
    subject = walk.subject
    guard, variables = CursorGuard(None, subject), collection_variables(entity, project, nested)
    while True:
        page = await request_collections(client, variables, subject)
        if page is None:
            missing = not_found("project", subject, subject, "ProjectHoldings")
            raise await with_suggestion(client, missing, variables)
        for holding in walk.add(page, nested=nested):
            yield holding
        if not page.page_info.has_next_page:
            break
        variables["cursor"] = guard.follow_page(page, catalog.PROJECT_HOLDINGS.name)
    filters = committed_text()
    while some := walk.take(_COLLECTIONS):
        batch = Batch(catalog.COLLECTION_HOLDINGS, len(some))
        many: list[CollectionHoldingsVariables] = [
            {"id": each.collection.id, "filters": filters, "cursor": each.cursor} for each in some
        ]
        data_of = await client.execute(batch.operation, batch.variables(many), subject=subject)
        for each, part in zip(some, data_of.parts, strict=True):
            yield each.collection, each.more_versions(part.artifact_collection)
            walk.give(each)


def collection_variables(entity: str, project: str, nested: bool) -> ProjectHoldingsVariables:
    """The variables of a first page of collections; ``nested``: with their first versions."""
    return {
        "entity": entity,
        "project": project,
        "filters": committed_text() if nested else None,
        "perPage": None if nested else _COLLECTIONS_PER_PAGE,
        "nested": nested,
    }


async def request_collections(
    client: AsyncClient, variables: ProjectHoldingsVariables, subject: str
) -> ProjectHoldingsProjectArtifactCollections | None:
    """A page of a project's collections; ``None`` if there is no such project. One request."""
    data = await client.execute(catalog.PROJECT_HOLDINGS, variables, subject=subject)
    if data.project is None:
        return None
    return require_list(
        data.project.artifact_collections, "artifact collections", subject, "ProjectHoldings"
    )


async def require_selected(
    client: AsyncClient, entity: str, project: str, kind: str | None, name: str | None
) -> None:
    """Find out why no collection was chosen: a type may have none. One request for a type.

    Raises:
        NotFoundError: there is no such collection, or no such type.
    """
    if name is None:
        made = artifact_type.AsyncArtifactType(client, entity, project, KnownName(kind or ""))
        await async_loaded(made)
        return
    variables = {"entity": entity, "project": project, "type": kind, "name": name}
    missing = not_found("artifact collection", name, f"{entity}/{project}", "ProjectHoldings")
    raise await with_suggestion(client, missing, variables)


async def request_holders(
    client: AsyncClient, ids: Sequence[str], subject: str
) -> dict[str, Holders]:
    """What holds versions now, by their ids."""
    found: dict[str, Holders] = {}
    connections = ManyConnections(ids, subject, catalog.ARTIFACT_HOLDERS.name)
    while taken := connections.take(_VERSIONS):
        batch = Batch(catalog.ARTIFACT_HOLDERS, len(taken))
        many: list[ArtifactHoldersVariables] = [
            {"id": key, "cursor": cursor} for key, cursor in taken
        ]
        data = await client.execute(batch.operation, batch.variables(many), subject=subject)
        for (key, _), part in zip(taken, data.parts, strict=True):
            found[key] = holders_of(key, part.artifact)
            if part.artifact is None or (page := part.artifact.used_by).edges:
                continue
            # One run that used it is enough, and an empty page does not say that there is none.
            connections.continue_with(key, page)
    return found
