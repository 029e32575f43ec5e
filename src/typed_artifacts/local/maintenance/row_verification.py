"""Verifies the rows of versions and collections against manifests."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

import sqlalchemy as sa

from ..database.tables import blobs, collections, entries, manifests, memberships, versions
from ..errors import RegistryError
from ..storage.blobs import Blob
from ..storage.file_rows import entry_rows, manifest_totals, write_entries
from ..storage.manifests import Entry, manifest_digest, read_manifest
from ..store import Store
from ..versions.pending_versions import blobs_by, hex_digest

Mend: TypeAlias = Callable[[sa.Connection], object]
# A description of what is wrong, and a function that repairs it within a transaction, if any.
Wrong: TypeAlias = tuple[str, Mend | None]


def check_manifests(store: Store) -> Iterator[Wrong]:
    """Each manifest's JSON against its rows, and the versions that have it against both."""
    m = manifests.c
    after = 0
    while True:
        statement = (
            sa.select(m.id, blobs.c.md5, blobs.c.xxh128, blobs.c.size)
            .outerjoin(blobs, blobs.c.md5 == m.blob)
            .where(m.id > after)
            .order_by(m.id)
            .limit(1)
        )
        with store.read() as connection:
            row = connection.execute(statement).one_or_none()
            if row is None:
                return
            after, *blob = row
            found = list(_check_manifest(store, connection, after, Blob(*blob)))
        yield from found


def _check_manifest(
    store: Store, connection: sa.Connection, key: int, blob: Blob
) -> Iterator[Wrong]:
    try:
        listed = read_manifest(store.blobs.whole(blob)) if blob.md5 else []
    except RegistryError as error:
        if store.blobs.intact(blob):  # a damaged manifest was reported with the files
            yield f"A manifest ({blob.md5}) cannot be read: {error}", None
        return
    if not blob.md5:
        yield f"The manifest {key} has no stored file.", None
        return
    stored = _stored(connection, listed)
    for entry in listed:
        if entry.ref is None and entry.path not in stored:
            yield f"The file {entry.path!r} of the manifest {blob.md5} is not stored.", None
            return
    columns = (entries.c.path, entries.c.digest, entries.c.size, entries.c.blob)
    rows = connection.execute(sa.select(*columns).where(entries.c.manifest_id == key))
    wanted = {tuple(row.values())[1:] for row in entry_rows(key, listed, stored)}
    if {tuple(row) for row in rows} != wanted:
        text = f"The rows of the manifest {blob.md5} are not what it says."
        yield text, partial(_rewrite, key=key, listed=listed, stored=stored)
    yield from _check_totals(connection, key, listed, stored)


def _stored(connection: sa.Connection, listed: Sequence[Entry]) -> dict[str, Blob]:
    wanted = {entry.path: hex_digest(entry.digest) for entry in listed if entry.ref is None}
    by_md5, by_xxh128 = blobs_by(connection, (digest for digest in wanted.values() if digest))
    known = by_xxh128 | by_md5
    return {path: known[key] for path, key in wanted.items() if key in known}


def _rewrite(
    connection: sa.Connection, key: int, listed: Sequence[Entry], stored: dict[str, Blob]
) -> None:
    connection.execute(sa.delete(entries).where(entries.c.manifest_id == key))
    write_entries(connection, key, listed, stored)


def _check_totals(
    connection: sa.Connection, key: int, listed: Sequence[Entry], stored: dict[str, Blob]
) -> Iterator[Wrong]:
    """The row of the manifest, and those of its versions: size, number of files, digest."""
    totals = manifest_totals(listed, stored)
    m, v = manifests.c, versions.c
    columns = (m.size, m.file_count, m.stored_count)
    noted = connection.execute(sa.select(*columns).where(m.id == key)).one()
    if tuple(noted) != (totals["size"], totals["file_count"], totals["stored_count"]):
        statement = sa.update(manifests).where(m.id == key).values(**totals)
        yield f"The totals of the manifest {key} are wrong.", partial(_execute, statement=statement)
    digests: dict[str, str] = {}
    having = sa.select(v.id, v.digest, v.digest_algorithm, v.size, v.file_count)
    for row in connection.execute(having.where(v.manifest_id == key)):
        algorithm = row.digest_algorithm
        if algorithm not in digests:
            digests[algorithm] = manifest_digest(listed, algorithm)
        right = (digests[algorithm], totals["size"], totals["file_count"])
        if (row.digest, row.size, row.file_count) != right:
            values = dict(zip(("digest", "size", "file_count"), right, strict=True))
            statement = sa.update(versions).where(v.id == row.id).values(**values)
            text = f"The digest, size or number of files of the version {row.id} is wrong."
            yield text, partial(_execute, statement=statement)


def _execute(connection: sa.Connection, statement: sa.Update) -> None:
    connection.execute(statement)


def check_collections(store: Store) -> Iterator[Wrong]:
    """The counts of collections, and committed versions that are nowhere, or hold nothing."""
    c, m, v = collections.c, memberships.c, versions.c
    member_count = sa.select(sa.func.count()).where(m.collection_id == c.id).scalar_subquery()
    after = sa.select(sa.func.coalesce(sa.func.max(m.version_index) + 1, 0))
    least = after.where(m.collection_id == c.id).scalar_subquery()
    counts = sa.select(c.id, c.name, member_count, least, c.next_index)
    with store.read() as connection:
        wrong = connection.execute(
            counts.where(sa.or_(c.version_count != member_count, c.next_index < least))
        ).all()
        orphans = connection.scalars(
            sa.select(v.id)
            .outerjoin(memberships, sa.and_(m.version_id == v.id, m.collection_id == v.sequence_id))
            .where(v.state == "COMMITTED", sa.or_(m.id.is_(None), v.manifest_id.is_(None)))
        ).all()
    for key, name, count, at_least, index in wrong:
        values = {"version_count": count, "next_index": max(at_least, index)}
        statement = sa.update(collections).where(c.id == key).values(**values)
        yield (
            f"The counts of the collection {name!r} are wrong.",
            partial(_execute, statement=statement),
        )
    for key in orphans:
        yield f"The version {key} is committed, but has no place or no manifest.", None
