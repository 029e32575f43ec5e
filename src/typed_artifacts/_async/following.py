"""Fetches the targets of references, or checks that they are unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _transfer as transfer
from .._domain.downloads.entries import split_references
from .._domain.versions.artifact_references import renamed
from .._transfer.concurrency.async_bridge import from_loop, in_thread
from ..errors import InvalidInput, NotFoundError
from .fetching import fetch_files, file_urls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .artifact import AsyncArtifact
    from .client import AsyncClient
    from .references import AsyncArtifactFinder


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

    to_artifacts, others, not_allowed = split_references(references, allowed)
    finder, reports = AsyncArtifactFinder(client), list[transfer.DownloadReport]()
    stored: dict[str, tuple[AsyncArtifact, dict[str, transfer.ManifestEntry]]] = {}
    for each in to_artifacts:
        owner, entry = await _referred(finder, each)
        if entry.ref is None:
            stored.setdefault(owner.id, (owner, {}))[1][each.path] = entry
        else:  # a reference of another artifact to something else
            (others if allowed(entry.ref) else not_allowed).append(renamed(entry, each.path))
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
    return reports, not_allowed


async def _referred(
    finder: AsyncArtifactFinder, entry: transfer.ManifestEntry
) -> tuple[AsyncArtifact, transfer.ManifestEntry]:
    """What an entry of a manifest refers to; nobody here has given its URI.

    Raises:
        NotFoundError: there is no such thing, or the URI is malformed.
        IntegrityError: the references lead in a circle.
    """
    try:
        return await finder.find(entry.ref or "")
    except InvalidInput as error:
        raise NotFoundError(
            f"{entry.path!r} is a reference that leads nowhere: {error}", subject=entry.path
        ) from error


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
    return await fetch_files(
        client, files, root, from_loop(urls), max_workers=max_workers, on_event=on_event
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
            _owner, entry = await _referred(finder, each)
        except NotFoundError:
            continue
        if entry.digest == each.digest:
            same.add(each.path)
    return frozenset(same) | await in_thread(
        lambda cancel: transfer.same_versions(
            others, allowed, source, retry, offline=offline, cancel=cancel
        )
    )
