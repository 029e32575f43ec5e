"""The contents of a draft before anything is sent: the common base of its classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, Self, TypeAlias

from ..._transfer import (
    Cancellation,
    LookupContext,
    ManifestEntry,
    Reference,
    build_manifest,
    draft_with,
    files_in,
)
from ..._values.file_names import why_unsafe
from ..._values.guards import is_text, override
from ...errors import InvalidInput, NotLoadedError
from ..arguments.assignments import KnownAttributes
from ..arguments.checks import check_description, check_tags
from ..client.client_protocol import ClientT
from ..downloads.cache_folders import checksums_of
from ..versions.artifact_edits import check_aliases
from ..versions.artifact_references import is_artifact_uri
from ..versions.metadata import check_metadata
from ..versions.time_to_live import check_ttl
from .draft_changes import entry_to_copy
from .given_files import FileContent, StoredFile, is_stored, named_content, not_of_edited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta
    from pathlib import Path

    from ..._requests.retry import RetryPolicy
    from ..._transfer import ByteSource, DigestAlgorithm, Draft, Patterns, Selection
    from ..._values.json_values import JsonValue
    from ..._values.plain import Metadata
    from ..._values.string_sequences import StringSequence
    from ..versions.time_to_live import ArtifactTTL
    from .draft_changes import BaseVersion
    from .draft_plans import DraftPlan
    from .given_files import NamedFiles

DraftItem: TypeAlias = "ManifestEntry | Path | bytes | Reference"
"""What a draft has under a name: an entry of the version it was made from, or a new content."""


class DraftBase(KnownAttributes, Mapping[str, DraftItem], Generic[ClientT]):
    """The common base of the sync and async drafts."""

    _client: ClientT
    _plan: DraftPlan
    _base: BaseVersion | None
    _is_open: bool

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._plan.path}>"

    @override
    def __len__(self) -> int:
        return sum(1 for _ in self)

    @override
    def __iter__(self) -> Iterator[str]:
        """The names: those that stay, then those that are new."""
        plan, there = self._plan, self._there()
        yield from (name for name in there if name not in plan.removed)
        yield from (name for name in plan.items if name not in there or name in plan.removed)

    @override
    def __contains__(self, name: object) -> bool:
        plan = self._plan
        return name in plan.items or (name in self._there() and name not in plan.removed)

    @override
    def __getitem__(self, name: str) -> DraftItem:
        if name in self._plan.items:
            return self._plan.items[name]
        if name not in self:
            raise KeyError(name)
        return self._there()[name]

    def __setitem__(self, name: str, content: FileContent | ManifestEntry | StoredFile) -> None:
        """Add a file: a path, bytes, a file open in binary mode, or a ``Reference``.

        A reference to a folder or a prefix has a name such as ``train/``, and becomes an entry for
        each object below it when the version is logged. In an edit, a file of the edited version
        can be copied or renamed: ``draft["new"] = draft["old"]``. Its bytes are not sent again.

        Raises:
            InvalidInput: the name is not valid, or the file does not exist, or it is one of
                another version.
        """
        plan = self._usable()
        if is_stored(content):
            plan.items[checked_name(name)] = self._copied(name, content)
            return
        found = named_content(name, content)
        is_reference = isinstance(found, Reference)
        checked_name(name.removesuffix("/") if is_reference and is_text(name) else name)
        plan.items[name] = found

    def __delitem__(self, name: str) -> None:
        """Remove a file; ``KeyError`` if there is none of that name."""
        plan = self._usable()
        if name not in self:
            raise KeyError(name)
        plan.items.pop(name, None)
        if name in self._there():
            plan.removed.add(name)

    @override
    def __eq__(self, other: object) -> bool:
        return self is other

    @override
    def __hash__(self) -> int:
        return id(self)

    @property
    def aliases(self) -> list[str]:
        """Aliases of the new version; ``latest`` is added automatically."""
        return self._plan.aliases

    @aliases.setter
    def aliases(self, aliases: StringSequence) -> None:
        self._usable().aliases = check_aliases(aliases)

    @property
    def tags(self) -> list[str]:
        """Tags of the new version."""
        return self._plan.tags

    @tags.setter
    def tags(self, tags: StringSequence) -> None:
        self._usable().tags = check_tags(tags)

    @property
    def description(self) -> str | None:
        """A description of the new version."""
        return self._plan.description

    @description.setter
    def description(self, description: str | None) -> None:
        self._usable().description = check_description(description)

    @property
    def metadata(self) -> dict[str, JsonValue]:
        """The metadata of the new version; change the mapping or set a new one."""
        return self._plan.metadata

    @metadata.setter
    def metadata(self, metadata: Metadata | None) -> None:
        plan = self._usable()
        plan.metadata = check_metadata(metadata, plan.saved_metadata)

    @property
    def ttl(self) -> timedelta | ArtifactTTL | None:
        """The time to live of the new version; ``None``: the server's setting."""
        return self._plan.ttl

    @ttl.setter
    def ttl(self, ttl: timedelta | ArtifactTTL | None) -> None:
        self._usable().ttl = check_ttl(ttl)

    def _copied(self, name: str, content: ManifestEntry | StoredFile) -> ManifestEntry:
        """A file of the version this one is made from, under another name.

        Raises:
            InvalidInput: it is no file of that version.
        """
        entry = None if self._base is None else entry_to_copy(self._base, content)
        if entry is None:
            raise not_of_edited(content, f"The content of {name!r:.100}")
        return replace(entry, path=name)

    def _there(self) -> Mapping[str, ManifestEntry]:
        """What the version has that this one is made from."""
        return {} if self._base is None else self._base.entries

    def _usable(self) -> DraftPlan:
        """What it holds, while it may be changed.

        Raises:
            NotLoadedError: the ``with`` statement has not begun, or is over.
        """
        if not self._is_open:
            raise NotLoadedError(
                f"{self!r} can be changed inside of its with statement: "
                "with ...draft(...) as draft, or with artifact.edit() as draft.",
                subject=str(self._plan.path),
            )
        return self._plan

    def _put_all(self, found: Mapping[str, Path]) -> Self:
        """Put the files of a folder, all or none.

        Raises:
            InvalidInput: the name of one cannot be one of a file.
        """
        plan = self._usable()
        plan.items.update({checked_name(name): path for name, path in found.items()})
        return self

    def _hashed_files(
        self,
        files: NamedFiles,
        select: Selection | None,
        algorithm: DigestAlgorithm,
        source: ByteSource,
        retry: RetryPolicy,
        cancel: Cancellation | None = None,
    ) -> Draft:
        """Contents that are hashed, or looked up where they stay."""
        settings = self._client.settings
        cache = checksums_of(settings)
        local, references = _by_kind(files, select)
        draft = build_manifest(
            local,
            algorithm=algorithm,
            select=None if references else select,
            cancel=cancel,
            cache=cache,
        )
        context = LookupContext(source, retry, cancel or Cancellation(), settings.offline)
        return draft_with(draft, references, context, select)


