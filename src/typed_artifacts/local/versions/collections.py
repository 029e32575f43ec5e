"""Collections: created, changed, tagged and deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from .. import names
from ..accounts.accounts import ensure_type, find_type, inserted
from ..database.ids import timestamp
from ..database.tables import (
    collection_tags,
    collections,
    memberships,
    projects,
    tags,
    types,
    version_tags,
    versions,
)
from ..errors import RegistryNotFound, RegistryRefused
from .memberships import leave


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """What every change of a collection needs to know of it."""

    id: int
    project_id: int
    type_id: int
    kind: str
    name: str
    type: str


_ROWS = sa.select(
    collections.c.id,
    collections.c.project_id,
    collections.c.type_id,
    collections.c.kind,
    collections.c.name,
    types.c.name.label("type"),
).join(types, types.c.id == collections.c.type_id)
# Made once: to put a statement together takes longer than to run it.
_BY_ID = _ROWS.where(collections.c.id == sa.bindparam("key"))
_BY_NAME = _ROWS.where(
    collections.c.project_id == sa.bindparam("project"),
    collections.c.name == sa.bindparam("name"),
)
_TAG = sa.select(tags.c.id).where(
    tags.c.name == sa.bindparam("name"), tags.c.category == sa.bindparam("category")
)


def find_collection(connection: sa.Connection, project: int, name: str) -> CollectionRow | None:
    row = connection.execute(_BY_NAME, {"project": project, "name": name}).one_or_none()
    return CollectionRow(*row) if row else None


def collection_by_id(connection: sa.Connection, key: int, kind: str | None = None) -> CollectionRow:
    row = connection.execute(_BY_ID, {"key": key}).one_or_none()
    if row is None or (kind is not None and row.kind != kind):
        kind_text = {"SEQUENCE": "sequence", "PORTFOLIO": "portfolio"}.get(kind or "", "collection")
        raise RegistryNotFound(f"There is no such {kind_text}.")
    return CollectionRow(*row)


def ensure_collection(
    connection: sa.Connection,
    project: int,
    name: str,
    type_: str,
    kind: str,
    client_id: str | None = None,
) -> CollectionRow:
    """The collection of this name, new if there is none; refuses another type or kind."""
    found = find_collection(connection, project, name)
    if found is not None:
        if found.kind != kind:
            raise RegistryRefused(
                f"Collection {name!r} is a {found.kind.lower()}; this asks for a {kind.lower()}."
            )
        if found.type != type_:
            raise RegistryRefused(
                f"Collection {name!r} holds artifacts of type {found.type!r}; it cannot take "
                f"type {type_!r}."
            )
        return found
    names.collection_name(name)
    type_id = _allowed_type(connection, project, type_)
    now = timestamp()
    key = inserted(
        connection,
        collections,
        project_id=project,
        type_id=type_id,
        kind=kind,
        name=name,
        client_id=client_id,
        created_at=now,
        updated_at=now,
    )
    return CollectionRow(key, project, type_id, kind, name, type_)


def update_collection(
    connection: sa.Connection, key: int, name: str | None, description: str | None
) -> None:
    """Renames and describes. None leaves alone."""
    row = collection_by_id(connection, key)
    values: dict[str, str | None] = {"updated_at": timestamp()}
    if name is not None and name != row.name:
        names.collection_name(name)
        if find_collection(connection, row.project_id, name) is not None:
            raise RegistryRefused(
                f"Collection {row.name!r} cannot be renamed to {name!r}: that name is taken."
            )
        values["name"] = name
    if description is not None:
        values["description"] = description
    connection.execute(sa.update(collections).where(collections.c.id == key).values(**values))


def move_collection(connection: sa.Connection, key: int, type_: str) -> None:
    """Gives a sequence another type, made if it is new."""
    row = collection_by_id(connection, key, "SEQUENCE")
    names.unreserved(row.type, row.name)
    names.unreserved(type_, row.name)
    type_id = _allowed_type(connection, row.project_id, type_)
    connection.execute(
        sa.update(collections)
        .where(collections.c.id == key)
        .values(type_id=type_id, updated_at=timestamp())
    )


def _allowed_type(connection: sa.Connection, project: int, type_: str) -> int:
    """The id of a type, made if it is new; refused by a registry that takes others alone."""
    statement = sa.select(projects.c.any_type, projects.c.name).where(projects.c.id == project)
    takes_any, name = connection.execute(statement).one()
    if not takes_any and find_type(connection, project, type_) is None:
        raise RegistryRefused(f"The registry {name!r} does not take type {type_!r}.")
    return ensure_type(connection, project, type_)


def delete_collection(connection: sa.Connection, key: int) -> None:
    """Removes a collection; a sequence takes its versions, and the links to them, along."""
    row = collection_by_id(connection, key)
    if row.kind == "SEQUENCE":
        _leave_others(connection, sa.select(collections.c.id).where(collections.c.id == key))
    connection.execute(sa.delete(collections).where(collections.c.id == key))


def delete_project(connection: sa.Connection, key: int) -> None:
    """Removes a project with all that is in it, and the links to its versions."""
    own = sa.select(collections.c.id).where(collections.c.project_id == key)
    _leave_others(connection, own)
    connection.execute(sa.delete(projects).where(projects.c.id == key))


def _leave_others(connection: sa.Connection, own: sa.Select[tuple[int]]) -> None:
    """Takes the versions of some sequences out of all other collections."""
    made = sa.select(versions.c.id).where(versions.c.sequence_id.in_(own))
    linked = sa.select(memberships.c.collection_id, memberships.c.id).where(
        memberships.c.version_id.in_(made), memberships.c.collection_id.not_in(own)
    )
    for portfolio, membership in connection.execute(linked).all():
        leave(connection, portfolio, membership)


def touch(connection: sa.Connection, collection: int) -> None:
    connection.execute(
        sa.update(collections).where(collections.c.id == collection).values(updated_at=timestamp())
    )


def ensure_tags(connection: sa.Connection, wanted: Iterable[tuple[str, str]]) -> list[int]:
    """The ids of tags (name, category), new ones made, in order."""
    keys: dict[int, None] = {}
    for name, category in wanted:
        names.tag(name)
        key = connection.scalar(_TAG, {"name": name, "category": category})
        if key is None:
            key = inserted(connection, tags, name=name, category=category)
        keys[key] = None
    return list(keys)


def add_tags(
    connection: sa.Connection, table: sa.Table, owner: int, wanted: Sequence[tuple[str, str]]
) -> list[int]:
    """Tags a collection or a version; returns the ids of the tags named."""
    column = _owner(table)
    keys = ensure_tags(connection, wanted)
    known = set(connection.scalars(sa.select(table.c.tag_id).where(column == owner)))
    new = [{column.name: owner, "tag_id": key} for key in keys if key not in known]
    if new:
        connection.execute(sa.insert(table), new)
    return keys


def copy_tags(connection: sa.Connection, source: int, target: int) -> None:
    """Gives a version the tags that another has."""
    owned = sa.select(version_tags.c.tag_id).where(version_tags.c.version_id == source)
    known = set(
        connection.scalars(
            sa.select(version_tags.c.tag_id).where(version_tags.c.version_id == target)
        )
    )
    new = [
        {"version_id": target, "tag_id": tag}
        for tag in connection.scalars(owned).all()
        if tag not in known
    ]
    if new:
        connection.execute(sa.insert(version_tags), new)


def remove_tags(
    connection: sa.Connection, table: sa.Table, owner: int, unwanted: Sequence[tuple[str, str]]
) -> None:
    """Takes tags away; one that is not there is no mistake."""
    for name, category in unwanted:
        names.tag(name)
        delete = sa.delete(table).where(_owner(table) == owner, table.c.tag_id.in_(_TAG))
        connection.execute(delete, {"name": name, "category": category})


def _owner(table: sa.Table) -> sa.Column[int]:
    return (
        collection_tags.c.collection_id if table is collection_tags else version_tags.c.version_id
    )
