"""Listings: their filter keys, orders and SQL."""

from collections.abc import Sequence
from functools import lru_cache

import sqlalchemy as sa

from ..database import tables as t
from ..database.database import JsonAccess
from ..database.ids import any_local_id
from ..database.rows import Expression
from . import loading as load
from . import nodes as n
from .context import Context
from .filter_json import JsonKey
from .filter_keys import (
    EVERYTHING,
    Clause,
    ColumnKey,
    ConstantKey,
    Key,
    ManyKey,
    a_number,
    a_text,
    a_time,
    all_of,
)
from .paging import Connection, Edge, Order, PageArguments, chosen_order, connect, fetch_page

type_names: sa.FromClause = t.types.alias("type_names")


def _version_tags() -> Key:
    names = (
        sa.select(t.tags.c.name)
        .join(t.version_tags, t.version_tags.c.tag_id == t.tags.c.id)
        .where(t.version_tags.c.version_id == t.versions.c.id)
        .correlate(t.versions)
    )
    return ManyKey(names, t.tags.c.name)


def _collection_tags() -> Key:
    names = (
        sa.select(t.tags.c.name)
        .join(t.collection_tags, t.collection_tags.c.tag_id == t.tags.c.id)
        .where(t.collection_tags.c.collection_id == t.collections.c.id)
        .correlate(t.collections)
    )
    return ManyKey(names, t.tags.c.name)


def _membership_aliases() -> Key:
    names = (
        sa.select(t.aliases.c.alias)
        .where(t.aliases.c.membership_id == t.memberships.c.id)
        .correlate(t.memberships)
    )
    return ManyKey(names, t.aliases.c.alias)


def _version_aliases() -> Key:
    member = t.memberships.alias("held")
    names = (
        sa.select(t.aliases.c.alias)
        .join(member, member.c.id == t.aliases.c.membership_id)
        .where(member.c.version_id == t.versions.c.id)
        .correlate(t.versions)
    )
    return ManyKey(names, t.aliases.c.alias)


def _an_index(value: object) -> int | float:
    if isinstance(value, str) and value[:1] == "v" and value[1:].isdigit():
        return a_number(int(value[1:]))
    return a_number(value)


def _an_id(value: object) -> int | float:
    return any_local_id(value) if isinstance(value, str) else a_number(value)


@lru_cache(maxsize=2)
def version_keys(json: JsonAccess) -> dict[str, Key]:
    """What versions can be filtered by, in a run's inputs and outputs."""
    v = t.versions.c
    tags, aliases = _version_tags(), _version_aliases()
    metadata = JsonKey(v.metadata, json)
    return {
        "state": ConstantKey("COMMITTED"),
        "id": ColumnKey(v.id, _an_id),
        "artifact_id": ColumnKey(v.id, _an_id),
        "digest": ColumnKey(v.digest, a_text),
        "description": ColumnKey(v.description, a_text),
        "size": ColumnKey(v.size, a_number),
        "artifact_size": ColumnKey(v.size, a_number),
        "file_count": ColumnKey(v.file_count, a_number),
        "commit_hash": ColumnKey(v.commit_hash, a_text),
        "history_step": ColumnKey(v.history_step, a_number),
        "ttl_duration_seconds": ColumnKey(v.ttl, a_number),
        "version": ColumnKey(v.version_index, _an_index),
        "version_index": ColumnKey(v.version_index, _an_index),
        "created_at": ColumnKey(v.created_at, a_time),
        "artifact_created_at": ColumnKey(v.created_at, a_time),
        "updated_at": ColumnKey(v.updated_at, a_time),
        "metadata": metadata,
        "artifact_metadata": metadata,
        "tag": tags,
        "tags": tags,
        "alias": aliases,
        "aliases": aliases,
    }


@lru_cache(maxsize=2)
def membership_keys(json: JsonAccess) -> dict[str, Key]:
    """What the versions of one collection can be filtered by: number and aliases are its own."""
    m = t.memberships.c
    aliases = _membership_aliases()
    index = ColumnKey(m.version_index, _an_index)
    linked = ColumnKey(m.created_at, a_time)
    own: dict[str, Key] = {"version": index, "version_index": index, "linked_at": linked}
    own |= {"acm_created_at": linked, "alias": aliases, "aliases": aliases}
    return version_keys(json) | own


