"""The attributes of the version that a draft will log, checked at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..._transfer import DigestAlgorithm, ManifestEntry, draft_and
from ..._values.json_values import parse_json_object
from ...errors import InvalidInput
from ..arguments.argument_types import check_transfer
from ..versions.metadata import changed_metadata, copied_metadata
from .draft_changes import DraftChanges
from .storage_options import check_digest
from .version_options import VersionOptions, check_version_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from ..._transfer import Draft, ProgressOption
    from ..._values.json_values import JsonValue
    from ..._values.plain import Metadata
    from ..._values.string_sequences import StringSequence
    from ...paths import CollectionPath, RunPath
    from ..versions.time_to_live import ArtifactTTL
    from .draft_changes import OnConflict
    from .given_files import NamedContent
    from .storage_options import DigestOption


@dataclass(slots=True)
class DraftPlan:
    """What a new version is to be, as its draft was asked for; the contents come afterwards."""

    path: CollectionPath
    type: str
    aliases: list[str]
    tags: list[str]
    description: str | None
    metadata: dict[str, JsonValue]
    ttl: timedelta | ArtifactTTL | None
    run: RunPath | None
    max_workers: int
    progress: ProgressOption
    on_conflict: OnConflict = "error"
    algorithm: DigestAlgorithm = DigestAlgorithm.MD5
    storage_region: str | None = None
    saved_metadata: str | None = None
    """The metadata of the version it is made from, which is never checked again."""
    items: dict[str, NamedContent | ManifestEntry] = field(
        default_factory=dict["str", "NamedContent | ManifestEntry"]
    )
    """What was put: new contents, and entries of the version it is made from."""
    removed: set[str] = field(default_factory=set[str])

    def options(self) -> VersionOptions:
        """All but the contents, checked: lists and metadata may have been changed in place.

        Raises:
            InvalidInput: one of them is malformed.
        """
        options = check_version_options(
            self.path.collection,
            self.type,
            self.aliases,
            self.tags,
            self.description,
            None,
            self.ttl,
            self.storage_region,
        )
        changed = changed_metadata(self.metadata, self.saved_metadata)
        options.metadata.update(copied_metadata(self.metadata) if changed is None else changed)
        return options

    def contents(self) -> dict[str, NamedContent]:
        """What is new, by name."""
        return {
            name: each for name, each in self.items.items() if not isinstance(each, ManifestEntry)
        }

    def with_copies(self, hashed: Draft) -> Draft:
        """What is new, hashed, and what is copied from the version it is made from.

        Raises:
            InvalidInput: a name is a file and a folder at once.
        """
        copies = [each for each in self.items.values() if isinstance(each, ManifestEntry)]
        return draft_and(hashed, copies) if copies else hashed

    @property
    def sets_attributes(self) -> bool:
        """Whether it asks for what another version of the same content may lack."""
        return bool(self.aliases or self.tags) or self.ttl is not None

    def changes(self, added: Mapping[str, ManifestEntry], options: VersionOptions) -> DraftChanges:
        """What becomes of the version it is made from."""
        removed = frozenset(self.removed.difference(added))
        return DraftChanges(added, removed, options.metadata, self.description)


def options_of(changes: DraftChanges, options: VersionOptions) -> VersionOptions:
    """The options of a version whose metadata and description may come from two others."""
    metadata = dict(changes.metadata)
    return replace(options, metadata=metadata, description=changes.description, is_edit=True)


def new_plan(
    path: CollectionPath,
    type_name: str,
    *,
    aliases: StringSequence,
    tags: StringSequence,
    description: str | None,
    metadata: Metadata | None,
    ttl: timedelta | ArtifactTTL | None,
    run: RunPath | None,
    max_workers: int,
    progress: ProgressOption,
    digest: DigestOption,
    storage_region: str | None,
) -> DraftPlan:
    """The plan of a version that begins with nothing.

    Raises:
        InvalidInput: an argument is malformed.
    """
    check_transfer(max_workers, progress)
    options = check_version_options(
        path.collection, type_name, aliases, tags, description, metadata, ttl, storage_region
    )
    return DraftPlan(
        path,
        type_name,
        list(options.aliases),
        list(options.tags),
        options.description,
        options.metadata,
        ttl,
        run,
        max_workers,
        progress,
        algorithm=check_digest(digest),
        storage_region=storage_region,
    )


def edit_plan(
    path: CollectionPath,
    type_name: str,
    saved_metadata: str | None,
    description: str | None,
    *,
    on_conflict: OnConflict,
    run: RunPath | None,
    max_workers: int,
    progress: ProgressOption,
) -> DraftPlan:
    """The plan of a version that begins with another.

    Raises:
        InvalidInput: an argument is malformed.
    """
    check_transfer(max_workers, progress)
    if on_conflict not in ("error", "rebase"):
        raise InvalidInput(f'on_conflict is {on_conflict!r:.200}; it must be "error" or "rebase".')
    return DraftPlan(
        path,
        type_name,
        [],
        [],
        description,
        parse_json_object(saved_metadata, "metadata"),
        None,
        run,
        max_workers,
        progress,
        on_conflict,
        saved_metadata=saved_metadata,
    )