def _by_kind(
    files: NamedFiles, select: Selection | None
) -> tuple[Path | Mapping[str, Path | bytes], Mapping[str, Reference]]:
    """What is hashed, and what is looked up; what names other artifacts is neither."""
    if not isinstance(files, Mapping):
        return files, {}
    local = {name: each for name, each in files.items() if not isinstance(each, Reference)}
    if len(local) == len(files):
        return local, {}
    return (
        {name: each for name, each in local.items() if select is None or select(name)},
        {
            name: each
            for name, each in files.items()
            if isinstance(each, Reference) and not is_artifact_uri(each.uri)
        },
    )


def found_files(
    folder: object,
    prefix: str,
    include: Patterns,
    exclude: Patterns,
    cancel: Cancellation | None = None,
) -> dict[str, Path]:
    """The files of a folder by the names that they get.

    Raises:
        InvalidInput: there is no such folder, or an argument is malformed.
    """
    if not is_text(prefix) or (prefix and why_unsafe(prefix.removesuffix("/"))):
        raise InvalidInput(f'prefix is {prefix!r:.200}; it must be as in "data/train/".')
    start = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
    return {
        f"{start}{name}": path for name, path in files_in(folder, include, exclude, cancel).items()
    }


def checked_name(name: str) -> str:
    """A name that a file of a version may have.

    Raises:
        InvalidInput: it may not.
    """
    if not is_text(name):
        raise InvalidInput(f"A file's name is a text, not {name!r:.200}.")
    if why := why_unsafe(name):
        raise InvalidInput(f"The name {name!r} {why}.", subject=name)
    return name
