"""Commits a version from its uploaded manifest, with digests computed by the server."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ..database.ids import timestamp
from ..database.rows import Row
from ..database.tables import (
    aliases,
    blobs,
    drafts,
    entries,
    manifests,
    memberships,
    pending_blobs,
    versions,
)
from ..errors import RegistryNotFound, RegistryRefused
from ..storage.blobs import Blob, BlobStore
from ..storage.file_rows import record_manifest
from ..storage.incoming import put_bytes
from ..storage.manifests import Entry, manifest_digest, merge_manifests, read_manifest
from .collections import copy_tags
from .lifecycle import commit_version, committed_by_digest
from .memberships import add_aliases_to_existing
from .pending_versions import agrees, blobs_by, hex_digest
from .runs import record_output

XXH128 = "MANIFEST_XXH128"
# How long a request may compare the files of a version with an equal one.
_MOST_SECONDS = 8
_VERSION = sa.select(
    versions.c.state,
    versions.c.sequence_id,
    versions.c.digest,
    versions.c.digest_algorithm,
    versions.c.deduplicate,
    versions.c.same_as,
    versions.c.run_id,
    versions.c.wanted_aliases,
)
_BLOB = (blobs.c.md5, blobs.c.xxh128, blobs.c.size)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A manifest that was announced and uploaded."""

    kind: str
    base: int | None
    digest: str
    blob: Blob


@dataclass(frozen=True, slots=True)
class Announced:
    """What a PENDING version will hold, once it is committed: checked, and all of it here."""

    drafts: list[_Draft]
    entries: list[Entry]
    merged: bytes | None  # the manifest, where it is none of those that were uploaded
    stored: dict[str, Blob]
    digest: str

    @property
    def blobs(self) -> list[Blob]:
        """What must be on the disk before the version may be seen."""
        return [*self.stored.values(), *(draft.blob for draft in self.drafts)]


def read_announced(connection: sa.Connection, store: BlobStore, key: int) -> Announced | None:
    """What a version will hold, if its manifest and every file of it are here; None if it does.

    Raises:
        RegistryRefused: something is missing, or not what was announced.
    """
    version = _version(connection, key)
    if version is None:
        return None
    uploaded = _uploaded(connection, key)
    if not uploaded:
        raise RegistryRefused("The version cannot be committed: its manifest was not uploaded.")
    listed, merged = _merged(connection, store, key, uploaded)
    stored = _resolved(connection, store, listed, version.digest_algorithm)
    digest = manifest_digest(listed, version.digest_algorithm)
    if merged is None and version.digest not in (digest, ""):
        raise RegistryRefused(
            f"The version cannot be committed: its digest is {digest} by its manifest, and not "
            f"{version.digest[:80]}, as was announced."
        )
    return Announced(uploaded, listed, merged, stored, digest)


def is_pending(connection: sa.Connection, key: int) -> bool:
    """Whether a version is still to be committed.

    Raises:
        RegistryNotFound: it is gone.
    """
    return _version(connection, key) is not None


def _version(connection: sa.Connection, key: int) -> Row | None:
    """A version to commit; None if it is committed, or another took its place."""
    version = connection.execute(_VERSION.where(versions.c.id == key)).one_or_none()
    if version is None or (version.state == "DELETED" and version.same_as is None):
        raise RegistryNotFound("There is no such artifact version, or it was deleted.")
    return version if version.state == "PENDING" else None


def commit_announced(
    connection: sa.Connection, store: BlobStore, key: int, announced: Announced | None
) -> None:
    """Makes a PENDING version COMMITTED; `announced` was read, and is on the disk, already."""
    version = _version(connection, key)
    if version is None:
        return
    if announced is None or not _is_current(connection, store, key, announced):
        announced = read_announced(connection, store, key)
        if announced is None:
            return
        store.settle(blob.md5 for blob in announced.blobs)
    if version.deduplicate and announced.merged is None:
        same = committed_by_digest(connection, version.sequence_id, announced.digest)
        if same is not None and is_whole(connection, store, same, files=False):
            _take_location(connection, key, same, version)
            return
    manifest_blob = announced.drafts[-1].blob
    if announced.merged is not None:
        manifest_blob = put_bytes(store, announced.merged)
        store.settle([manifest_blob.md5])
    manifest = record_manifest(connection, manifest_blob, announced.entries, announced.stored)
    values = {"digest": announced.digest}
    connection.execute(sa.update(versions).where(versions.c.id == key).values(**values))
    commit_version(connection, key, manifest)
    connection.execute(sa.delete(drafts).where(drafts.c.version_id == key))


def _is_current(
    connection: sa.Connection, store: BlobStore, key: int, announced: Announced
) -> bool:
    """Whether nothing was uploaded, and nothing taken away, since it was read."""
    return announced.drafts == _uploaded(connection, key) and all(
        store.has(blob.md5, blob.size) for blob in announced.blobs
    )


def _take_location(connection: sa.Connection, key: int, same: int, version: Row) -> None:
    """Another has committed this content meanwhile: that version stands for this one as well."""
    add_aliases_to_existing(
        connection, version.sequence_id, same, json.loads(version.wanted_aliases)
    )
    copy_tags(connection, key, same)
    if version.run_id is not None:
        record_output(connection, version.run_id, same)
    for table in (drafts, pending_blobs):
        connection.execute(sa.delete(table).where(table.c.version_id == key))
    connection.execute(
        sa.update(versions)
        .where(versions.c.id == key)
        .values(
            state="DELETED",
            same_as=same,
            distributed_id=None,  # later requests with this id create another version
            updated_at=timestamp(),
        )
    )


