"""Downloads every version of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _transfer as transfer
from .._domain.arguments.argument_types import (
    async_given_items,
    check_callable,
    check_transfer,
    listed_items,
)
from .._domain.downloads.many_versions import folders_for, one_error
from .._domain.locations import FOLDER, folder_name
from .._domain.versions.file_errors import of_version
from .._environment.network import DEFAULT_WORKERS
from .._environment.paths import user_path
from ..errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from .artifact import AsyncArtifact
    from .pager import AsyncPaginator


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
        include: only files that match one of these patterns (.gitignore syntax).
        exclude: leave out files that match one of these patterns.

    Returns:
        The folders, in the listing's order.

    Raises:
        InvalidInput: two versions would go to one folder, or one would leave ``root``; nothing is
            downloaded.
        IntegrityError: bytes that are not what the digest says, or names that cannot be files
            here; raised at the end, when everything else of every version has come.
        ArtifactsError: any other error of the listing, or of ``Artifact.download()``; versions
            after that one are not downloaded.
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
            with of_version(item.qualified_name):
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
