"""Copies versions between collections, projects and servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _transfer as transfer
from .._copying.deciding import (
    CopyLog,
    CopyTask,
    is_latest,
    wanted_aliases,
    with_missing,
)
from .._copying.report import CopiedVersion
from .._domain.arguments.lookups import KnownName
from .._domain.loading import async_loaded
from .._domain.projects.suggestions import no_suggestions
from ..errors import NotFoundError
from ..paths import parse_artifact
from .artifact import AsyncArtifact
from .artifact_collection import AsyncArtifactCollection
from .copy_tasks import find_tasks
from .copy_versions import Copying, copy_versions

if TYPE_CHECKING:
    from .._copying.report import CopyReport
    from .copy_tasks import CopyRequest


async def copy(
    request: CopyRequest, *, max_workers: int, progress: transfer.ProgressOption
) -> CopyReport:
    """Copy a project, a collection or a version."""
    tasks = await find_tasks(request)
    every = [version for task in tasks for version in task.versions]
    files, size = sum(each.file_count for each in every), sum(each.size for each in every)
    log = CopyLog()
    with transfer.listener(progress, request.wanted.path) as on_event:
        listener = transfer.CopyListener(on_event, files, size)
        copying = Copying(
            request.source, request.target, request.options, log, listener, max_workers
        )
        # Links come last: their targets may be among the copies.
        for task in sorted(tasks, key=lambda each: (each.links, each.collection)):
            if task.links and task.versions and not await _is_sequence_there(copying, task):
                await _link(copying, task)
            else:
                await copy_versions(copying, task)
            if task.whole and task.versions:
                await _describe(copying, task)
    return log.report()


async def _is_sequence_there(copying: Copying, task: CopyTask[AsyncArtifact]) -> bool:
    """Whether versions were logged to the destination, which then takes no links. One request."""
    try:
        with no_suggestions():
            return (await async_loaded(_collection_there(copying, task))).is_sequence()
    except NotFoundError:
        return False


async def _link(copying: Copying, task: CopyTask[AsyncArtifact]) -> None:
    """Make links to what was copied, as they were."""
    for version in task.versions:
        linked = await _link_one(copying, task, version)
        copying.log.note(
            CopiedVersion(version.qualified_name, linked.qualified_name, "linked", version.size)
        )
    for version in task.versions[:-1]:
        if copying.options.aliases and is_latest(version):
            # Linking it again would make it the latest.
            await _link_one(copying, task, version)


async def _link_one(
    copying: Copying, task: CopyTask[AsyncArtifact], version: AsyncArtifact
) -> AsyncArtifact:
    """Link what was copied of a version's source."""
    copied = parse_artifact(
        copying.log.copies[version.source_qualified_name], entity=None, project=""
    )
    where = copied.collection.project
    made = AsyncArtifact(copying.target, where.entity or "", where.project, copied.name)
    there = await async_loaded(made)
    return await there.link(task.path, wanted_aliases(version.aliases, copying.options))


async def _describe(copying: Copying, task: CopyTask[AsyncArtifact]) -> None:
    """Give the collection the description and the tags that it has where it was copied from."""
    options = copying.options
    was = task.versions[0].collection
    await was.load()
    if not was.description and not (options.tags and was.tags):
        return
    found = await async_loaded(_collection_there(copying, task))
    found.description = found.description or was.description
    found.tags = with_missing(found.tags, was.tags if options.tags else ())
    await found.save()


def _collection_there(copying: Copying, task: CopyTask[AsyncArtifact]) -> AsyncArtifactCollection:
    return AsyncArtifactCollection(
        copying.target, task.entity, task.project, KnownName(task.collection), task.type
    )
