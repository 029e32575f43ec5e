"""Reports on the cache folder: contents, removals, checks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CachedVersion:
    """A version that an offline client can use.

    Attributes:
        qualified_name: ``entity/project/collection:version``.
        server: the base URL of its server.
        type: the name of its artifact type.
        aliases: its aliases when they were last seen.
        recorded_at: when that was.
        used_at: when one of its contents was last used; ``None`` if none is in the folder.
        file_count: the number of its files, without references.
        size: their size in bytes.
        cached_count: how many of them are in the folder.
        cached_size: the size of those.
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
    """The contents of a cache folder.

    Attributes:
        versions: the versions that an offline client can use, the last used first.
        files: the number of contents, which versions may share.
        bytes: their size, including records and manifests.
        other_files: the number of contents that belong to no such version.
        other_bytes: their size.
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
    """The result of removing contents of a cache folder.

    Attributes:
        versions: the versions that were removed.
        files: the number of contents that were removed.
        bytes: the bytes that were freed.
        in_use: contents that were kept because a running download uses them.
        left: the bytes that are left.
    """

    versions: tuple[str, ...]
    files: int
    bytes: int
    in_use: int
    left: int


@dataclass(frozen=True, slots=True)
class CacheCheck:
    """The result of verifying a cache folder.

    Attributes:
        files: the number of contents that were hashed.
        bytes: their size.
        damaged: the names of damaged contents, which were removed.
    """

    files: int
    bytes: int
    damaged: tuple[str, ...]
