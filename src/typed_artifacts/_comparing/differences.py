"""The differences: files by digest, metadata by key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._values.guards import override
from .._values.json_values import JsonValue, same_json
from ..manifests import ManifestEntry


@dataclass(frozen=True, slots=True)
class EntryChange:
    """A file that was changed or renamed."""

    before: ManifestEntry
    after: ManifestEntry


@dataclass(frozen=True, slots=True)
class MetadataChange:
    """A changed metadata value; ``None`` also stands for a missing key."""

    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True)
class NameChanges:
    """Names, such as aliases, that exist only before or only after."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


@dataclass(frozen=True, slots=True)
class ManifestDiff:
    """The differences from a version to another one, or to a folder. True if there are any.

    Attributes:
        before: the name of the first version.
        after: the name of the second version, or the folder.
        added: files that only the second has.
        removed: files that only the first has.
        changed: files with other content under the same name.
        renamed: files with the same content under another name.
        unclear: files of the same size with different hash algorithms, which may be the same.
        metadata: changed values by dotted key; empty for a folder.
        aliases: added and removed aliases; empty for a folder.
        tags: added and removed tags; empty for a folder.
    """

    before: str
    after: str
    added: tuple[ManifestEntry, ...]
    removed: tuple[ManifestEntry, ...]
    changed: tuple[EntryChange, ...]
    renamed: tuple[EntryChange, ...]
    unclear: tuple[EntryChange, ...]
    metadata: Mapping[str, MetadataChange]
    aliases: NameChanges
    tags: NameChanges

    @property
    def same_files(self) -> bool:
        """Whether both have the same files."""
        return not (self.added or self.removed or self.changed or self.renamed or self.unclear)

    @property
    def added_bytes(self) -> int:
        """The bytes of the files that were added or changed, as the second has them."""
        return sum(entry.size or 0 for entry in self.added) + sum(
            change.after.size or 0 for change in self.changed
        )

    @property
    def removed_bytes(self) -> int:
        """The bytes of the files that were removed or changed, as the first has them."""
        return sum(entry.size or 0 for entry in self.removed) + sum(
            change.before.size or 0 for change in self.changed
        )

    def __bool__(self) -> bool:
        return not self.same_files or bool(self.metadata or self.aliases or self.tags)

    def to_dict(self) -> dict[str, JsonValue]:
        """The same as JSON has it."""
        from .showing import diff_values

        return diff_values(self)

    def _repr_html_(self) -> str:
        from .showing import diff_html

        return diff_html(self)

    @override
    def __str__(self) -> str:
        from .showing import diff_text

        return diff_text(self)


@dataclass(frozen=True, slots=True)
class Described:
    """What is compared beside the files.

    Attributes:
        name: what it is called.
        metadata: its metadata; ``None`` for a folder, which has none.
        aliases: its aliases.
        tags: its tags.
    """

    name: str
    metadata: Mapping[str, JsonValue] | None = None
    aliases: Sequence[str] = ()
    tags: Sequence[str] = ()


def compare(
    before: Described,
    files_before: Mapping[str, ManifestEntry],
    after: Described,
    files_after: Mapping[str, ManifestEntry],
) -> ManifestDiff:
    """What is different between two versions, or between a version and a folder."""
    added = {path: files_after[path] for path in sorted(files_after.keys() - files_before.keys())}
    removed = {
        path: files_before[path] for path in sorted(files_before.keys() - files_after.keys())
    }
    both = [
        EntryChange(files_before[path], files_after[path])
        for path in sorted(files_before.keys() & files_after.keys())
    ]
    unclear = tuple(change for change in both if _unclear(change))
    changed = tuple(each for each in both if not _same(each) and not _unclear(each))
    renamed = _renamed(removed, added)
    named = before.metadata is not None and after.metadata is not None
    return ManifestDiff(
        before.name,
        after.name,
        tuple(added.values()),
        tuple(removed.values()),
        changed,
        renamed,
        unclear,
        _metadata(before.metadata or {}, after.metadata or {}) if named else {},
        _names(before.aliases, after.aliases) if named else NameChanges(),
        _names(before.tags, after.tags) if named else NameChanges(),
    )


def _unclear(change: EntryChange) -> bool:
    """Whether two files were hashed in different ways, and are of the same size."""
    before, after = change.before, change.after
    return (
        before.ref is None
        and after.ref is None
        and before.algorithm is not after.algorithm
        and before.size == after.size
    )


def _same(change: EntryChange) -> bool:
    return _content(change.before) == _content(change.after)


def _content(entry: ManifestEntry) -> tuple[object, ...]:
    # The official client writes 0 where the size of a reference is not known.
    size = entry.size if entry.ref is None else entry.size or None
    return entry.digest, entry.ref, size, entry.algorithm


def _renamed(
    removed: dict[str, ManifestEntry], added: dict[str, ManifestEntry]
) -> tuple[EntryChange, ...]:
    """Take out of both what has only got another name; each file once, the first name first."""
    sources: dict[tuple[object, ...], list[ManifestEntry]] = {}
    for entry in reversed(removed.values()):
        sources.setdefault(_content(entry), []).append(entry)
    found: list[EntryChange] = []
    for path, entry in list(added.items()):
        if entry.digest and (same := sources.get(_content(entry))):
            source = same.pop()
            del removed[source.path], added[path]
            found.append(EntryChange(source, entry))
    return tuple(found)


def _metadata(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], prefix: str = ""
) -> dict[str, MetadataChange]:
    changes: dict[str, MetadataChange] = {}
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            changes |= _metadata(old, new, f"{prefix}{key}.")
        elif key not in before or key not in after or not same_json(old, new):
            changes[f"{prefix}{key}"] = MetadataChange(old, new)
    return changes


def _names(before: Sequence[str], after: Sequence[str]) -> NameChanges:
    return NameChanges(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
    )
