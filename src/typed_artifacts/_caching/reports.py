"""Reports on the cache folder: contents, removals, checks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CachedVersion:
    """A version that an offline client finds.

    Attributes:
        qualified_name: ``entity/project/collection:version``.
        server: the base URL of its server.
        type: the name of its artifact type.
        aliases: its aliases, as they were seen last.
        recorded_at: when that was.
        used_at: when one of its contents was used last; ``None`` if none is there.
        file_count: its files, references apart.
        size: their bytes.
        cached_count: how many of them are in the folder.
        cached_size: the bytes of those.
    """

    qualified_name: str
    server: str
    type: str
    aliases: tuple[str, ...]
    recorded_at: datetime
    used_at: datetime | None
    file_count: int
    size: int
    cached_count: int
    cached_size: int


@dataclass(frozen=True, slots=True)
class CacheContents:
    """What is in a cache folder.

    Attributes:
        versions: the versions that an offline client finds, the last used first.
        files: how many contents there are; versions share them.
        bytes: their bytes, with those of records and manifests.
        other_files: contents of no such version.
        other_bytes: their bytes.
    """

    versions: tuple[CachedVersion, ...]
    files: int
    bytes: int
    other_files: int
    other_bytes: int

    def _repr_html_(self) -> str:
        from .showing import contents_html

        return contents_html(self)


@dataclass(frozen=True, slots=True)
class CacheRemoval:
    """What was removed from a cache folder.

    Attributes:
        versions: versions that an offline client finds no more.
        files: how many contents went.
        bytes: what came free.
        in_use: contents that a running download reads; they stayed.
        left: the bytes that are left.
    """

    versions: tuple[str, ...]
    files: int
    bytes: int
    in_use: int
    left: int


@dataclass(frozen=True, slots=True)
class CacheCheck:
    """What a check of a cache folder found.

    Attributes:
        files: how many contents were hashed.
        bytes: their bytes.
        damaged: what was wrong, and is removed: names in the folder.
    """

    files: int
    bytes: int
    damaged: tuple[str, ...]
