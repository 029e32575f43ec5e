"""The cache folder of a client: which one a download uses, and what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._transfer import (
    ContentCache,
    ManifestEntry,
)
from ..._transfer.disk.cache import CACHE_FOLDER
from ..._transfer.disk.linking import known_link
from ...errors import InvalidInput
from ..notices import ArgumentsIgnored, notify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..._transfer import LinkMode
    from ..._transfer.uploads.checksum_cache import ChecksumCache
    from ...settings import Settings


def checksums_of(settings: Settings) -> ChecksumCache | None:
    """The checksums in the cache folder that the settings name, if they name one."""
    folder = settings.cache_dir
    if folder is None:
        return None
    from ..._transfer.uploads.checksum_cache import (
        ChecksumCache,
    )  # it loads SQLite, which few programs need

    return ChecksumCache(folder / CACHE_FOLDER)


def cache_of(settings: Settings, link: LinkMode = "copy") -> ContentCache | None:
    """The folder of contents that the settings name, if they name one."""
    folder = settings.cache_dir
    return None if folder is None else ContentCache(folder / CACHE_FOLDER, link)


def download_cache(
    settings: Settings, *, skip_cache: bool, link: LinkMode = "copy"
) -> ContentCache | None:
    """The folder of contents that a download uses.

    Args:
        settings: where it is.
        skip_cache: whether it is passed by.
        link: how contents get out of it and into it.

    Raises:
        InvalidInput: it is to be passed by, and the client has nothing else; or there is no such
            way.
    """
    known_link(link)
    if skip_cache and settings.offline:
        raise InvalidInput(
            "skip_cache=True passes the cache folder by, and an offline client has nothing else; "
            "leave one of the two out."
        )
    cache = None if skip_cache else cache_of(settings, link)
    if cache is None and link != "copy":
        why = (
            "skip_cache=True passes that by" if skip_cache else "there is none: set WANDB_CACHE_DIR"
        )
        notify(
            ArgumentsIgnored(
                f'link="{link}" has no effect: it shares bytes with the cache folder, and {why}.',
                ("link",),
            )
        )
    return cache


def offline_cache(settings: Settings) -> ContentCache | None:
    """The same for what uses the network alone, as long as there is one."""
    return cache_of(settings) if settings.offline else None


def lacking(
    cache: ContentCache | None, entries: Iterable[ManifestEntry], names: Iterable[str]
) -> list[str]:
    """Which of these files are not in the cache folder."""
    wanted = set(names)
    return [
        entry.path
        for entry in entries
        if entry.path in wanted and (cache is None or not cache.holds(entry))
    ]
