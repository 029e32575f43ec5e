"""Counts and sizes of a registry's contents."""

from dataclasses import dataclass

import sqlalchemy as sa

from ..database.tables import blobs, collections, entities, memberships, projects, users, versions
from ..store import Store
from .garbage_collection import collect_garbage


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts, and sizes in bytes.

    Attributes:
        entities: users, teams and organizations.
        users: users, who may have keys.
        projects: projects, registries among them.
        collections: sequences and portfolios.
        versions: committed versions.
        links: memberships of versions in collections other than their own.
        pending: versions that were created but not committed.
        entries: files and references of all committed versions together.
        bytes: the sum of the sizes of all committed versions; shared files count several times.
        stored_files: files on the disk.
        stored_bytes: their size.
        database_bytes: the size of the database, including its log.
        reclaimable_bytes: the bytes that a garbage collection would free now.
    """

    entities: int
    users: int
    projects: int
    collections: int
    versions: int
    links: int
    pending: int
    entries: int
    bytes: int
    stored_files: int
    stored_bytes: int
    database_bytes: int
    reclaimable_bytes: int


def statistics(store: Store) -> Statistics:
    """Count everything, without reading files."""
    v = versions.c
    committed = v.state == "COMMITTED"
    number = sa.func.count()
    counts = {
        "entities": sa.select(number).select_from(entities),
        "users": sa.select(number).select_from(users),
        "projects": sa.select(number).select_from(projects),
        "collections": sa.select(number).select_from(collections),
        "versions": sa.select(number).where(committed),
        "links": sa.select(number)
        .select_from(memberships)
        .join(versions, v.id == memberships.c.version_id)
        .where(memberships.c.collection_id != v.sequence_id),
        "pending": sa.select(number).where(v.state == "PENDING"),
        "entries": sa.select(_total(v.file_count)).where(committed),
        "bytes": sa.select(_total(v.size)).where(committed),
        "stored_files": sa.select(number).select_from(blobs),
        "stored_bytes": sa.select(_total(blobs.c.size)),
    }
    with store.read() as connection:
        numbers = {
            name: int(connection.execute(count).scalar_one()) for name, count in counts.items()
        }
    database = store.database.size()
    reclaimable = collect_garbage(store, dry_run=True).bytes
    return Statistics(**numbers, database_bytes=database, reclaimable_bytes=reclaimable)


def _total(column: sa.Column[int]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(column), 0)
