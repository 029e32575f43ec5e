"""Decides which versions are copied, and with which attributes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from .._values.arguments import check_flags
from .._values.names import LATEST
from ..errors import NotFoundError
from .report import CopiedVersion, CopyReport

if TYPE_CHECKING:
    from .._values.json_values import JsonValue
    from .locations import CopyVersions


class Versioned(Protocol):
    """What is chosen from."""

    @property
    def version(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...


class Expiring(Protocol):
    """What may have a time to live."""

    @property
    def ttl(self) -> timedelta | None: ...
    @property
    def ttl_is_inherited(self) -> bool: ...


VersionT = TypeVar("VersionT", bound=Versioned)


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """What of a version goes along.

    Attributes:
        versions: which versions.
        aliases: whether its aliases do.
        tags: whether its tags, and those of its collection do.
        metadata: whether its metadata does.
        record_origin: whether its metadata says where it came from.
        ttl: whether its own time to live does.

    Raises:
        InvalidInput: one of the flags is neither true nor false.
    """

    versions: CopyVersions = "latest"
    aliases: bool = True
    tags: bool = True
    metadata: bool = True
    record_origin: bool = False
    ttl: bool = True

    def __post_init__(self) -> None:
        """Refuse what is no flag."""
        check_flags(
            aliases=self.aliases,
            tags=self.tags,
            metadata=self.metadata,
            record_origin=self.record_origin,
            ttl=self.ttl,
        )

    def metadata_of(
        self, metadata: dict[str, JsonValue], origin: dict[str, JsonValue]
    ) -> dict[str, JsonValue]:
        """The metadata of the copy."""
        kept: dict[str, JsonValue] = dict(metadata) if self.metadata else {}
        if self.record_origin:
            kept["copied_from"] = origin
        return kept


def wanted_ttl(version: Expiring, options: CopyOptions) -> int | None:
    """The seconds that a copy is kept; ``None`` for whatever is settled where it goes."""
    if not options.ttl or version.ttl is None or version.ttl_is_inherited:
        return None
    return version.ttl // timedelta(seconds=1)


def chosen(
    newest_first: Sequence[VersionT], versions: CopyVersions, subject: str
) -> list[VersionT]:
    """The versions of a collection that are copied, the oldest first.

    Raises:
        NotFoundError: one that is named is not there.
    """
    if versions == "all":
        return list(reversed(newest_first))
    if versions == "latest":
        latest = [each for each in newest_first if is_latest(each)]
        return latest or list(newest_first[:1])
    for name in versions:
        if not any(name == each.version or name in each.aliases for each in newest_first):
            raise NotFoundError(
                f'There is no artifact version "{name}" in {subject}; nothing of it was copied.',
                missing="artifact version",
                subject=subject,
            )
    return [
        each
        for each in reversed(newest_first)
        if each.version in versions or not set(versions).isdisjoint(each.aliases)
    ]


def is_latest(version: Versioned) -> bool:
    """Whether it is its collection's latest, which need not be the newest."""
    return LATEST in version.aliases


def wanted_aliases(aliases: Sequence[str], options: CopyOptions) -> list[str]:
    """The aliases that the copy is given; ``latest`` goes to what is logged or linked last."""
    return [alias for alias in aliases if alias != LATEST] if options.aliases else []


def with_missing(existing: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The existing names, then the wanted ones that are missing."""
    return [*existing, *(name for name in wanted if name not in existing)]


@dataclass
class CopyLog:
    """What became of the versions so far.

    Attributes:
        versions: each of them.
        copies: where each source is now, by its qualified name.
    """

    versions: list[CopiedVersion] = field(default_factory=list[CopiedVersion])
    copies: dict[str, str] = field(default_factory=dict[str, str])

    def note(self, version: CopiedVersion) -> None:
        """Note one."""
        self.versions.append(version)
        self.copies[version.source] = version.destination

    def report(self) -> CopyReport:
        """What became of all."""
        return CopyReport(tuple(self.versions))


@dataclass(frozen=True, slots=True)
class CopyTask(Generic[VersionT]):
    """The versions of a collection that are copied, and where to.

    Attributes:
        versions: the versions, the oldest first.
        entity: the entity of the destination.
        project: its project.
        collection: its collection.
        type: the artifact type of both.
        links: whether they are links to versions that are copied as well, and become links again.
        whole: whether a collection is copied, with its description and tags, or versions alone.
    """

    versions: Sequence[VersionT]
    entity: str
    project: str
    collection: str
    type: str
    links: bool = False
    whole: bool = False

    @property
    def path(self) -> str:
        """Where they go."""
        return f"{self.entity}/{self.project}/{self.collection}"