def _uploaded(connection: sa.Connection, key: int) -> list[_Draft]:
    """The manifests of a version that were uploaded, in their order, if they are the announced."""
    statement = (
        sa.select(drafts.c.kind, drafts.c.base_id, drafts.c.digest, *_BLOB)
        .join(blobs, blobs.c.md5 == drafts.c.blob)
        .where(drafts.c.version_id == key)
        .order_by(drafts.c.id)
    )
    found = [
        _Draft(kind, base, digest, Blob(*blob))
        for kind, base, digest, *blob in connection.execute(statement)
    ]
    for draft in found:
        if not agrees(draft.blob, [draft.digest]):
            raise RegistryRefused(
                "The version cannot be committed: the manifest that was uploaded is not the one "
                "that was announced."
            )
    return found


def _merged(
    connection: sa.Connection, store: BlobStore, key: int, rows: Sequence[_Draft]
) -> tuple[list[Entry], bytes | None]:
    """The entries of a version: of the last full manifest, or of increments merged onto a base."""
    full = [draft.blob for draft in rows if draft.kind == "FULL"]
    if full and len(rows) == len(full):
        return read_manifest(store.whole(full[-1])), None
    below = _base_of(connection, key, rows)
    above = [draft.blob for draft in rows if draft.kind != "FULL"]
    merged = merge_manifests(store.whole(blob) for blob in [*below, *full, *above])
    return read_manifest(merged), merged


def _base_of(connection: sa.Connection, key: int, rows: Sequence[_Draft]) -> list[Blob]:
    """The manifest that increments lie on.

    What several runs write together (PATCH) is all of their version. They send the latest one as
    the base, as for a FULL manifest, which has none either.
    """
    increments = [draft for draft in rows if draft.kind == "INCREMENTAL"]
    if not increments:
        return []
    base = next((draft.base for draft in increments if draft.base is not None), None)
    if base is None:
        base = _latest(connection, key)
    return [] if base is None else manifest_blobs(connection, base)


def _latest(connection: sa.Connection, key: int) -> int | None:
    sequence = sa.select(versions.c.sequence_id).where(versions.c.id == key).scalar_subquery()
    return connection.scalar(
        sa.select(memberships.c.version_id)
        .join(aliases, aliases.c.membership_id == memberships.c.id)
        .where(aliases.c.collection_id == sequence, aliases.c.alias == "latest")
    )


def manifest_blobs(connection: sa.Connection, version: int) -> list[Blob]:
    """The manifest of a version, if it has one."""
    statement = (
        sa.select(*_BLOB)
        .join(manifests, manifests.c.blob == blobs.c.md5)
        .join(versions, versions.c.manifest_id == manifests.c.id)
        .where(versions.c.id == version)
    )
    return [Blob(*row) for row in connection.execute(statement)]


def is_whole(
    connection: sa.Connection, store: BlobStore, version: int, *, files: bool = True
) -> bool:
    """Whether a version is what its digest says, with its manifest and files as they should be.

    Also False where that takes too long to find out.
    """
    ends = time.monotonic() + _MOST_SECONDS
    e, v = entries.c, versions.c
    row = connection.execute(
        sa.select(v.digest, v.digest_algorithm, v.manifest_id).where(v.id == version)
    ).one()
    listed = connection.execute(sa.select(e.path, e.digest).where(e.manifest_id == row.manifest_id))
    # Release 0.1.0 did not check it.
    digest = manifest_digest([Entry(*each) for each in listed], row.digest_algorithm)
    if digest != row.digest:
        return False
    found = manifest_blobs(connection, version)
    if files:
        statement = (
            sa.select(*_BLOB)
            .distinct()
            .join(entries, e.blob == blobs.c.md5)
            .where(e.manifest_id == row.manifest_id)
        )
        found += [Blob(*each) for each in connection.execute(statement)]
    store.look_up(found)
    return all(store.intact(blob) is not None and time.monotonic() < ends for blob in found)


def _resolved(
    connection: sa.Connection, store: BlobStore, listed: Sequence[Entry], algorithm: str
) -> dict[str, Blob]:
    """Path → blob of every entry that is a file; refuses a file that was never uploaded."""
    wanted = {entry.path: hex_digest(entry.digest) for entry in listed if entry.ref is None}
    by_md5, by_xxh128 = blobs_by(connection, (digest for digest in wanted.values() if digest))
    store.look_up((*by_md5.values(), *by_xxh128.values()))
    resolved: dict[str, Blob] = {}
    for entry in listed:
        if entry.ref is not None:
            continue
        digest = wanted[entry.path] or ""
        blob = by_md5.get(digest)
        if blob is None and (algorithm == XXH128 or entry.algorithm == "XXH128"):
            blob = by_xxh128.get(digest)
        if blob is None or store.intact(blob, own=True) is None:
            raise RegistryRefused(
                f"The version cannot be committed: its file {entry.path!r} was not uploaded."
            )
        if entry.size not in (None, blob.size):
            raise RegistryRefused(
                f"The version cannot be committed: its file {entry.path!r} has {blob.size} "
                f"bytes, and not {entry.size}, as its manifest says."
            )
        resolved[entry.path] = blob
    return resolved
