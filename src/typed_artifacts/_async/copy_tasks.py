"""Finds what a copy has to copy: the versions of each collection, and where they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._copying.deciding import (
    CopyTask,
    chosen,
)
from .._copying.locations import read_target_collection, read_target_project
from .._domain.arguments.lookups import KnownName, not_found, require_list
from .._domain.lists.cursors import CursorGuard
from .._domain.loading import async_loaded
from .._domain.projects.holdings import CollectionWalk
from .._operations import catalog
from ..errors import InvalidInput
from ..paths import ProjectPath
from . import artifacts
from .artifact import AsyncArtifact
from .suggestions import with_suggestion

if TYPE_CHECKING:
    from .._copying.deciding import CopyOptions
    from .._copying.locations import CopySource
    from .._operations.variables import ProjectHoldingsVariables
    from ..holdings import HeldCollection
    from ..paths import CollectionPath
    from .client import AsyncClient

PER_PAGE = 500


async def find_tasks(
    source: AsyncClient,
    target: AsyncClient,
    wanted: CopySource,
    destination: str,
    options: CopyOptions,
) -> list[CopyTask[AsyncArtifact]]:
    """What is copied where; a path that may be a project's is one where there is such a project."""
    meant: ProjectPath | None = None
    if (where := wanted.project) is not None:
        entity = await source.locate(where.entity, where.project)
        meant = ProjectPath(entity, where.project)
        heads = await _heads(
            source, CollectionWalk(f"{entity}/{where.project}"), entity, where.project
        )
        if heads is not None:
            location = read_target_project(destination, target.settings)
            owner = await target.locate(location.entity, location.project)
            if source is target and (entity, where.project) == (owner, location.project):
                raise InvalidInput(
                    f"{wanted.path!r} would be copied to itself.", subject=wanted.path
                )
            return [
                CopyTask(
                    await _chosen(source, entity, where.project, head, options),
                    *(owner, location.project, head.name, head.type, head.is_sequence),
                    whole=True,
                )
                for head in heads
            ]
        if wanted.collection is None:
            missing = not_found("project", str(where), wanted.path, "ProjectHoldings")
            asked = {"entity": entity, "project": where.project}
            raise await with_suggestion(source, missing, asked)
    if (found := wanted.collection) is None:
        raise AssertionError("a path is of a project or of a collection")  # for type checkers
    return [await _task(source, target, found, wanted, destination, options, meant)]


async def _task(
    source: AsyncClient,
    target: AsyncClient,
    found: CollectionPath,
    wanted: CopySource,
    destination: str,
    options: CopyOptions,
    meant: ProjectPath | None,
) -> CopyTask[AsyncArtifact]:
    """The copy of a collection, or of one version; ``meant`` is a project that is not there."""
    where, name = found.project, found.collection
    location = read_target_collection(destination, name, target.settings)
    entity = await source.locate(where.entity, where.project)
    owner = await target.locate(location.project.entity, location.project.project)
    if source is target and (entity, where.project, name) == (
        owner,
        location.project.project,
        location.collection,
    ):
        raise InvalidInput(f"{found} would be copied to itself.", subject=str(found))
    to = (owner, location.project.project, location.collection)
    if wanted.version is not None:
        made = AsyncArtifact(source, entity, where.project, f"{name}:{wanted.version}")
        one = await async_loaded(made)
        return CopyTask([one], *to, one.type)
    head = await _head(source, found, entity, wanted.path, meant)
    versions = await _chosen(source, entity, where.project, head, options)
    return CopyTask(versions, *to, head.type, head.is_sequence, whole=True)


async def _head(
    source: AsyncClient,
    found: CollectionPath,
    entity: str,
    path: str,
    meant: ProjectPath | None,
) -> HeldCollection:
    """The collection to copy; ``meant`` is a project that is not there."""
    project, name = found.project.project, found.collection
    heads = await _heads(source, CollectionWalk(f"{entity}/{project}", None, name), entity, project)
    if heads:
        return heads[0]
    what, which, subject = "artifact collection", name, str(found)
    asked = {"entity": entity, "project": project, "name": name}
    if heads is None:
        what, which = "project", f"{entity}/{project}"
        if meant is not None and "/" not in path:  # the default project was not named explicitly
            which, subject = str(meant), path
            asked, meant = {"entity": meant.entity or "", "project": meant.project}, None
    more = "" if meant is None else f' Nor is there a project "{meant}".'
    missing = not_found(what, which, subject, "ProjectHoldings", more)
    raise await with_suggestion(source, missing, asked)


async def _heads(
    client: AsyncClient, walk: CollectionWalk, entity: str, project: str
) -> list[HeldCollection] | None:
    """The collections of a project; ``None`` where there is no such project."""
    guard, cursor = CursorGuard(None, walk.subject), None
    while True:
        variables: ProjectHoldingsVariables = {
            "entity": entity,
            "project": project,
            "cursor": cursor,
            "perPage": 1000,
            "nested": False,
        }
        data = await client.execute(catalog.PROJECT_HOLDINGS, variables, subject=walk.subject)
        if data.project is None:
            return None
        page = require_list(
            data.project.artifact_collections,
            "artifact collections",
            walk.subject,
            "ProjectHoldings",
        )
        walk.add_heads(page)
        if not page.page_info.has_next_page:
            return [each.collection for each in walk.unfinished]
        cursor = guard.follow_page(page)


async def _chosen(
    client: AsyncClient, entity: str, project: str, head: HeldCollection, options: CopyOptions
) -> list[AsyncArtifact]:
    """The versions of a collection that are copied, the oldest first."""
    pager = artifacts.AsyncArtifacts(
        client, entity, project, KnownName(head.name), head.type, per_page=PER_PAGE
    )
    found = [each async for each in pager]
    return chosen(found, options.versions, f"{entity}/{project}/{head.name}")
