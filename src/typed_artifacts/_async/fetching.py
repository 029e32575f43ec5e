"""The requests of every download: for the manifest, for URLs, and for the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _transfer as transfer
from .._domain.arguments.lookups import not_found
from .._domain.downloads.entries import (
    MOST_MANIFEST_BYTES,
    manifest_entry,
    manifest_url,
)
from .._domain.versions.file_errors import of_version
from .._operations import catalog
from .._transfer.concurrency.async_bridge import from_loop, in_thread
from .pager import every_edge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .._domain.arguments.lookups import ArtifactLike
    from .._graphql.fragments import FileUrlPage
    from .._operations.variables import (
        ArtifactManifestUrlVariables,
        ArtifactMembershipFileUrlsVariables,
    )
    from .client import AsyncClient


async def fetch_manifest(
    client: AsyncClient, artifact: ArtifactLike, algorithm: transfer.DigestAlgorithm
) -> transfer.Manifest:
    """Fetch and read the manifest of a version: a request for its URL, and one for its bytes."""
    if client.settings.offline:
        from .._domain.offline.offline_client import recorded_manifest

        return await in_thread(lambda _: recorded_manifest(client.settings, artifact))
    path = f"{artifact.entity}/{artifact.project}/{artifact.name}"
    variables: ArtifactManifestUrlVariables = {
        "entity": artifact.entity,
        "project": artifact.project,
        "name": artifact.name,
    }

    async def urls(paths: Sequence[str]) -> Mapping[str, str]:
        data = await client.execute(catalog.ARTIFACT_MANIFEST_URL, variables, subject=path)
        return dict.fromkeys(paths, manifest_url(data, path))

    source, url_provider = client.byte_source(), from_loop(urls)
    with of_version(path):
        content = await in_thread(
            lambda cancel: transfer.read_bytes(
                manifest_entry(),
                url_provider,
                source=source,
                retry=client.retry,
                cancel=cancel,
                decode=True,
                most=MOST_MANIFEST_BYTES,
            )
        )
        return transfer.parse_manifest(content, algorithm)


async def file_urls(
    client: AsyncClient, artifact: ArtifactLike, names: Sequence[str]
) -> dict[str, str]:
    """The URLs of some files. One request for each 5,000."""
    path = f"{artifact.entity}/{artifact.project}/{artifact.name}"
    if client.settings.offline:
        from .._domain.offline.offline_errors import not_cached

        raise not_cached(client.settings, path, names)

    async def page(cursor: str | None) -> FileUrlPage:
        variables: ArtifactMembershipFileUrlsVariables = {
            "entity": artifact.entity,
            "project": artifact.project,
            "name": artifact.name,
            "names": names,
            "cursor": cursor,
        }
        data = await client.execute(catalog.ARTIFACT_MEMBERSHIP_FILE_URLS, variables, subject=path)
        membership = data.project.artifact_collection_membership if data.project else None
        if membership is None or membership.files is None:
            raise not_found("artifact version", artifact.name, path, "ArtifactMembershipFileUrls")
        return membership.files

    edges = await every_edge(page, path, catalog.ARTIFACT_MEMBERSHIP_FILE_URLS.name)
    return {edge.node.name: edge.node.direct_url for edge in edges if edge.node}


async def fetch_files(
    client: AsyncClient,
    entries: Sequence[transfer.ManifestEntry],
    root: Path,
    urls: transfer.UrlProvider,
    *,
    max_workers: int,
    on_event: transfer.OnEvent | None,
    cache: transfer.ContentCache | None = None,
) -> transfer.DownloadReport:
    """Make a folder hold these files, from where ``urls`` says they are."""
    source = client.byte_source()
    return await in_thread(
        lambda cancel: transfer.download(
            entries,
            root,
            urls,
            source=source,
            max_workers=max_workers,
            on_event=on_event,
            retry=client.retry,
            cache=cache,
            cancel=cancel,
        )
    )
