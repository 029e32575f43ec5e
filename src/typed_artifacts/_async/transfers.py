"""Downloads and uploads: URLs are asked for here; bytes and decisions are in other modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _transfer as transfer
from .._domain.arguments import async_given_items, check_callable, check_transfer, listed_items
from .._domain.artifact_references import renamed
from .._domain.downloads import (
    chosen_entries,
    download_cache,
    folders_for,
    lacking,
    manifest_entry,
    manifest_url,
    offline_cache,
    one_error,
    split_references,
    warnings_of,
)
from .._domain.identity import features_of
from .._domain.locations import FOLDER, folder_name
from .._domain.lookups import not_found
from .._domain.new_versions import (
    check_committed,
    is_committed,
    manifest_id,
    manifest_item,
    manifest_target,
    read_targets,
    stored_entries,
    upload_items,
)
from .._domain.notices import notify
from .._domain.offline import open_recorded, recorded_manifest
from .._domain.offline_errors import not_cached
from .._domain.orders import tell_ignored
from .._domain.storing import check_takes_xxh128, in_region, region_refused
from .._environment.network import DEFAULT_WORKERS
from .._environment.paths import user_path
from .._operations import catalog
from .._requests.operation import NO_VARIABLES
from .._transfer.async_bridge import from_loop, in_thread
from .._transfer.async_stream import AsyncStream
from ..errors import GraphQLError, IntegrityError, NotFoundError, ServerError
from .pager import every_edge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from .._domain.lookups import ArtifactLike
    from .._domain.orders import Order
    from .._graphql.fragments import FileUrlPage, LoggedArtifactFields
    from .._operations.variables import (
        ArtifactManifestUrlVariables,
        ArtifactMembershipFileUrlsVariables,
        CommitArtifactVariables,
        CompleteMultipartUploadArtifactVariables,
        CreateArtifactFilesVariables,
        CreateArtifactManifestVariables,
        CreateArtifactVariables,
    )
    from .artifact import AsyncArtifact
    from .client import AsyncClient
    from .pager import AsyncPaginator


async def fetch_manifest(
    client: AsyncClient, artifact: ArtifactLike, algorithm: transfer.DigestAlgorithm
) -> transfer.Manifest:
    """Fetch and read the manifest of a version: a request for its URL, and one for its bytes."""
    if client.settings.offline:
        return await in_thread(lambda _: recorded_manifest(client.settings, artifact))
    path = f"{artifact.entity}/{artifact.project}/{artifact.name}"
    where: ArtifactManifestUrlVariables = {
        "entity": artifact.entity,
        "project": artifact.project,
        "name": artifact.name,
    }

    async def urls(paths: Sequence[str]) -> Mapping[str, str]:
        data = await client.execute(catalog.ARTIFACT_MANIFEST_URL, where, subject=path)
        return dict.fromkeys(paths, manifest_url(data, path))

    source, ask = client.byte_source(), from_loop(urls)
    content = await in_thread(
        lambda cancel: transfer.read_bytes(
            manifest_entry(), ask, source=source, retry=client.retry, cancel=cancel
        )
    )
    return transfer.parse_manifest(content, algorithm)


async def file_urls(
    client: AsyncClient, artifact: ArtifactLike, names: Sequence[str]
) -> dict[str, str]:
    """The URLs of some files. One request for each 5,000."""
    path = f"{artifact.entity}/{artifact.project}/{artifact.name}"
    if client.settings.offline:
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

    edges = await every_edge(page, path)
    return {edge.node.name: edge.node.direct_url for edge in edges if edge.node}


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
    path = f"{artifact.entity}/{artifact.project}/{artifact.name}"
    entries = chosen_entries(manifest, path_prefix, path, select)
    cache = download_cache(client.settings, skip_cache=skip_cache, link=link)

    async def urls(paths: Sequence[str]) -> Mapping[str, str]:
        if client.settings.offline:
            raise not_cached(client.settings, path, lacking(cache, entries, paths), root)
        return await file_urls(client, artifact, paths)

    source, ask = client.byte_source(), from_loop(urls)
    with transfer.listener(progress, artifact.name) as on_event:
        reports = [
            await in_thread(
                lambda cancel: transfer.download(
                    entries,
                    root,
                    ask,
                    source=source,
                    max_workers=max_workers,
                    on_event=on_event,
                    retry=client.retry,
                    cache=cache,
                    cancel=cancel,
                )
            )
        ]
        left: Sequence[transfer.ManifestEntry] = reports[0].references
        if allowed is not None and left:
            found, left = await follow_references(
                client, left, root, allowed, max_workers=max_workers, on_event=on_event
            )
            reports.extend(found)
    for warning in warnings_of(reports, path, left=left, skip_refused_names=skip_refused_names):
        notify(warning)
    return root


async def follow_references(
    client: AsyncClient,
    references: Sequence[transfer.ManifestEntry],
    root: Path,
    allowed: transfer.AllowedReferences,
    *,
    max_workers: int,
    on_event: transfer.OnEvent | None,
) -> tuple[list[transfer.DownloadReport], Sequence[transfer.ManifestEntry]]:
    """Fetch what references name; gives the reports, and the references that are not allowed."""
    from .references import AsyncArtifactFinder

    to_artifacts, others, left = split_references(references, allowed)
    finder, reports = AsyncArtifactFinder(client), list[transfer.DownloadReport]()
    stored: dict[str, tuple[AsyncArtifact, dict[str, transfer.ManifestEntry]]] = {}
    for each in to_artifacts:
        owner, entry = await finder.find(each.ref or "")
        if entry.ref is None:
            stored.setdefault(owner.id, (owner, {}))[1][each.path] = entry
        else:  # a reference of another artifact to something else
            (others if allowed(entry.ref) else left).append(renamed(entry, each.path))
    for owner, named in stored.values():
        reports.append(
            await _fetch_from(
                client, owner, named, root, max_workers=max_workers, on_event=on_event
            )
        )
    if others:
        source, offline = client.reference_source(), client.settings.offline
        reports.append(
            await in_thread(
                lambda cancel: transfer.follow(
                    others,
                    root,
                    allowed=allowed,
                    http=source,
                    offline=offline,
                    max_workers=max_workers,
                    on_event=on_event,
                    retry=client.retry,
                    cancel=cancel,
                )
            )
        )
    return reports, left


async def _fetch_from(
    client: AsyncClient,
    owner: AsyncArtifact,
    named: Mapping[str, transfer.ManifestEntry],
    root: Path,
    *,
    max_workers: int,
    on_event: transfer.OnEvent | None,
) -> transfer.DownloadReport:
    """Fetch files of another artifact, each under the name that a reference gives it."""

    async def urls(paths: Sequence[str]) -> Mapping[str, str]:
        found = await file_urls(client, owner, [named[path].path for path in paths])
        return {path: found[named[path].path] for path in paths if named[path].path in found}

    files = [renamed(entry, path) for path, entry in named.items()]
    source, ask = client.byte_source(), from_loop(urls)
    return await in_thread(
        lambda cancel: transfer.download(
            files,
            root,
            ask,
            source=source,
            max_workers=max_workers,
            on_event=on_event,
            retry=client.retry,
            cancel=cancel,
        )
    )


async def same_references(
    client: AsyncClient,
    entries: Sequence[transfer.ManifestEntry],
    allowed: transfer.AllowedReferences,
) -> frozenset[str]:
    """The names of references that still lead to the version that is meant."""
    from .references import AsyncArtifactFinder

    to_artifacts, others, _left = split_references(entries, allowed)
    source, offline, retry = client.reference_source(), client.settings.offline, client.retry
    finder, same = AsyncArtifactFinder(client), set[str]()
    for each in to_artifacts:
        try:
            _owner, entry = await finder.find(each.ref or "")
        except NotFoundError:
            continue
        if entry.digest == each.digest:
            same.add(each.path)
    return frozenset(same) | await in_thread(
        lambda cancel: transfer.same_versions(
            others, allowed, source, retry, offline=offline, cancel=cancel
        )
    )


async def download_file(
    client: AsyncClient,
    artifact: ArtifactLike | None,
    entry: transfer.ManifestEntry,
    known: Mapping[str, str],
    root: Path,
) -> Path:
    """Make a folder hold one file, where it lacks it or has it wrong."""
    source, ask = client.byte_source(), _urls_of(client, artifact, known)
    report = await in_thread(
        lambda cancel: transfer.download(
            [entry],
            root,
            ask,
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
        return await in_thread(lambda _: open_recorded(client.settings, artifact, entry).read())
    source, ask = client.byte_source(), _urls_of(client, artifact, known)
    return await in_thread(
        lambda cancel: transfer.read_bytes(
            entry, ask, source=source, retry=client.retry, cancel=cancel
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
        stream = open_recorded(client.settings, artifact, entry)
    else:
        ask = _urls_of(client, artifact, known)
        stream = transfer.open_remote(entry, ask, source=client.byte_source(), retry=client.retry)
    return AsyncStream(stream)


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


async def async_download_all(
    pager: AsyncPaginator[AsyncArtifact] | Iterable[AsyncArtifact],
    root: Path | str,
    *,
    max_workers: int = DEFAULT_WORKERS,
    progress: transfer.ProgressOption = False,
    skip_cache: bool = False,
    link: transfer.LinkMode = "copy",
    skip_refused_names: bool = False,
    folder: Callable[[AsyncArtifact], str] | None = None,
    include: transfer.Patterns = None,
    exclude: transfer.Patterns = None,
) -> list[Path]:
    """Download every version of a listing, each into a folder of its own below ``root``.

    Costs the listing's requests, and for each version those of ``Artifact.download()``.

    Args:
        pager: a listing, or any versions.
        root: the folder of folders.
        max_workers: threads that fetch the files of one version.
        progress: ``True`` for a bar; a callable gets the events.
        skip_cache: fetch what the cache folder may have.
        link: how files get out of the cache folder: "copy", "reflink" or "hard", as in
            ``Artifact.download()``.
        skip_refused_names: warn of names that this system cannot have, instead of an error.
        folder: the folder's name for a version; its name (``collection:v3``) without one.
        include: only files that one of these patterns matches, as lines of a .gitignore.
        exclude: no files that one of these patterns matches.

    Returns:
        The folders, in the listing's order.

    Raises:
        InvalidInput: two versions would go to one folder, or one would leave ``root``; nothing is
            downloaded.
        IntegrityError: bytes that are not what the digest says, or names that cannot be files
            here; raised at the end, when everything else of every version has come.
    """
    check_transfer(max_workers, progress)
    check_callable(folder, "folder")
    found: list[AsyncArtifact] = listed_items(await async_given_items(pager), "pager", "download")
    folders = folders_for(
        [folder(item) if folder else folder_name(item.name) for item in found],
        user_path(root, FOLDER),
    )
    failed: list[IntegrityError] = []
    for item, target in zip(found, folders, strict=True):
        try:
            await item.download(
                target,
                max_workers=max_workers,
                progress=progress,
                skip_cache=skip_cache,
                link=link,
                skip_refused_names=skip_refused_names,
                include=include,
                exclude=exclude,
            )
        except IntegrityError as error:
            failed.append(error)
    if failed:
        raise one_error(failed, len(found))
    return folders


async def check_algorithm(client: AsyncClient, algorithm: transfer.DigestAlgorithm) -> None:
    """Refuse XXH128 where the server lacks it: one request for what it has. None for MD5."""
    if algorithm is transfer.DigestAlgorithm.XXH128:
        data = await client.execute(catalog.SERVER_FEATURES, NO_VARIABLES)
        check_takes_xxh128(features_of(data))


async def log_version(
    client: AsyncClient,
    order: Order,
    draft: transfer.Draft,
    *,
    max_workers: int,
    progress: transfer.ProgressOption,
    before_commit: Callable[[], Awaitable[None]] | None = None,
) -> LoggedArtifactFields:
    """Create, upload and commit a version, or find the one that has this content.

    An error of ``before_commit`` ends it while nobody can see the version yet.
    """
    from .._domain.inputs import completed_inputs, create_input, file_specs, manifest_input

    creation: CreateArtifactVariables = {"input": create_input(order, draft)}
    try:
        created = (
            await client.execute(catalog.CREATE_ARTIFACT, creation, subject=order.path)
        ).create_artifact
    except GraphQLError as error:
        if (refused := region_refused(error, order)) is not None:
            raise refused from error
        raise
    if created is None:
        raise ServerError(
            f"The server made no version of {order.path}.",
            operation="CreateArtifact",
            subject=order.path,
        )
    if is_committed(created.artifact):
        tell_ignored(order, created.artifact)
        return created.artifact
    artifact_id = created.artifact.id
    empty: CreateArtifactManifestVariables = {"input": manifest_input(order, artifact_id, "")}
    announced = await client.execute(catalog.CREATE_ARTIFACT_MANIFEST, empty, subject=order.path)
    files_of = manifest_id(announced, order.path)

    parts = transfer.PartDigests(draft.contents)

    async def targets(
        batch: Sequence[transfer.ManifestEntry],
    ) -> list[transfer.UploadTarget | None]:
        files: CreateArtifactFilesVariables = {
            "files": file_specs(batch, artifact_id, files_of, parts),
            "parts": parts.any_of(batch) or None,
        }
        data = await client.execute(catalog.CREATE_ARTIFACT_FILES, files, subject=order.path)
        return read_targets(data, batch, parts)

    async def complete(
        name: str, target: transfer.MultipartTarget, sent: transfer.CompletedParts
    ) -> None:
        completion: CompleteMultipartUploadArtifactVariables = {
            "id": artifact_id,
            "parts": completed_inputs(sent),
            "storagePath": target.storage_path,
            "uploadID": target.upload_id,
        }
        await client.execute(
            catalog.COMPLETE_MULTIPART_UPLOAD_ARTIFACT,
            completion,
            subject=f"{name} of {order.path}",
        )

    ask, join, source = from_loop(targets), from_loop(complete), client.byte_source()
    entries = draft.manifest.entries

    def renew(name: str) -> transfer.UploadTarget | None:
        return ask([entries[name]])[0]

    with transfer.listener(progress, order.collection) as on_event:
        await in_thread(
            lambda cancel: transfer.upload(
                upload_items(draft, ask, parts),
                source=source,
                max_workers=max_workers,
                on_event=on_event,
                retry=client.retry,
                renew=renew,
                complete=join,
                entries=stored_entries(draft),
                cancel=cancel,
            )
        )
    entry, content = await in_thread(
        lambda cancel: manifest_item(in_region(draft.manifest, order.storage_region), cancel=cancel)
    )
    whole: CreateArtifactManifestVariables = {
        "input": manifest_input(order, artifact_id, entry.digest),
        "upload": True,
    }
    final = await client.execute(catalog.CREATE_ARTIFACT_MANIFEST, whole, subject=order.path)
    item = transfer.UploadItem(entry, content, manifest_target(final, order.path))
    with content.file:
        await in_thread(
            lambda cancel: transfer.upload([item], source=source, retry=client.retry, cancel=cancel)
        )
    if before_commit is not None:
        await before_commit()
    commit: CommitArtifactVariables = {"id": artifact_id}
    committed = (
        await client.execute(catalog.COMMIT_ARTIFACT, commit, subject=order.path)
    ).commit_artifact
    if committed is None:
        raise ServerError(
            f"The server did not commit the version of {order.path}.",
            operation="CommitArtifact",
            subject=order.path,
        )
    return check_committed(committed.artifact, draft, order.path)