@lru_cache(maxsize=1)
def collection_keys() -> dict[str, Key]:
    """What collections can be filtered by."""
    c = t.collections.c
    tags = _collection_tags()
    key = ColumnKey(c.id, _an_id)
    name = ColumnKey(c.name, a_text)
    return {
        "id": key,
        "collection_id": key,
        "artifact_collection_id": key,
        "name": name,
        "collection_name": name,
        "artifact_collection_name": name,
        "type": ColumnKey(type_names.c.name, a_text),
        "kind": ColumnKey(c.kind, a_text),
        "description": ColumnKey(c.description, a_text),
        "state": ConstantKey("READY"),
        "version_count": ColumnKey(c.version_count, a_number),
        "created_at": ColumnKey(c.created_at, a_time),
        "updated_at": ColumnKey(c.updated_at, a_time),
        "tag": tags,
        "tags": tags,
    }


def list_collections(
    context: Context,
    scope: Clause,
    page: PageArguments,
    filters: str | None,
    order: str | None,
    kinds: Sequence[str] | None,
) -> Connection[n.Collection]:
    """Collections, by default the newest id first."""
    c = t.collections.c
    keys: dict[str, Expression] = {
        "id": c.id,
        "name": c.name,
        "created_at": c.created_at,
        "updated_at": c.updated_at,
        "version_count": c.version_count,
    }
    chosen = chosen_order(order, keys, c.id, Order("id", (c.id,), descending=True))
    condition = all_of(
        scope, context.readable_project(), context.condition(filters, collection_keys())
    )
    if kinds is not None:
        condition = sa.and_(condition, c.kind.in_(kinds))
    source = t.collections.join(type_names, type_names.c.id == c.type_id)
    source = source.join(t.projects, t.projects.c.id == c.project_id)
    statement = sa.select(*load.COLLECTION).select_from(source).where(condition)
    rows = fetch_page(context, statement, chosen, page)
    found = connect(rows, n.Collection)
    load.batched([edge.node for edge in found.edges])
    return found


def _version_orders(index: Expression, created: Expression) -> dict[str, Expression]:
    """What the versions of a collection can be ordered by: by name, the column."""
    m, v = t.memberships.c, t.versions.c
    return {
        "version_index": index,
        "version": index,
        "created_at": created,
        "artifact_created_at": created,
        "linked_at": m.created_at,
        "acm_created_at": m.created_at,
        "updated_at": v.updated_at,
        "size": v.size,
        "artifact_size": v.size,
        "file_count": v.file_count,
        "digest": v.digest,
        "id": m.id,
    }


def list_versions(
    context: Context,
    collection: n.Collection,
    page: PageArguments,
    filters: str | None,
    order: str | None,
) -> Connection[n.Version]:
    """The versions of a collection, by default the newest first."""
    m, v = t.memberships.c, t.versions.c
    condition = context.condition(filters, membership_keys(context.json))
    own = collection.kind == "SEQUENCE"
    # In a sequence both times are the same, and the membership's has an index; so are both numbers,
    # and where the version's has one, a filter need not look up the version of each membership.
    created = m.created_at if own else v.created_at
    numbered = own and condition is not EVERYTHING and context.store.database.numbers_versions
    index = v.version_index if numbered else m.version_index
    newest = Order("version_index", (index,), descending=True)
    chosen = chosen_order(order, _version_orders(index, created), m.id, newest)
    if chosen.columns[0] is index:
        chosen = Order(chosen.name, (index,), chosen.descending)
    if collection.hidden:
        return Connection([])
    source = t.memberships.join(t.versions, v.id == m.version_id)
    statement = (
        sa.select(m.version_index, *load.VERSION)
        .select_from(source)
        .where(all_of(m.collection_id == collection.key, condition))
    )
    if numbered:
        statement = statement.where(v.sequence_id == collection.key)
    rows = fetch_page(context, statement, chosen, page)
    edges: list[Edge[n.Version]] = []
    for values, location in rows.split():
        node = n.Version(*values[1:])
        number = f"v{values[0]}"
        if values[0] != node.version_index:
            node.number = n.Alias(-node.key, collection.key, number)  # none of the table's ids
        edges.append(Edge(node, chosen.listing, location, version=number))
    load.batched([edge.node for edge in edges])
    count = (lambda: collection.version_count) if condition is EVERYTHING else rows.count
    return Connection(edges, rows.more, count)
