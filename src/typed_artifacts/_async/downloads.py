"""Downloads, reads or opens the files of a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _transfer as transfer
from .._domain.downloads.cache_folders import download_cache, lacking, offline_cache
from .._domain.downloads.entries import chosen_entries, warnings_of
from .._domain.notices import notify
from .._domain.versions.file_errors import of_version
from .._transfer.concurrency.async_bridge import from_loop, in_thread
from .._transfer.downloads.async_stream import AsyncStream
from .fetching import fetch_files, file_urls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .._domain.arguments.lookups import ArtifactLike
    from .client import AsyncClient


async def download_artifact(
    client: AsyncClient,
    artifact: ArtifactLike,
    manifest: transfer.Manifest,
    root: Path,
    *,
    path_prefix: str | None,
    max_workers: int,
    progress: transfer.ProgressOption,
    skip_cache: bool,
    link: transfer.LinkMode,
    allowed: transfer.AllowedReferences | None,
    skip_refused_names: bool,
    select: transfer.Selection | None,
) -> Path:
    """Make a folder hold a version's files."""
    path = _path_of(artifact)
    entries = chosen_entries(manifest, path_prefix, path, select)
    cache = download_cache(client.settings, skip_cache=skip_cache, link=link)

    async def urls(paths: Sequence[str]) -> Mapping[str, str]:
        if client.settings.offline:
            from .._domain.offline.offline_errors import not_cached

            raise not_cached(client.settings, path, lacking(cache, entries, paths), root)
        return await file_urls(client, artifact, paths)

    with transfer.listener(progress, artifact.name) as on_event, of_version(path):
        reports = [
            await fetch_files(
                client,
                entries,
                root,
                from_loop(urls),
                max_workers=max_workers,
                on_event=on_event,
                cache=cache,
            )
        ]
        not_fetched: Sequence[transfer.ManifestEntry] = reports[0].references
        if allowed is not None and not_fetched:
            from .following import follow_references

            found, not_fetched = await follow_references(
                client, not_fetched, root, allowed, max_workers=max_workers, on_event=on_event
            )
            reports.extend(found)
    for warning in warnings_of(
        reports, path, not_fetched=not_fetched, skip_refused_names=skip_refused_names
    ):
        notify(warning)
    return root


async def download_file(
    client: AsyncClient,
    artifact: ArtifactLike | None,
    entry: transfer.ManifestEntry,
    known: Mapping[str, str],
    root: Path,
) -> Path:
    """Make a folder hold one file, where it lacks it or has it wrong."""
    source, url_provider = _source_of(client, entry, known), _urls_of(client, artifact, known)
    with of_version(_path_of(artifact)):
        report = await in_thread(
            lambda cancel: transfer.download(
                [entry],
                root,
                url_provider,
                source=source,
                retry=client.retry,
                cache=offline_cache(client.settings),
                cancel=cancel,
            )
        )
    report.raise_if_refused()
    return root / entry.path


async def read_file(
    client: AsyncClient,
    artifact: ArtifactLike | None,
    entry: transfer.ManifestEntry,
    known: Mapping[str, str],
) -> bytes:
    """All bytes of one file, verified."""
    if client.settings.offline:
        from .._domain.offline.offline_client import open_recorded

        return await in_thread(lambda _: open_recorded(client.settings, artifact, entry).read())
    source, url_provider = _source_of(client, entry, known), _urls_of(client, artifact, known)
    with of_version(_path_of(artifact)):
        return await in_thread(
            lambda cancel: transfer.read_bytes(
                entry, url_provider, source=source, retry=client.retry, cancel=cancel
            )
        )


def open_file(
    client: AsyncClient,
    artifact: ArtifactLike | None,
    entry: transfer.ManifestEntry,
    known: Mapping[str, str],
) -> AsyncStream:
    """One file as a file object that fetches what is read, and checks itself."""
    if client.settings.offline:
        from .._domain.offline.offline_client import open_recorded

        stream = open_recorded(client.settings, artifact, entry)
    else:
        source, url_provider = _source_of(client, entry, known), _urls_of(client, artifact, known)
        stream = transfer.open_remote(entry, url_provider, source=source, retry=client.retry)
    return AsyncStream(stream)


def _path_of(artifact: ArtifactLike | None) -> str:
    """The path of a file's version; empty for a file that was made without one."""
    return "" if artifact is None else f"{artifact.entity}/{artifact.project}/{artifact.name}"


def _source_of(
    client: AsyncClient, entry: transfer.ManifestEntry, known: Mapping[str, str]
) -> transfer.ByteSource:
    """What fetches a file; a reference, whose digest is no hash, may lead to any server."""
    if entry.digest or known.get(entry.path, "").startswith(f"{client.settings.base_url}/"):
        return client.byte_source()
    return transfer.PasswordSource(client.reference_source())


def _urls_of(
    client: AsyncClient, artifact: ArtifactLike | None, known: Mapping[str, str]
) -> transfer.UrlProvider:
    """The URLs that came with a file; asked for again when they have expired."""
    if artifact is None:
        return transfer.FixedUrls(known)
    owner = artifact

    async def urls(paths: Sequence[str]) -> Mapping[str, str]:
        return await file_urls(client, owner, paths)

    return transfer.FixedUrls(known, from_loop(urls))
