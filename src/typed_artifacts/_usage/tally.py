"""Sums up a listing page by page, keeping only the sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from .._values.guards import override
from ..errors import InvalidInput
from .distinct import DistinctDigests

if TYPE_CHECKING:
    from rich.table import Table

    from ..holdings import HeldCollection, HeldVersion

UsageKey: TypeAlias = Literal["type", "collection", "age", "tag"]
"""By what usage is told apart."""

_AGES = (
    (timedelta(days=7), "under 7 days"),
    (timedelta(days=30), "7 to 30 days"),
    (timedelta(days=90), "30 to 90 days"),
    (timedelta(days=365), "90 days to a year"),
)
_OLDEST = "over a year"
_UNTAGGED = "(no tag)"


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The storage use of a group of versions.

    Attributes:
        name: the type, the collection, the age or the tag.
        bytes: the size of the versions that were logged.
        versions: the number of these versions.
        files: the number of their files.
        links: the number of links, which take no storage.
        alias_bytes: the size of versions that only an alias keeps: they have one, and are not the
            newest of their collection.
    """

    name: str
    bytes: int
    versions: int
    files: int
    links: int
    alias_bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The storage use of a project. Shared files count for each version that has them.

    Only ``unique_bytes`` counts shared content once, but only for versions with the same digest. To
    find files shared by different versions, their file lists are needed; ``api.plan_prune()`` reads
    them, and reports what a deletion would free.

    Attributes:
        entity: the user or team that owns the project.
        project: the project.
        by: how the rows are grouped.
        rows: the groups, largest first; by tag, a version counts for each of its tags.
        total: the whole project, each version once.
        unique_bytes: the size of the whole project with versions of the same digest counted once.
    """

    entity: str
    project: str
    by: UsageKey
    rows: tuple[UsageRow, ...]
    total: UsageRow
    unique_bytes: int

    def _repr_html_(self) -> str:
        from .showing import usage_html

        return usage_html(self)

    @override
    def __str__(self) -> str:
        from .showing import usage_text

        return usage_text(self)

    def __rich__(self) -> Table:
        """A table for rich to print."""
        from .showing import usage_table

        return usage_table(self)


@dataclass(slots=True)
class _Sum:
    bytes: int = 0
    versions: int = 0
    files: int = 0
    links: int = 0
    alias_bytes: int = 0

    def add(self, version: HeldVersion) -> None:
        if version.is_link:
            self.links += 1
            return
        self.bytes += version.size
        self.versions += 1
        self.files += version.file_count
        if version.aliases and not version.newest:
            self.alias_bytes += version.size

    def row(self, name: str) -> UsageRow:
        return UsageRow(name, self.bytes, self.versions, self.files, self.links, self.alias_bytes)


@dataclass
class UsageTally:
    """Usage in the making."""

    by: UsageKey
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    count: int = 0
    _unique: int = 0
    _digests: DistinctDigests = field(default_factory=DistinctDigests)
    _total: _Sum = field(default_factory=_Sum)
    _parts: dict[str, _Sum] = field(default_factory=dict[str, _Sum])

    def add(self, collection: HeldCollection, versions: Sequence[HeldVersion]) -> None:
        """Take in a page of what a collection holds."""
        self.count += len(versions)
        if self.by in {"type", "collection"}:
            self._part(collection.type if self.by == "type" else collection.name)
        for version in versions:
            self._total.add(version)
            if not version.is_link and self._digests.add(version.digest):
                self._unique += version.size
            for name in self._names(collection, version):
                self._part(name).add(version)

    def result(self, entity: str, project: str) -> Usage:
        """The sums, the biggest first."""
        rows = [part.row(name) for name, part in self._parts.items()]
        rows.sort(key=lambda row: (-row.bytes, -row.versions, row.name))
        total = self._total.row(f"{entity}/{project}")
        return Usage(entity, project, self.by, tuple(rows), total, self._unique)

    def _part(self, name: str) -> _Sum:
        return self._parts.setdefault(name, _Sum())

    def _names(self, collection: HeldCollection, version: HeldVersion) -> Iterator[str]:
        if self.by == "type":
            yield collection.type
        elif self.by == "collection":
            yield collection.name
        elif self.by == "tag":
            yield from version.tags or (_UNTAGGED,)
        else:
            age = self.now - version.created_at
            yield next((name for limit, name in _AGES if age < limit), _OLDEST)


def checked_key(by: str) -> UsageKey:
    """The key by which usage is grouped, or ``InvalidInput``."""
    for key in get_args(UsageKey):
        if by == key:
            found: UsageKey = key
            return found
    known = ", ".join(get_args(UsageKey))
    raise InvalidInput(f"Usage can be told by {known}; not by {by!r}.")
