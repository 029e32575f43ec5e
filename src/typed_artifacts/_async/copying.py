"""Copies versions between collections, projects and servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _transfer as transfer
from .._copying.deciding import (
    CopyLog,
    CopyTask,
    chosen,
    is_latest,
    linked_within,
    wanted_aliases,
    wanted_ttl,
    with_missing,
)
from .._copying.locations import read_target_collection, read_target_project
from .._copying.report import CopiedVersion
from .._domain.arguments.lookups import KnownName, not_found
from .._domain.downloads import of_version
from .._domain.drafts.new_versions import copied_manifest, needs_md5
from .._domain.drafts.version_options import Order, logged_source
from .._domain.lists.pages import CursorGuard
from .._domain.loading import async_loaded
from .._domain.projects.holdings import CollectionWalk
from .._domain.projects.suggestions import no_suggestions
from .._domain.versions.memberships import source_membership
from .._domain.versions.metadata import copied_metadata
from .._operations import catalog
from .._transfer.concurrency.async_bridge import from_loop
from ..errors import InvalidInput, NotFoundError
from ..paths import ProjectPath, parse_artifact
from . import artifacts, fetching, uploads
from .artifact import AsyncArtifact
from .artifact_collection import AsyncArtifactCollection
from .suggestions import with_suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._copying.deciding import CopyOptions
    from .._copying.locations import CopySource
    from .._copying.report import CopyReport
    from .._operations.variables import ProjectHoldingsVariables
    from .._values.json_values import JsonValue
    from ..holdings import HeldCollection
    from ..paths import CollectionPath
    from .client import AsyncClient

_PER_PAGE = 500


async def copy(
    source: AsyncClient,
    target: AsyncClient,
    wanted: CopySource,
    destination: str,
    options: CopyOptions,
    *,
    max_workers: int,
    progress: transfer.ProgressOption,
) -> CopyReport:
    """Copy a project, a collection or a version."""
    tasks = await _tasks(source, target, wanted, destination, options)
    every = [version for task in tasks for version in task.versions]
    files, size = sum(each.file_count for each in every), sum(each.size for each in every)
    log = CopyLog()
    with transfer.listener(progress, wanted.path) as on_event:
        listener = transfer.CopyListener(on_event, files, size)
        # Links come after what they may be links to.
        for task in sorted(tasks, key=lambda each: (not each.is_sequence, each.collection)):
            if not task.is_sequence and linked_within(task.versions, _source_path, log):
                await _link(target, task, options, log)
            else:
                await _copy_versions(
                    source, target, task, options, log, listener, max_workers=max_workers
                )
            if task.whole and task.versions:
                await _describe(target, task, options)
    return log.report()


def _source_path(version: AsyncArtifact) -> str:
    return version.source_qualified_name


async def _tasks(
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
    walk = CollectionWalk(f"{entity}/{where.project}", None, name)
    heads = await _heads(source, walk, entity, where.project)
    if not heads:
        what, which, subject = "artifact collection", name, str(found)
        asked = {"entity": entity, "project": where.project, "name": name}
        if heads is None:
            what, which = "project", f"{entity}/{where.project}"
            if (
                meant is not None and "/" not in wanted.path
            ):  # the default project was not named explicitly
                which, subject = str(meant), wanted.path
                asked, meant = {"entity": meant.entity or "", "project": meant.project}, None
        more = "" if meant is None else f' Nor is there a project "{meant}".'
        missing = not_found(what, which, subject, "ProjectHoldings", more)
        raise await with_suggestion(source, missing, asked)
    versions = await _chosen(source, entity, where.project, heads[0], options)
    return CopyTask(versions, *to, heads[0].type, heads[0].is_sequence, whole=True)


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
        if (page := data.project.artifact_collections) is None:
            return []
        walk.add_heads(page)
        if not page.page_info.has_next_page:
            return [each.collection for each in walk.unfinished]
        cursor = guard.follow(page.page_info.end_cursor, len(page.edges))


async def _chosen(
    client: AsyncClient, entity: str, project: str, head: HeldCollection, options: CopyOptions
) -> list[AsyncArtifact]:
    """The versions of a collection that are copied, the oldest first."""
    pager = artifacts.AsyncArtifacts(
        client, entity, project, KnownName(head.name), head.type, per_page=_PER_PAGE
    )
    found = [each async for each in pager]
    return chosen(found, options.versions, f"{entity}/{project}/{head.name}")


async def _there(client: AsyncClient, task: CopyTask[AsyncArtifact]) -> dict[str, AsyncArtifact]:
    """The versions that the destination has, by their digests."""
    pager = artifacts.AsyncArtifacts(
        client, task.entity, task.project, KnownName(task.collection), task.type, per_page=_PER_PAGE
    )
    try:
        with no_suggestions():
            return {each.digest: each async for each in pager}
    except NotFoundError:
        return {}


async def _copy_versions(
    source: AsyncClient,
    target: AsyncClient,
    task: CopyTask[AsyncArtifact],
    options: CopyOptions,
    log: CopyLog,
    listener: transfer.CopyListener,
    *,
    max_workers: int,
) -> None:
    """Copy the versions of a collection, one after the other, as their order is to stay."""
    there = await _there(target, task)
    latest_there = next((key for key, each in there.items() if is_latest(each)), None)
    latest: transfer.Draft | None = None
    for version in task.versions:
        draft = await _draft(source, version)
        if options.aliases and is_latest(version):
            latest = draft
        known = there.get(draft.manifest.digest)
        if known is not None:
            known.aliases = with_missing(known.aliases, wanted_aliases(version.aliases, options))
            known.tags = with_missing(known.tags, version.tags if options.tags else ())
            await known.save()
            listener.there(version.name, version.size)
            log.note(
                CopiedVersion(version.qualified_name, known.qualified_name, "there", version.size)
            )
            continue
        order = _order(task, version, options, source.settings.base_url)
        with of_version(version.qualified_name):
            node = await uploads.log_version(
                target, order, draft, max_workers=max_workers, progress=listener
            )
        latest_there = draft.manifest.digest
        made = source_membership(node, logged_source(order, node))
        log.note(
            CopiedVersion(
                version.qualified_name, made.path, "copied", version.size, listener.take_sent()
            )
        )
    if latest is not None and latest.manifest.digest != latest_there:
        # What is logged again asks to be the latest again, and none of it is sent.
        again = Order(
            entity=task.entity,
            project=task.project,
            collection=task.collection,
            type=task.type,
            run=None,
            aliases=[],
            tags=[],
            description=None,
            metadata={},
            ttl=None,
        )
        await uploads.log_version(target, again, latest, max_workers=max_workers, progress=listener)


def _order(
    task: CopyTask[AsyncArtifact], version: AsyncArtifact, options: CopyOptions, server: str
) -> Order:
    """What the copy of a version is to be."""
    origin: dict[str, JsonValue] = {
        "path": version.qualified_name,
        "server": server,
        "digest": version.digest,
    }
    return Order(
        task.entity,
        task.project,
        task.collection,
        task.type,
        None,
        wanted_aliases(version.aliases, options),
        version.tags if options.tags else [],
        version.description,
        options.metadata_of(copied_metadata(version.metadata), origin),
        wanted_ttl(version, options),
    )


async def _draft(source: AsyncClient, version: AsyncArtifact) -> transfer.Draft:
    """A version as one to log: its manifest, and contents that are fetched when they are sent."""
    manifest = await version.manifest()
    md5: dict[str, str | None] = {}
    if needs_md5(manifest):
        md5 = {file.name: file.md5 async for file in version.files(per_page=1000)}
    copied = copied_manifest(manifest, md5, version.qualified_name)

    async def urls(paths: Sequence[str]) -> Mapping[str, str]:
        return await fetching.file_urls(source, version, paths)

    stored = [entry for entry in manifest.entries.values() if entry.ref is None]
    ask, bytes_of = from_loop(urls), source.byte_source()
    book = transfer.StreamUrls([entry.path for entry in stored], ask)

    def streamed(entry: transfer.ManifestEntry) -> transfer.StreamedFile:
        return transfer.StreamedFile(
            lambda: transfer.open_remote(entry, book, source=bytes_of, retry=source.retry)
        )

    return transfer.Draft(copied, {entry.path: streamed(entry) for entry in stored})


async def _link(
    target: AsyncClient, task: CopyTask[AsyncArtifact], options: CopyOptions, log: CopyLog
) -> None:
    """Make links to what was copied, as they were."""
    for version in task.versions:
        linked = await _link_one(target, task, version, options, log)
        log.note(
            CopiedVersion(version.qualified_name, linked.qualified_name, "linked", version.size)
        )
    for version in task.versions[:-1]:
        if options.aliases and is_latest(version):
            # What is linked again becomes the latest again.
            await _link_one(target, task, version, options, log)


async def _link_one(
    target: AsyncClient,
    task: CopyTask[AsyncArtifact],
    version: AsyncArtifact,
    options: CopyOptions,
    log: CopyLog,
) -> AsyncArtifact:
    """Link what was copied of a version's source."""
    copied = parse_artifact(log.copies[version.source_qualified_name], entity=None, project="")
    where = copied.collection.project
    made = AsyncArtifact(target, where.entity or "", where.project, copied.name)
    there = await async_loaded(made)
    return await there.link(task.path, wanted_aliases(version.aliases, options))


async def _describe(
    target: AsyncClient, task: CopyTask[AsyncArtifact], options: CopyOptions
) -> None:
    """Give the collection the description and the tags that it has where it was copied from."""
    was = task.versions[0].collection
    await was.load()
    if not was.description and not (options.tags and was.tags):
        return
    found = AsyncArtifactCollection(
        target, task.entity, task.project, KnownName(task.collection), task.type
    )
    await found.load()
    found.description = found.description or was.description
    found.tags = with_missing(found.tags, was.tags if options.tags else ())
    await found.save()
