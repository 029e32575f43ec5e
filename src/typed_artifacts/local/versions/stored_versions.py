"""Versions whose files are stored already: commits them in one step, and finds them by name."""

from dataclasses import dataclass

import sqlalchemy as sa

from ..database.ids import global_id
from ..database.tables import aliases, memberships, versions
from ..storage.blobs import BlobStore
from ..storage.file_rows import record_blobs, record_manifest
from ..storage.ingest import Content
from .collections import CollectionRow
from .commits import is_whole
from .lifecycle import NewVersion, begin_version, commit_version, committed_by_digest
from .memberships import add_aliases_to_existing
from .runs import record_output


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version in the registry. `created` is false if the content existed before."""

    key: int
    path: str
    index: int
    digest: str
    created: bool

    @property
    def version(self) -> str:
        return f"v{self.index}"

    @property
    def id(self) -> str:
        """Its global id in the GraphQL API."""
        return global_id("Artifact", self.key)


def store_content(
    connection: sa.Connection,
    path: str,
    sequence: CollectionRow,
    new: NewVersion,
    content: Content,
    store: BlobStore,
) -> StoredVersion:
    """Commits a version of files that are stored already, unless the collection has it."""
    known = committed_by_digest(connection, sequence.id, content.digest)
    if known is not None and is_whole(connection, store, known, files=False):
        add_aliases_to_existing(connection, sequence.id, known, new.aliases)
        if new.run is not None:
            record_output(connection, new.run, known)
        statement = sa.select(versions.c.version_index).where(versions.c.id == known)
        index = connection.execute(statement).scalar_one() or 0
        return StoredVersion(known, f"{path}:v{index}", index, content.digest, created=False)
    record_blobs(connection, content.blobs.values())
    key = begin_version(connection, new)
    manifest = record_manifest(connection, content.manifest, content.entries, content.blobs)
    index = commit_version(connection, key, manifest)
    return StoredVersion(key, f"{path}:v{index}", index, content.digest, created=True)


def find_version(connection: sa.Connection, collection: int, alias: str) -> int | None:
    """The version of a collection with an alias or number (`v3`)."""
    wanted = memberships.c.collection_id == collection
    if alias[:1] == "v" and alias[1:].isascii() and alias[1:].isdigit() and len(alias) < 19:
        statement = sa.select(memberships.c.version_id).where(
            wanted, memberships.c.version_index == int(alias[1:])
        )
    else:
        statement = (
            sa.select(memberships.c.version_id)
            .join(aliases, aliases.c.membership_id == memberships.c.id)
            .where(aliases.c.collection_id == collection, aliases.c.alias == alias)
        )
    return connection.scalar(statement)
