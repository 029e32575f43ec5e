"""Mutations of collections. Each field is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa

from .. import accounts, collecting
from .. import tables as t
from ..faults import RegistryNotFound
from ..ids import local_id
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context

T = TypeVar("T")
Input = Mapping[str, object]


def written(context: Context, change: Callable[[sa.Connection], T]) -> T:
    """Runs a change in a transaction of its own; what is read afterwards sees it."""
    context.close()
    try:
        with context.store.write() as connection:
            return change(connection)
    finally:
        context.changed()


def a_key(kind: str, value: object, what: str) -> int:
    """The number in a global id, or an error that says what was not found."""
    key = local_id(kind, str(value))
    if key is None:
        raise RegistryNotFound(f"There is no {what} with the id {str(value)[:60]!r}.")
    return key


def optional_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


@field("Mutation.updateArtifactSequence")
def update_sequence(_root: None, context: Context, input: Input) -> dict[str, object]:
    return _update(context, input, "artifact_sequence_id", "SEQUENCE")


@field("Mutation.updateArtifactPortfolio")
def update_portfolio(_root: None, context: Context, input: Input) -> dict[str, object]:
    return _update(context, input, "artifact_portfolio_id", "PORTFOLIO")


def _update(context: Context, input: Input, id_field: str, kind: str) -> dict[str, object]:
    key = a_key("ArtifactCollection", input[id_field], kind.lower())

    def change(connection: sa.Connection) -> None:
        collecting.collection_by_id(connection, key, kind)
        name, description = optional_text(input.get("name")), optional_text(input.get("description"))
        collecting.update_collection(connection, key, name, description)

    written(context, change)
    return {"artifact_collection": context.collection.get(key)}


@field("Mutation.moveArtifactSequence")
def move_sequence(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("ArtifactCollection", input["artifact_sequence_id"], "sequence")
    type_ = str(input["destination_artifact_type_name"])
    written(context, lambda connection: collecting.move_collection(connection, key, type_))
    return {"artifact_collection": context.collection.get(key)}


@field("Mutation.deleteArtifactSequence")
def delete_sequence(_root: None, context: Context, input: Input) -> dict[str, object]:
    return _delete(context, input["artifact_sequence_id"], "SEQUENCE")


@field("Mutation.deleteArtifactPortfolio")
def delete_portfolio(_root: None, context: Context, input: Input) -> dict[str, object]:
    return _delete(context, input["artifact_portfolio_id"], "PORTFOLIO")


def _delete(context: Context, value: object, kind: str) -> dict[str, object]:
    key = a_key("ArtifactCollection", value, kind.lower())

    def change(connection: sa.Connection) -> n.Collection:
        collecting.collection_by_id(connection, key, kind)
        statement = sa.select(*load.COLLECTION).where(t.collections.c.id == key)
        row = connection.execute(statement).one()
        collecting.delete_collection(connection, key)
        return n.Collection(*row, state="DELETED")

    return {"artifact_collection": written(context, change)}


def tag_pairs(value: object) -> list[tuple[str, str]]:
    """(name, category) of each tag of an input."""
    assert isinstance(value, Sequence)
    return [(str(tag["tag_name"]), tag.get("tag_category_name") or "") for tag in value]


def _collection_of(connection: sa.Connection, input: Input) -> int:
    entity, project = str(input["entity_name"]), str(input["project_name"])
    name = str(input["artifact_collection_name"])
    project_key = accounts.existing_project(connection, entity, project)
    found = collecting.find_collection(connection, project_key, name)
    if found is None:
        raise RegistryNotFound(f"There is no collection {entity}/{project}/{name}.")
    return found.id


@field("Mutation.createArtifactCollectionTagAssignments")
def add_collection_tags(_root: None, context: Context, input: Input) -> dict[str, object]:
    def change(connection: sa.Connection) -> list[int]:
        key = _collection_of(connection, input)
        pairs = tag_pairs(input["tags"])
        collecting.touch(connection, key)
        return collecting.add_tags(connection, t.collection_tags, key, pairs)

    keys = written(context, change)
    rows = context.rows(sa.select(*load.TAG).where(t.tags.c.id.in_(keys)))
    found = {row[0]: n.Tag(*row) for row in rows}
    return {"tags": [found[key] for key in keys]}


@field("Mutation.deleteArtifactCollectionTagAssignments")
def delete_collection_tags(_root: None, context: Context, input: Input) -> dict[str, object]:
    def change(connection: sa.Connection) -> None:
        key = _collection_of(connection, input)
        collecting.touch(connection, key)
        collecting.remove_tags(connection, t.collection_tags, key, tag_pairs(input["tags"]))

    written(context, change)
    return {"success": True}
