"""Rows of stored files, manifests and their entries. Each function is part of a transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from .accounts import inserted
from .blobs import Blob
from .ids import timestamp
from .manifests import Entry
from .sqlite import insert_unless_there
from .tables import blobs, entries, manifests, pending_blobs, versions

# Made once: to put a statement together takes longer than to run it.
_NEW_BLOB = insert_unless_there(blobs)
_EXPECTED_BLOB = insert_unless_there(pending_blobs)
_NEW_ENTRY = sa.insert(entries)
_ROWS_AT_ONCE = 10_000


def record_blobs(connection: sa.Connection, found: Iterable[Blob]) -> None:
    """Enters blobs that are stored into the books, but for those that are there already."""
    new = {blob.md5: {"md5": blob.md5, "xxh128": blob.xxh128, "size": blob.size} for blob in found}
    if new:
        connection.execute(_NEW_BLOB, list(new.values()))


def expect_blobs(connection: sa.Connection, wanted: Sequence[tuple[int, str]]) -> None:
    """Notes which blobs PENDING versions count on, so that no garbage collection removes them.

    It also tells that the version is being worked on; once an hour is enough for that.
    """
    pending = sa.select(versions.c.id, versions.c.updated_at).where(
        versions.c.id.in_({version for version, _ in wanted}), versions.c.state == "PENDING"
    )
    found = {row.id: row.updated_at for row in connection.execute(pending)}
    rows = [{"version_id": version, "blob": blob} for version, blob in wanted if version in found]
    if rows:
        connection.execute(_EXPECTED_BLOB, rows)
    hour_ago = timestamp(datetime.now(UTC) - timedelta(hours=1))
    quiet = [version for version, when in found.items() if when < hour_ago]
    if quiet:
        statement = sa.update(versions).where(versions.c.id.in_(quiet))
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
    key = inserted(connection, sa.insert(manifests).values(blob=blob.md5, **values))
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
