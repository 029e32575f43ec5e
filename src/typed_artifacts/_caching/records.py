"""The record of a downloaded version, and its text in the cache folder. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

FORMAT: Final = 1
"""What this release writes; a record of any other format is left to the release that wrote it."""


@dataclass(frozen=True, slots=True)
class RecordedSource:
    """The collection that a version was logged to."""

    type: str
    collection_id: str
    collection: str
    entity: str
    project: str


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A version, seen through one collection of one server.

    Attributes:
        server: the base URL of the server.
        entity: the user or team whose project holds the collection.
        project: the project.
        collection: the collection.
        version: its version there.
        aliases: its aliases there.
        recorded_at: when all of this was so.
        collection_id: the collection's id.
        collection_kind: what GraphQL calls the collection's type.
        linked_at: when it came into the collection, if a server has said.
        source: where it was logged to.
        content: its own attributes, by GraphQL name.
        manifest: the name of its manifest in the cache folder.
        organization: the organization whose registry the project is, if it is one.
        owners: other names that paths of the registry began with, such as that of a team in it.
        default_for: accounts whose paths mean this entity where they name none.
        number: which record of the folder it is, in the order in which they were written; 0 for
            those of older releases, which came before.
        format: of the record.
    """

    server: str
    entity: str
    project: str
    collection: str
    version: str
    aliases: tuple[str, ...]
    recorded_at: AwareDatetime
    collection_id: str | None
    collection_kind: str | None
    linked_at: datetime | None
    source: RecordedSource
    content: dict[str, object]
    manifest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    organization: str | None = None
    owners: tuple[str, ...] = ()
    default_for: tuple[str, ...] = ()
    number: int = 0
    format: int = FORMAT

    @property
    def order(self) -> tuple[int, datetime]:
        """What is greater of the younger one of two records; a clock may have been set back."""
        return self.number, self.recorded_at

    @property
    def location(self) -> tuple[str, str, str]:
        """Entity, project and collection."""
        return self.entity, self.project, self.collection

    @property
    def path(self) -> str:
        """``entity/project/collection:version``."""
        return f"{'/'.join(self.location)}:{self.version}"

    @property
    def digest(self) -> str:
        """The version's digest; "" where the record has none."""
        digest = self.content.get("digest")
        return digest if isinstance(digest, str) else ""

    def over(self, older: VersionRecord | None) -> VersionRecord:
        """This record in place of an older one, with what only the older one knows."""
        if older is None:
            return self
        return replace(
            self,
            default_for=tuple(dict.fromkeys((*self.default_for, *older.default_for))),
            organization=self.organization or older.organization,
            owners=tuple(dict.fromkeys((*self.owners, *older.owners))),
        )


@cache
def _adapter() -> TypeAdapter[VersionRecord]:
    return TypeAdapter(VersionRecord)  # building it takes longer than importing this module


def dump_record(record: VersionRecord) -> bytes:
    """The text of a record."""
    return _adapter().dump_json(record, indent=1)


def read_record(text: bytes) -> VersionRecord | None:
    """The record of a text; ``None`` for one that is damaged, or of another format."""
    try:
        found = _adapter().validate_json(text)
    except ValidationError:
        return None
    return found if found.format == FORMAT else None


def is_record(text: bytes) -> bool:
    """Whether a text is a record, of this release or of another."""
    if read_record(text) is not None:
        return True
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return False
    other = found.get("format") if isinstance(found, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # of anything
    return isinstance(other, int) and other != FORMAT


def server_folder(server: str) -> str:
    """The folder of a server's records."""
    return f"records/{_name(server)}"


def collection_folder(server: str, location: tuple[str, str, str]) -> str:
    """The folder of the records of a collection."""
    return f"{server_folder(server)}/{_name(*location)}"


def record_leaf(version: str) -> str:
    """The name of a record in the folder of its collection."""
    return f"{_name(version)}.json"


def manifest_name(content: bytes) -> str:
    """The name of a manifest in the cache folder: the hash of its bytes."""
    return hashlib.sha256(content).hexdigest()


def account_of(server: str, api_key: str | None) -> str | None:
    """What a key's account is called in records: nothing that leads back to the key."""
    return None if api_key is None else _name("account", server, api_key)


def _name(*parts: str) -> str:
    """A file's name for texts that may be anything."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
