"""Finds what a copy has to copy: the versions of each collection, and where they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._copying.deciding import (
    CopyTask,
    chosen,
)
from .._copying.locations import read_target_collection, read_target_project
from .._domain.arguments.lookups import KnownName, not_found
from .._domain.lists.cursors import CursorGuard
from .._domain.loading import async_loaded
from .._domain.projects.holdings import CollectionWalk
from .._operations import catalog
from ..errors import InvalidInput
from ..paths import ProjectPath
from . import artifacts
from .artifact import AsyncArtifact
from .holdings import collection_variables, request_collections
from .suggestions import with_suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._copying.deciding import CopyOptions
    from .._copying.locations import CopySource
    from ..holdings import HeldCollection
    from ..paths import CollectionPath
    from .client import AsyncClient

PER_PAGE = 500


@dataclass(frozen=True)
class CopyRequest:
    """What is to be copied from one server to another, or within one."""

    source: AsyncClient
    target: AsyncClient
    wanted: CopySource
    destination: str
    options: CopyOptions


async def find_tasks(request: CopyRequest) -> list[CopyTask[AsyncArtifact]]:
    """What is copied where; a path that may be a project's is one where there is such a project."""
    source, wanted = request.source, request.wanted
    missing_project: ProjectPath | None = None
    if (path := wanted.project) is not None:
        project = ProjectPath(await source.locate(path.entity, path.project), path.project)
        tasks = await _project_tasks(request, project)
        if tasks is not None:
            return tasks
        if wanted.collection is None:
            missing = not_found("project", str(path), wanted.path, "ProjectHoldings")
            variables = {"entity": project.entity, "project": project.project}
            raise await with_suggestion(source, missing, variables)
        missing_project = project
    if (found := wanted.collection) is None:
        raise AssertionError("a path is of a project or of a collection")  # for type checkers
    return [await _task(request, found, missing_project)]


async def _project_tasks(
    request: CopyRequest, project: ProjectPath
) -> list[CopyTask[AsyncArtifact]] | None:
    """The copy of each collection of a project; ``None`` where there is no such project."""
    source, target, wanted = request.source, request.target, request.wanted
    entity, name = project.entity or "", project.project
    heads = await _heads(source, CollectionWalk(f"{entity}/{name}"), entity, name)
    if heads is None:
        return None
    location = read_target_project(request.destination, target.settings)
    owner = await target.locate(location.entity, location.project)
    if source is target and (entity, name) == (owner, location.project):
        raise InvalidInput(f"{wanted.path!r} would be copied to itself.", subject=wanted.path)
    picked, linked = await _pick(request, heads, entity, name)
    return [
        CopyTask(
            picked[head.name],
            *(owner, location.project, head.name, head.type),
            links=head.name in linked,
            whole=True,
        )
        for head in heads
    ]


async def _pick(
    request: CopyRequest, heads: Sequence[HeldCollection], entity: str, project: str
) -> tuple[Mapping[str, list[AsyncArtifact]], Sequence[str]]:
    """What is copied of each collection of a project, and the portfolios that stay portfolios.

    Those have links to collections of the project alone; what their links lead to is copied, too.
    """
    collections = {head.name for head in heads if head.is_sequence}

    def is_within(link: AsyncArtifact) -> bool:
        there = (link.source_entity, link.source_project) == (entity, project)
        return there and link.source_collection.name in collections

    picked: dict[str, list[AsyncArtifact]] = {}
    linked: list[str] = []
    led_to: set[str] = set()
    for head in sorted(heads, key=lambda each: each.is_sequence):  # portfolios come first
        found = await _versions(request.source, entity, project, head)
        where = f"{entity}/{project}/{head.name}"
        versions = chosen(found, request.options.versions, where)
        if head.is_sequence:
            names = led_to.union(each.name for each in versions)
            versions = [each for each in reversed(found) if each.name in names]
        elif all(is_within(each) for each in found):
            linked.append(head.name)
            led_to.update(each.source_name for each in versions)
        picked[head.name] = versions
    return picked, linked


async def _task(
    request: CopyRequest, found: CollectionPath, missing_project: ProjectPath | None
) -> CopyTask[AsyncArtifact]:
    """The copy of a collection, or of one version.

    ``missing_project`` is a project that the path may also mean, and that does not exist.
    """
    source, target, wanted = request.source, request.target, request.wanted
    path, name = found.project, found.collection
    location = read_target_collection(request.destination, name, target.settings)
    entity = await source.locate(path.entity, path.project)
    owner = await target.locate(location.project.entity, location.project.project)
    if source is target and (entity, path.project, name) == (
        owner,
        location.project.project,
        location.collection,
    ):
        raise InvalidInput(f"{found} would be copied to itself.", subject=str(found))
    to = (owner, location.project.project, location.collection)
    if wanted.version is not None:
        made = AsyncArtifact(source, entity, path.project, f"{name}:{wanted.version}")
        one = await async_loaded(made)
        return CopyTask([one], *to, one.type)
    head = await _head(source, found, entity, wanted.path, missing_project)
    every = await _versions(source, entity, path.project, head)
    versions = chosen(every, request.options.versions, f"{entity}/{path.project}/{head.name}")
    return CopyTask(versions, *to, head.type, whole=True)


async def _head(
    source: AsyncClient,
    found: CollectionPath,
    entity: str,
    path: str,
    missing_project: ProjectPath | None,
) -> HeldCollection:
    """The collection to copy; ``missing_project`` as in ``_task``."""
    project, name = found.project.project, found.collection
    heads = await _heads(source, CollectionWalk(f"{entity}/{project}", None, name), entity, project)
    if heads:
        return heads[0]
    kind, missing_name, subject = "artifact collection", name, str(found)
    variables = {"entity": entity, "project": project, "name": name}
    other = missing_project
    if heads is None:
        kind, missing_name = "project", f"{entity}/{project}"
        if other is not None and "/" not in path:  # the default project was not named explicitly
            missing_name, subject = str(other), path
            variables, other = {"entity": other.entity or "", "project": other.project}, None
    more = "" if other is None else f' Nor is there a project "{other}".'
    missing = not_found(kind, missing_name, subject, "ProjectHoldings", more)
    raise await with_suggestion(source, missing, variables)


async def _heads(
    client: AsyncClient, walk: CollectionWalk, entity: str, project: str
) -> list[HeldCollection] | None:
    """The collections of a project; ``None`` where there is no such project."""
    guard = CursorGuard(None, walk.subject)
    variables = collection_variables(entity, project, nested=False)
    while True:
        page = await request_collections(client, variables, walk.subject)
        if page is None:
            return None
        walk.add_heads(page)
        if not page.page_info.has_next_page:
            return [each.collection for each in walk.unfinished]
        variables["cursor"] = guard.follow_page(page, catalog.PROJECT_HOLDINGS.name)


async def _versions(
    client: AsyncClient, entity: str, project: str, head: HeldCollection
) -> list[AsyncArtifact]:
    """The versions of a collection, the newest first."""
    pager = artifacts.AsyncArtifacts(
        client, entity, project, KnownName(head.name), head.type, per_page=PER_PAGE
    )
    return [each async for each in pager]
