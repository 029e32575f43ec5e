"""Rows of a registry as another client could have left them: written past every check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from typed_artifacts.local import LocalServer
from typed_artifacts.local.database import tables as t


class Foreign(NamedTuple):
    """What is written over a version, its collection and their type."""

    name: str
    type: str
    aliases: Sequence[str]
    tags: Sequence[str]
    collection_tags: Sequence[str]
    description: str
    collection_description: str
    metadata: str
    ttl: int | None
    file: str


def log_foreign(server: LocalServer, place: str, foreign: Foreign) -> None:
    """A collection of one version in a project, and then every text of it replaced."""
    server.registry.log_version(f"{place}/c", type="dataset", files={"f": b"content of a file"})
    with server.registry.store.write() as connection:
        collection = connection.execute(
            sa.select(t.collections.c.id, t.collections.c.type_id)
            .order_by(t.collections.c.id.desc())
            .limit(1)
        ).one()
        membership = connection.execute(
            sa.select(t.memberships.c.id, t.memberships.c.version_id).where(
                t.memberships.c.collection_id == collection.id
            )
        ).one()
        _rewrite(connection, collection.id, collection.type_id, membership.version_id, foreign)
        for alias in foreign.aliases:
            row = {"collection_id": collection.id, "membership_id": membership.id}
            connection.execute(sa.insert(t.aliases).values(**row, alias=alias))
        _tag(connection, t.version_tags, "version_id", membership.version_id, foreign.tags)
        _tag(connection, t.collection_tags, "collection_id", collection.id, foreign.collection_tags)


def _rewrite(
    connection: sa.Connection, collection: int, kind: int, version: int, foreign: Foreign
) -> None:
    connection.execute(
        sa.update(t.collections)
        .where(t.collections.c.id == collection)
        .values(name=foreign.name, description=foreign.collection_description)
    )
    connection.execute(sa.update(t.types).where(t.types.c.id == kind).values(name=foreign.type))
    connection.execute(
        sa.update(t.versions)
        .where(t.versions.c.id == version)
        .values(description=foreign.description, metadata=foreign.metadata, ttl=foreign.ttl)
    )
    manifest = sa.select(t.versions.c.manifest_id).where(t.versions.c.id == version)
    connection.execute(
        sa.update(t.entries)
        .where(t.entries.c.manifest_id == manifest.scalar_subquery())
        .values(path=foreign.file)
    )


def _tag(
    connection: sa.Connection, table: sa.Table, column: str, key: int, tags: Sequence[str]
) -> None:
    for name in tags:
        where = (t.tags.c.name == name, t.tags.c.category == "")
        found = connection.scalar(sa.select(t.tags.c.id).where(*where))
        if found is None:
            found = connection.execute(
                sa.insert(t.tags).values(name=name, category="").returning(t.tags.c.id)
            ).scalar_one()
        connection.execute(sa.insert(table).values({column: key, "tag_id": found}))
