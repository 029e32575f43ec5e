"""Writes the rows of files, manifests and entries, inside a transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import sqlalchemy as sa

from ..database.expressions import insert_unless_there
from ..database.ids import timestamp
from ..database.tables import blobs, entries, manifests, pending_blobs, versions
from .blobs import Blob
from .manifests import Entry

# Made once: to put a statement together takes longer than to run it.
_NEW_BLOB = insert_unless_there(blobs)
_COMPLETED_BLOB = (
    sa.update(blobs)
    .where(blobs.c.md5 == sa.bindparam("key"), blobs.c.xxh128 == "")
    .values(xxh128=sa.bindparam("digest"))
)
_EXPECTED_BLOB = insert_unless_there(pending_blobs).from_select(
    ["version_id", "blob"],
    sa.select(versions.c.id, sa.bindparam("digest", type_=sa.Text)).where(
        versions.c.id == sa.bindparam("version"), versions.c.state == "PENDING"
    ),
)
_NEW_ENTRY = sa.insert(entries)
_ROWS_AT_ONCE = 10_000


def record_blobs(connection: sa.Connection, found: Iterable[Blob]) -> None:
    """Writes the rows of blobs that are stored, except those that are there already."""
    new = {blob.md5: {"md5": blob.md5, "xxh128": blob.xxh128, "size": blob.size} for blob in found}
    if new:
        # In one order, so that no two transactions wait for each other.
        connection.execute(_NEW_BLOB, [new[md5] for md5 in sorted(new)])


def complete_blobs(connection: sa.Connection, found: Iterable[Blob]) -> None:
    """Notes the XXH128 of blobs that came without one before, from clients to an object store."""
    values = [{"key": blob.md5, "digest": blob.xxh128} for blob in found]
    if values:
        connection.execute(_COMPLETED_BLOB, values)


def expect_blobs(connection: sa.Connection, wanted: Sequence[tuple[int, str]]) -> None:
    """Notes which blobs PENDING versions count on, so that no garbage collection removes them.

    Of a version that is committed, or gone, nothing is noted.
    """
    if wanted:
        rows = [{"version": version, "digest": blob} for version, blob in wanted]
        connection.execute(_EXPECTED_BLOB, rows)


def keep_pending(connection: sa.Connection, keys: Iterable[int]) -> None:
    """Tells that PENDING versions are being worked on."""
    statement = sa.update(versions).where(versions.c.id.in_(keys), versions.c.state == "PENDING")
    connection.execute(statement.values(updated_at=timestamp()))


def record_manifest(
    connection: sa.Connection, blob: Blob, contents: Sequence[Entry], stored: Mapping[str, Blob]
) -> int:
    """The manifest's row; `stored` maps path to the blob of every entry that is not a reference.

    The size of a file is that of its blob.
    """
    known = sa.select(manifests.c.id).where(manifests.c.blob == blob.md5)
    found: int | None = connection.scalar(known)
    if found is not None:
        return found
    record_blobs(connection, [blob])
    values = manifest_totals(contents, stored)
    new = insert_unless_there(manifests).values(blob=blob.md5, **values)
    key: int | None = connection.scalar(new.returning(manifests.c.id))
    if key is None:  # another transaction has made it, and its entries, a moment before
        return int(connection.execute(known).scalar_one())
    write_entries(connection, key, contents, stored)
    return key


def manifest_totals(contents: Sequence[Entry], stored: Mapping[str, Blob]) -> dict[str, int]:
    """What the row of a manifest says of its entries."""
    return {
        "size": sum(stored_size(entry, stored) for entry in contents),
        "file_count": len(contents),
        "stored_count": len(stored),
    }


def write_entries(
    connection: sa.Connection, key: int, contents: Sequence[Entry], stored: Mapping[str, Blob]
) -> None:
    """The rows of a manifest's entries, which has none yet."""
    rows = entry_rows(key, contents, stored)
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        connection.execute(_NEW_ENTRY, batch)


def stored_size(entry: Entry, stored: Mapping[str, Blob]) -> int:
    blob = stored.get(entry.path)
    return entry.size or 0 if blob is None else blob.size


def entry_rows(
    manifest: int, contents: Sequence[Entry], stored: Mapping[str, Blob]
) -> Iterator[dict[str, str | int | None]]:
    for entry in sorted(contents, key=lambda entry: entry.path):
        blob = stored.get(entry.path)
        yield {
            "manifest_id": manifest,
            "path": entry.path,
            "digest": entry.digest,
            "size": stored_size(entry, stored),
            "blob": None if blob is None else blob.md5,
        }
