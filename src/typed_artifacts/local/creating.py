"""From an announced version to a committed one: its manifests, its files, the commit."""

import binascii
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from .accounts import inserted
from .blobs import Blob, BlobStore
from .faults import RegistryNotFound, RegistryRefused
from .manifests import Entry, manifest_digest, read_manifest, write_manifest
from .membering import find_membership
from .tables import aliases, blobs, drafts, manifests, memberships, versions
from .versioning import commit_version, record_manifest

_CHUNK = 500
# Made once: to put a statement together takes longer than to run it. An MD5 has the last word.
_STORED_BLOBS = [
    sa.select(column, blobs.c.md5, blobs.c.xxh128, blobs.c.size).where(
        column.in_(sa.bindparam("wanted", expanding=True))
    )
    for column in (blobs.c.xxh128, blobs.c.md5)
]


def hex_digest(base64_text: str) -> str | None:
    """A base64 digest of 16 bytes (MD5 or XXH128) in hex; None if it is none."""
    try:
        raw = b64decode(base64_text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == 16 else None


def agrees(blob: Blob, declared: Iterable[str]) -> bool:
    """Whether a blob is what was announced: each base64 digest is its MD5 or its XXH128."""
    return all(hex_digest(each) in (blob.md5, blob.xxh128) for each in declared if each)


def stored_blobs(connection: sa.Connection, digests: Iterable[str]) -> dict[str, Blob]:
    """The blobs we have, by the hex digest (MD5 or XXH128) they were asked for with."""
    wanted = list(dict.fromkeys(digests))
    found: dict[str, Blob] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = {"wanted": wanted[start : start + _CHUNK]}
        for statement in _STORED_BLOBS:
            for key, *row in connection.execute(statement, part):
                found[key] = Blob(*row)
    return found


def announce_manifest(
    connection: sa.Connection, version: int, kind: str, name: str, digest: str, base: int | None
) -> int:
    """A manifest that will be uploaded; a FULL one replaces what was announced before."""
    if kind == "FULL":
        known = sa.select(drafts.c.id).where(drafts.c.version_id == version, drafts.c.kind == kind)
        found: int | None = connection.scalar(known)
        if found is not None:
            # What was uploaded for another digest is no longer meant.
            kept = sa.case((drafts.c.digest.in_((digest, "")), drafts.c.blob), else_=None)
            values = {"name": name, "digest": digest, "base_id": base, "blob": kept}
            connection.execute(sa.update(drafts).where(drafts.c.id == found).values(**values))
            return found
    row = {"version_id": version, "kind": kind, "name": name, "digest": digest, "base_id": base}
    return inserted(connection, sa.insert(drafts).values(**row))


def pending_version(connection: sa.Connection, key: int) -> str:
    """The state of a version, which must not be deleted."""
    state: str | None = connection.scalar(sa.select(versions.c.state).where(versions.c.id == key))
    if state is None or state == "DELETED":
        raise RegistryNotFound("There is no such artifact version, or it was deleted.")
    return state


@dataclass(frozen=True, slots=True)
class Announced:
    """What a PENDING version will hold, once it is committed.

    `drafts` is what was announced and uploaded (kind, base, blob), `stored` maps path to blob.
    """

    drafts: list[tuple[str, int | None, str]]
    entries: list[Entry]
    merged: bool
    stored: dict[str, str]

    @property
    def blobs(self) -> list[str]:
        """What must be on the disk before the version may be seen."""
        return [*self.stored.values(), *(blob for _, _, blob in self.drafts)]


def read_announced(connection: sa.Connection, store: BlobStore, key: int) -> Announced | None:
    """What a version will hold, if its manifest and every file of it are here; None if it does."""
    if pending_version(connection, key) == "COMMITTED":
        return None
    uploaded = _uploaded(connection, key)
    if not uploaded:
        raise RegistryRefused("The version can not be committed: its manifest was not uploaded.")
    entries, merged = _merged(connection, store, key, uploaded)
    return Announced(uploaded, entries, merged, _resolved(connection, store, entries))


def commit_announced(
    connection: sa.Connection, store: BlobStore, key: int, announced: Announced | None
) -> None:
    """Makes a PENDING version COMMITTED; `announced` was read, and is on the disk, already."""
    if pending_version(connection, key) == "COMMITTED":
        return
    if announced is None or announced.drafts != _uploaded(connection, key):
        announced = read_announced(connection, store, key)  # another has uploaded meanwhile
        if announced is None:
            return
        store.settle(announced.blobs)
    entries = announced.entries
    if announced.merged:
        manifest_blob = store.put_bytes(write_manifest(entries))
        store.settle([manifest_blob.md5])
    else:
        manifest_blob = _blob(connection, announced.drafts[-1][2])
    manifest = record_manifest(connection, manifest_blob, entries, announced.stored)
    if announced.merged:
        algorithm = connection.scalar(
            sa.select(versions.c.digest_algorithm).where(versions.c.id == key)
        )
        digest = manifest_digest(entries, algorithm or "MANIFEST_MD5")
        connection.execute(sa.update(versions).where(versions.c.id == key).values(digest=digest))
    commit_version(connection, key, manifest)
    connection.execute(sa.delete(drafts).where(drafts.c.version_id == key))


def _uploaded(connection: sa.Connection, key: int) -> list[tuple[str, int | None, str]]:
    """The manifests of a version that were uploaded, in their order: kind, base, blob."""
    statement = sa.select(drafts.c.kind, drafts.c.base_id, drafts.c.blob).where(
        drafts.c.version_id == key, drafts.c.blob.is_not(None), drafts.c.kind != "FILE"
    )
    return [
        (row.kind, row.base_id, row.blob)
        for row in connection.execute(statement.order_by(drafts.c.id))
    ]


def _merged(
    connection: sa.Connection,
    store: BlobStore,
    key: int,
    rows: Sequence[tuple[str, int | None, str]],
) -> tuple[list[Entry], bool]:
    """The entries of a version: the last full manifest, or increments on top of a base."""
    full = [blob for kind, _, blob in rows if kind == "FULL"]
    if full and len(rows) == len(full):
        return read_manifest(_bytes(store, full[-1])), False
    contents: dict[str, Entry] = {}
    base = next((base for _, base, _ in rows if base is not None), None)
    if base is None:
        base = _latest(connection, key)
    parts = [] if base is None else [_manifest_blob(connection, base)]
    for blob in [*parts, *full, *(blob for kind, _, blob in rows if kind != "FULL")]:
        if blob is not None:
            contents |= {entry.path: entry for entry in read_manifest(_bytes(store, blob))}
    return list(contents.values()), True


def _latest(connection: sa.Connection, key: int) -> int | None:
    sequence = sa.select(versions.c.sequence_id).where(versions.c.id == key).scalar_subquery()
    return connection.scalar(
        sa.select(memberships.c.version_id)
        .join(aliases, aliases.c.membership_id == memberships.c.id)
        .where(aliases.c.collection_id == sequence, aliases.c.alias == "latest")
    )


def _manifest_blob(connection: sa.Connection, version: int) -> str | None:
    return connection.scalar(
        sa.select(manifests.c.blob)
        .join(versions, versions.c.manifest_id == manifests.c.id)
        .where(versions.c.id == version)
    )


def _blob(connection: sa.Connection, md5: str) -> Blob:
    columns = (blobs.c.md5, blobs.c.xxh128, blobs.c.size)
    return Blob(*connection.execute(sa.select(*columns).where(blobs.c.md5 == md5)).one())


def _bytes(store: BlobStore, md5: str) -> bytes:
    return store.path(md5).read_bytes()


def _resolved(
    connection: sa.Connection, store: BlobStore, entries: Sequence[Entry]
) -> dict[str, str]:
    """Path → blob of every entry that is a file; refuses a file that was never uploaded."""
    wanted = {entry.path: hex_digest(entry.digest) for entry in entries if entry.ref is None}
    found = stored_blobs(connection, (digest for digest in wanted.values() if digest))
    resolved: dict[str, str] = {}
    for path, digest in wanted.items():
        blob = found.get(digest or "")
        if blob is None or not store.has(blob.md5, blob.size):
            raise RegistryRefused(
                f"The version can not be committed: its file {path!r} was not uploaded."
            )
        resolved[path] = blob.md5
    return resolved


def membership_in(connection: sa.Connection, collection: int, version: int, name: str) -> int:
    """The membership of a version in a collection, or an error that says it is not there."""
    found = find_membership(connection, collection, version)
    if found is None:
        raise RegistryNotFound(f"The artifact version is not in the collection {name!r}.")
    return found
