"""Very many synthetic versions, for measurements: rows in the real tables, one shared file."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from .. import names
from ..accounts import accounts
from ..database.ids import timestamp
from ..database.tables import aliases, collections, memberships, versions
from ..storage.file_rows import record_blobs, record_manifest
from ..storage.ingest import ingest_files
from ..store import Store
from .collections import ensure_collection
from .memberships import put_alias

_BATCH = 20_000
_START = datetime(2020, 1, 1, tzinfo=UTC)


class Bulk:
    """Fills collections with synthetic versions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def versions(self, path: str, *, type: str, count: int, alias_every: int = 10) -> None:
        """Adds `count` versions, a minute apart, to `entity/project/collection`.

        Each has metadata `{"n": …, "score": …}` and the same single file; every `alias_every`-th
        has an alias `step-N`, and the last is `latest`.
        """
        entity, project, name = names.split_path(path, "collection")
        content = ingest_files(self._store.blobs, {"data.txt": "synthetic\n"}, {})
        with self._store.write() as connection:
            project_id = accounts.ensure_project(connection, entity, project)
            row = ensure_collection(connection, project_id, name, type, "SEQUENCE")
            record_blobs(connection, content.blobs.values())
            manifest = record_manifest(connection, content.manifest, content.entries, content.blobs)
            state = sa.select(collections.c.next_index).where(collections.c.id == row.id)
            first = connection.execute(state).scalar_one()
            top = connection.scalar(sa.select(sa.func.max(versions.c.id))) or 0
            user = accounts.user_of_entity(connection, entity)
            rows = _rows(row.id, manifest, first, count, top, user)
            while batch := list(islice(rows, _BATCH)):
                connection.execute(sa.insert(versions), batch)
                connection.execute(sa.insert(memberships), [_membership(item) for item in batch])
            self._store.database.numbered(connection, versions)
            connection.execute(
                sa.update(collections)
                .where(collections.c.id == row.id)
                .values(
                    next_index=first + count,
                    version_count=collections.c.version_count + count,
                    updated_at=timestamp(),
                )
            )
            _add_aliases(connection, row.id, first, count, alias_every)


def _rows(
    sequence: int, manifest: int, first: int, count: int, top: int, user: int | None
) -> Iterator[dict[str, int | str | None]]:
    for offset in range(count):
        index = first + offset
        when = timestamp(_START + timedelta(minutes=index))
        yield {
            "id": top + 1 + offset,
            "sequence_id": sequence,
            "version_index": index,
            "state": "COMMITTED",
            "digest": f"{sequence:08x}{index:024x}",
            "metadata": json.dumps({"n": index, "score": index % 100 / 100}),
            "size": 10,
            "file_count": 1,
            "commit_hash": f"{index:020x}",
            "manifest_id": manifest,
            "user_id": user,
            "created_at": when,
            "updated_at": when,
        }


def _membership(row: dict[str, int | str | None]) -> dict[str, int | str | None]:
    return {
        "collection_id": row["sequence_id"],
        "version_id": row["id"],
        "version_index": row["version_index"],
        "created_at": row["created_at"],
    }


def _add_aliases(
    connection: sa.Connection, collection: int, first: int, count: int, every: int
) -> None:
    found = connection.execute(
        sa.select(memberships.c.id, memberships.c.version_index).where(
            memberships.c.collection_id == collection,
            memberships.c.version_index >= first,
            sa.or_(
                memberships.c.version_index % every == 0,
                memberships.c.version_index == first + count - 1,
            ),
        )
    ).all()
    stepped = [
        {"collection_id": collection, "membership_id": membership, "alias": f"step-{index}"}
        for membership, index in found
        if index % every == 0
    ]
    if stepped:
        connection.execute(sa.insert(aliases), stepped)
    for membership, index in found:
        if index == first + count - 1:
            put_alias(connection, collection, membership, "latest")
