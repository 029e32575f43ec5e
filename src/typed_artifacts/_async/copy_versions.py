"""Copies the versions of one collection: logs those that the destination lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import _transfer as transfer
from .._copying.deciding import (
    CopyLog,
    CopyTask,
    is_latest,
    wanted_aliases,
    wanted_ttl,
    with_missing,
)
from .._copying.report import CopiedVersion
from .._domain.arguments.lookups import KnownName
from .._domain.drafts.new_versions import copied_manifest, needs_md5
from .._domain.drafts.version_options import VersionOptions, VersionToLog, logged_source
from .._domain.projects.suggestions import no_suggestions
from .._domain.versions.file_errors import of_version
from .._domain.versions.memberships import source_membership
from .._domain.versions.metadata import copied_metadata
from .._transfer.concurrency.async_bridge import from_loop
from ..errors import NotFoundError
from . import artifacts, fetching, uploads
from .artifact import AsyncArtifact
from .copy_tasks import PER_PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._copying.deciding import CopyOptions
    from .._values.json_values import JsonValue
    from .client import AsyncClient


@dataclass(frozen=True)
class Copying:
    """Two clients, and how versions are copied from one to the other."""

    source: AsyncClient
    target: AsyncClient
    options: CopyOptions
    log: CopyLog
    listener: transfer.CopyListener
    max_workers: int


async def copy_versions(copying: Copying, task: CopyTask[AsyncArtifact]) -> None:
    """Copy the versions of a collection, one after the other, as their order is to stay."""
    options = copying.options
    existing = await _existing_versions(copying.target, task)
    latest_there = next((key for key, each in existing.items() if is_latest(each)), None)
    latest: transfer.Draft | None = None
    for version in task.versions:
        draft = await _draft(copying.source, version)
        if options.aliases and is_latest(version):
            latest = draft
        known = existing.get(draft.manifest.digest)
        if known is not None:
            await _complete(copying, version, known)
            continue
        await _log(copying, task, version, draft)
        latest_there = draft.manifest.digest
    if latest is not None and latest.manifest.digest != latest_there:
        await _make_latest(copying, task, latest)


async def _complete(copying: Copying, version: AsyncArtifact, known: AsyncArtifact) -> None:
    """Give the version that the destination has the aliases and the tags that it lacks."""
    options = copying.options
    known.aliases = with_missing(known.aliases, wanted_aliases(version.aliases, options))
    known.tags = with_missing(known.tags, version.tags if options.tags else ())
    await known.save()
    copying.listener.there(version.name, version.size)
    copying.log.note(
        CopiedVersion(version.qualified_name, known.qualified_name, "there", version.size)
    )


async def _log(
    copying: Copying, task: CopyTask[AsyncArtifact], version: AsyncArtifact, draft: transfer.Draft
) -> None:
    """Log the copy of a version."""
    wanted = _wanted(task.type, version, copying.options, copying.source.settings.base_url)
    to_log = VersionToLog(task.entity, task.project, task.collection, None, wanted)
    with of_version(version.qualified_name):
        node = await uploads.log_version(
            copying.target,
            to_log,
            draft,
            max_workers=copying.max_workers,
            progress=copying.listener,
        )
    made = source_membership(node, logged_source(to_log, node))
    sent = copying.listener.take_sent()
    copying.log.note(CopiedVersion(version.qualified_name, made.path, "copied", version.size, sent))


async def _make_latest(
    copying: Copying, task: CopyTask[AsyncArtifact], latest: transfer.Draft
) -> None:
    """What is logged again asks to be the latest again, and none of it is sent."""
    nothing_else = VersionOptions(task.type, [], [], None, {}, None)
    await uploads.log_version(
        copying.target,
        VersionToLog(task.entity, task.project, task.collection, None, nothing_else),
        latest,
        max_workers=copying.max_workers,
        progress=copying.listener,
    )


async def _existing_versions(
    client: AsyncClient, task: CopyTask[AsyncArtifact]
) -> dict[str, AsyncArtifact]:
    """The versions that the destination has, by their digests."""
    pager = artifacts.AsyncArtifacts(
        client, task.entity, task.project, KnownName(task.collection), task.type, per_page=PER_PAGE
    )
    try:
        with no_suggestions():
            return {each.digest: each async for each in pager}
    except NotFoundError:
        return {}


def _wanted(
    type_name: str, version: AsyncArtifact, options: CopyOptions, server: str
) -> VersionOptions:
    """What the copy of a version is to be."""
    origin: dict[str, JsonValue] = {
        "path": version.qualified_name,
        "server": server,
        "digest": version.digest,
    }
    return VersionOptions(
        type_name,
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
    url_provider, bytes_of = from_loop(urls), source.byte_source()
    book = transfer.StreamUrls([entry.path for entry in stored], url_provider)

    def streamed(entry: transfer.ManifestEntry) -> transfer.StreamedFile:
        return transfer.StreamedFile(
            lambda: transfer.open_remote(entry, book, source=bytes_of, retry=source.retry)
        )

    return transfer.Draft(copied, {entry.path: streamed(entry) for entry in stored})
