"""Finds one object by name: a collection, or a version by alias, number or digest."""

import re

import sqlalchemy as sa

from ..database import tables as t
from ..database.rows import Select
from . import loading as load
from . import nodes as n
from .context import Context

_NUMBER = re.compile(r"v(\d{1,18})", re.ASCII)


def collection_named(context: Context, project: int, name: str) -> n.Collection | None:
    c = t.collections.c
    shown = context.within_readable(c.project_id)
    statement = sa.select(*load.COLLECTION).where(c.project_id == project, c.name == name, shown)
    rows = context.rows(statement)
    return n.Collection(*rows[0]) if rows else None


def named_member(context: Context, project: int, name: str) -> n.Membership | None:
    """`collection:alias`, `collection:v3`, or `collection` for its latest."""
    collection_name, colon, alias = name.partition(":")
    collection = collection_named(context, project, collection_name)
    if collection is None or (colon and not alias):
        return None
    return find_member(context, collection.key, alias or "latest")


def find_member(context: Context, collection: int, alias: str) -> n.Membership | None:
    """By alias or number first; else by commit hash or digest."""
    m, v = t.memberships.c, t.versions.c
    statement = sa.select(*load.MEMBERSHIP).where(m.collection_id == collection)
    number = _NUMBER.fullmatch(alias)
    if number:
        return _first(context, statement.where(m.version_index == int(number[1])))
    aliased = statement.join(t.aliases, t.aliases.c.membership_id == m.id).where(
        t.aliases.c.collection_id == collection, t.aliases.c.alias == alias
    )
    found = _first(context, aliased)
    if found is None and len(alias) in (20, 32):
        content = statement.join(t.versions, v.id == m.version_id).where(
            sa.or_(v.commit_hash == alias, v.digest == alias)
        )
        found = _first(context, content.order_by(m.version_index.desc()).limit(1))
    return found


def _first(context: Context, statement: Select) -> n.Membership | None:
    rows = context.rows(statement)
    return n.Membership(*rows[0]) if rows else None
