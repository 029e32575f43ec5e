"""Memberships: a version in a collection, with its number and aliases there."""

from collections.abc import Iterable

import sqlalchemy as sa

from .. import names
from ..accounts.accounts import inserted
from ..database.ids import timestamp
from ..database.tables import aliases, collections, memberships
from ..errors import RegistryNotFound

# Made once: to put a statement together takes longer than to run it.
_MOVE_ALIAS = (
    sa.update(aliases)
    .where(aliases.c.collection_id == sa.bindparam("of"), aliases.c.alias == sa.bindparam("name"))
    .values(membership_id=sa.bindparam("to"))
)
_TAKE_NUMBER = (
    sa.update(collections)
    .where(collections.c.id == sa.bindparam("of"))
    .values(
        next_index=collections.c.next_index + 1,
        version_count=collections.c.version_count + 1,
        updated_at=sa.bindparam("now"),
    )
    .returning(collections.c.next_index)
)
_MEMBERSHIP = sa.select(memberships.c.id).where(
    memberships.c.collection_id == sa.bindparam("of"),
    memberships.c.version_id == sa.bindparam("version"),
)
_WAS_LATEST = sa.select(aliases.c.id).where(
    aliases.c.membership_id == sa.bindparam("left"), aliases.c.alias == "latest"
)
_LEAVE = sa.delete(memberships).where(memberships.c.id == sa.bindparam("left"))
_ONE_LESS = (
    sa.update(collections)
    .where(collections.c.id == sa.bindparam("of"))
    .values(version_count=collections.c.version_count - 1, updated_at=sa.bindparam("now"))
)
_NEWEST = (
    sa.select(memberships.c.id)
    .where(memberships.c.collection_id == sa.bindparam("of"))
    .order_by(memberships.c.version_index.desc())
    .limit(1)
)


def put_alias(connection: sa.Connection, collection: int, membership: int, alias: str) -> None:
    """Points an alias of a collection at one of its versions; it is taken from any other."""
    moved = connection.execute(_MOVE_ALIAS, {"of": collection, "name": alias, "to": membership})
    if moved.rowcount == 0:
        values = {"collection_id": collection, "membership_id": membership, "alias": alias}
        connection.execute(sa.insert(aliases), values)


def put_aliases(
    connection: sa.Connection, collection: int, membership: int, wanted: Iterable[str]
) -> None:
    for alias in dict.fromkeys(wanted):
        put_alias(connection, collection, membership, alias)


def add_membership(
    connection: sa.Connection, collection: int, version: int, created_at: str
) -> tuple[int, int]:
    """Puts a version into a collection under its next number; returns number and membership."""
    taken = connection.execute(_TAKE_NUMBER, {"of": collection, "now": timestamp()})
    index = taken.scalar_one() - 1
    membership = inserted(
        connection,
        memberships,
        collection_id=collection,
        version_id=version,
        version_index=index,
        created_at=created_at,
    )
    return index, membership


def find_membership(connection: sa.Connection, collection: int, version: int) -> int | None:
    return connection.scalar(_MEMBERSHIP, {"of": collection, "version": version})


def add_aliases_to_existing(
    connection: sa.Connection, sequence: int, version: int, wanted: Iterable[str]
) -> None:
    """Content that exists was logged again: move the aliases and `latest` to that version."""
    membership = find_membership(connection, sequence, version)
    if membership is not None:
        put_aliases(connection, sequence, membership, [*wanted, "latest"])


def link_version(
    connection: sa.Connection, portfolio: int, version: int, wanted: Iterable[str]
) -> tuple[int, int]:
    """Links a version into a portfolio, once; returns its number there and the membership."""
    membership = find_membership(connection, portfolio, version)
    if membership is None:
        _, membership = add_membership(connection, portfolio, version, timestamp())
    put_aliases(connection, portfolio, membership, [*names.aliases(wanted), "latest"])
    index = sa.select(memberships.c.version_index).where(memberships.c.id == membership)
    return connection.execute(index).scalar_one(), membership


def unlink_version(connection: sa.Connection, portfolio: int, version: int) -> None:
    membership = find_membership(connection, portfolio, version)
    if membership is None:
        raise RegistryNotFound("The artifact is not linked to this collection.")
    leave(connection, portfolio, membership)


def leave(connection: sa.Connection, collection: int, membership: int) -> None:
    """Takes a version out of a collection; `latest` falls back to the newest that is left."""
    was_latest = connection.scalar(_WAS_LATEST, {"left": membership})
    connection.execute(_LEAVE, {"left": membership})
    connection.execute(_ONE_LESS, {"of": collection, "now": timestamp()})
    if was_latest is None:
        return
    newest = connection.scalar(_NEWEST, {"of": collection})
    if newest is not None:
        put_alias(connection, collection, newest, "latest")
