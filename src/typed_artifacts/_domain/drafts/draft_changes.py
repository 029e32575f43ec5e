"""The changes of an edited version, and whether two edits conflict. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from ..._transfer import DigestAlgorithm, Draft, Manifest, ManifestEntry, manifest_of
from ..._values.file_names import why_overlapping
from ..._values.json_values import same_json
from ..._values.shown import first_few
from ...errors import ConflictError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..._values.json_values import JsonValue
    from .given_files import StoredFile

OnConflict: TypeAlias = Literal["error", "rebase"]
"""What to do where another version came meanwhile: fail, or change that one in the same way."""

REBASES = 5
"""How often an edit begins anew because yet another version came."""


class HasId(Protocol):
    """A version of either flavour."""

    @property
    def id(self) -> str: ...


class LatestMoved(ConflictError):  # noqa: N818 -- it is a conflict, and never public by this name
    """Another version became the latest while a version was edited."""


@dataclass(frozen=True, slots=True)
class BaseVersion:
    """A version that another is made from.

    Attributes:
        id: its id.
        path: what it is called.
        entries: what it consists of.
        metadata: its metadata.
        description: a description of the version.
        algorithm: how its files and its manifest are hashed.
    """

    id: str
    path: str
    entries: Mapping[str, ManifestEntry]
    metadata: Mapping[str, JsonValue]
    description: str | None
    algorithm: DigestAlgorithm


@dataclass(frozen=True, slots=True)
class DraftChanges:
    """What a draft changes.

    Attributes:
        added: entries that are new, or in place of others.
        removed: the names of entries that are taken out.
        metadata: what it is to be.
        description: what it is to be.
    """

    added: Mapping[str, ManifestEntry]
    removed: frozenset[str]
    metadata: Mapping[str, JsonValue]
    description: str | None

    def differ(self, base: BaseVersion) -> bool:
        """Whether they change anything about a version."""
        return self.change_files(base) or bool(self.beside_files(base))

    def change_files(self, base: BaseVersion) -> bool:
        """Whether they change the content of a version, so that there is a new one."""
        return bool(self.removed) or any(
            not same_content(entry, base.entries.get(name)) for name, entry in self.added.items()
        )

    def beside_files(self, base: BaseVersion) -> tuple[str, ...]:
        """The attributes that they change, which alone make no new version."""
        changed = {
            "metadata": not same_json(dict(self.metadata), dict(base.metadata)),
            "description": (self.description or "") != (base.description or ""),
        }
        return tuple(name for name, is_so in changed.items() if is_so)


def no_version(path: str) -> BaseVersion:
    """What a version is made from that begins with nothing."""
    return BaseVersion("", path, {}, {}, None, DigestAlgorithm.MD5)


def id_of(version: HasId | None) -> str | None:
    """The id of a version, if there is one."""
    return None if version is None else version.id


def same_content(one: ManifestEntry | None, other: ManifestEntry | None) -> bool:
    """Whether two entries stand for the same bytes in the same place."""
    if one is None or other is None:
        return one is other
    return (one.digest, one.ref, one.algorithm) == (other.digest, other.ref, other.algorithm)


def entry_to_copy(base: BaseVersion, wanted: ManifestEntry | StoredFile) -> ManifestEntry | None:
    """The entry of a version that a file of it stands for; ``None`` where it is of another."""
    if not isinstance(wanted, ManifestEntry):
        named = base.entries.get(wanted.name)
        is_same = named is not None and named.digest == (wanted.digest or "")
        return _stored_with(base, named) if named is not None and is_same else None
    named = base.entries.get(wanted.path)
    found = named if same_content(named, wanted) else None
    if found is None:  # it may be a copy that this edit has made
        found = next((e for e in base.entries.values() if same_content(e, wanted)), None)
    return None if found is None else _stored_with(base, found)


def edited_manifest(base: BaseVersion, changes: DraftChanges) -> Manifest:
    """The whole manifest of the version that changes make of another.

    Entries that stay are copied.

    Raises:
        InvalidInput: a name is a file and a folder at once.
    """
    entries: dict[str, ManifestEntry] = {}
    for name, entry in base.entries.items():
        if name not in changes.removed:
            entries[name] = _stored_with(base, entry)
    for name, entry in changes.added.items():
        if not same_content(entry, entries.get(name)):
            entries[name] = entry
    if changes.added and (why := why_overlapping(entries)):
        raise InvalidInput(f"These names exclude each other: {why}.")
    return manifest_of((entries[name] for name in sorted(entries)), base.algorithm)


def edited_draft(base: BaseVersion, changes: DraftChanges, hashed: Draft) -> Draft:
    """The whole manifest, and the contents of what is new in it.

    Raises:
        InvalidInput: a name is a file and a folder at once.
    """
    contents = {
        name: hashed.contents[name]
        for name, entry in changes.added.items()
        if name in hashed.contents and not same_content(entry, base.entries.get(name))
    }
    return Draft(edited_manifest(base, changes), contents)


def rebased(base: BaseVersion, latest: BaseVersion, changes: DraftChanges) -> DraftChanges:
    """The changes of one version as changes of another that came meanwhile.

    Raises:
        ConflictError: both changed the same file, the same key of the metadata, or the
            description, and in different ways.
    """
    clashes = [f"the file {name!r}" for name in _clashing_files(base, latest, changes)]
    metadata = dict(latest.metadata)
    for key in sorted({*base.metadata, *changes.metadata}):
        ours, original, theirs = (
            each.get(key, ...) for each in (changes.metadata, base.metadata, latest.metadata)
        )
        if _same(ours, original):
            continue
        if not _same(theirs, original) and not _same(theirs, ours):
            clashes.append(f"the metadata's key {key!r}")
        elif ours is ...:
            metadata.pop(key, None)
        else:
            metadata[key] = changes.metadata[key]
    ours, original, theirs = (
        changes.description or "",
        base.description or "",
        latest.description or "",
    )
    if ours != original and theirs not in (original, ours):
        clashes.append("the description")
    if clashes:
        raise _clash(base, latest, clashes)
    removed = frozenset(name for name in changes.removed if name in latest.entries)
    description = latest.description if ours == original else changes.description
    return DraftChanges(changes.added, removed, metadata, description)


def check_latest(expected: str | None, found: str | None, path: str, base: str) -> None:
    """Nothing, where the latest version of a collection is still the same.

    Raises:
        LatestMoved: it is another.
        ConflictError: there is none any more.
    """
    if found is None and expected is not None:
        raise ConflictError(
            f"Editing {base}: {path} has no latest version any more, or is gone; nothing was "
            "logged.",
            subject=path,
        )
    if expected != found:
        raise LatestMoved(
            f"Editing {base}: another version became the latest of {path} meanwhile; nothing was "
            'logged. Edit that one, or pass on_conflict="rebase".',
            subject=path,
        )


def too_many_rebases(base: str, path: str) -> ConflictError:
    """The error for an edit that other versions came before, as often as it began anew."""
    return ConflictError(
        f"Editing {base}: {REBASES} times another version became the latest of {path} before this "
        "one was committed; nothing was logged. Edit it again when fewer others do.",
        subject=path,
    )


def _stored_with(base: BaseVersion, entry: ManifestEntry) -> ManifestEntry:
    """An entry that says with which version it was stored; where it does not, with its own."""
    is_whole = entry.ref is not None or entry.birth_artifact_id is not None
    return entry if is_whole else replace(entry, birth_artifact_id=base.id)


def _clashing_files(base: BaseVersion, latest: BaseVersion, changes: DraftChanges) -> Iterable[str]:
    for name in sorted({*changes.added, *changes.removed}):
        ours, theirs = changes.added.get(name), latest.entries.get(name)
        if not same_content(theirs, base.entries.get(name)) and not same_content(theirs, ours):
            yield name


def _same(one: object, other: object) -> bool:
    """Whether two values are the same JSON; ``...`` stands for a key that is not there."""
    if one is ... or other is ...:
        return one is other
    return same_json(one, other)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # both are JSON


def _clash(base: BaseVersion, latest: BaseVersion, clashes: list[str]) -> ConflictError:
    shown = first_few(clashes, 5)
    return ConflictError(
        f"Editing {base.path}: {latest.path}, which came meanwhile, changes {shown} in another "
        "way; nothing was logged. Edit that version instead.",
        subject=base.path,
    )
