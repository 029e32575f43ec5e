"""Mutations of collections. Each field is one transaction."""

import sqlalchemy as sa

from ..database import tables as t
from ..versions import collections as collecting
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .inputs import Input, a_key, a_text, optional_text, tag_pairs, the_collection, written
from .permissions import change_collection


@field("Mutation.updateArtifactSequence")
def update_sequence(_root: None, context: Context, input: Input) -> dict[str, object]:
    return _update(context, input, "artifact_sequence_id", "SEQUENCE")


@field("Mutation.updateArtifactPortfolio")
def update_portfolio(_root: None, context: Context, input: Input) -> dict[str, object]:
    return _update(context, input, "artifact_portfolio_id", "PORTFOLIO")


def _update(context: Context, input: Input, id_field: str, kind: str) -> dict[str, object]:
    key = a_key("ArtifactCollection", input[id_field], kind.lower())

    def change(connection: sa.Connection) -> None:
        change_collection(context, connection, key, kind)
        name, description = optional_text(input, "name"), optional_text(input, "description")
        collecting.update_collection(connection, key, name, description)

    written(context, change)
    return {"artifact_collection": context.collection.get(key)}


@field("Mutation.moveArtifactSequence")
def move_sequence(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("ArtifactCollection", input["artifact_sequence_id"], "sequence")
    type_ = a_text(input, "destination_artifact_type_name")

    def change(connection: sa.Connection) -> None:
        change_collection(context, connection, key, "SEQUENCE")
        collecting.move_collection(connection, key, type_)

    written(context, change)
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
        change_collection(context, connection, key, kind)
        statement = sa.select(*load.COLLECTION).where(t.collections.c.id == key)
        row = connection.execute(statement).one()
        collecting.delete_collection(connection, key)
        return n.Collection(*row, state="DELETED")

    return {"artifact_collection": written(context, change, freeing=True)}


@field("Mutation.createArtifactCollectionTagAssignments")
def add_collection_tags(_root: None, context: Context, input: Input) -> dict[str, object]:
    def change(connection: sa.Connection) -> list[int]:
        key = the_collection(context, connection, input).id
        pairs = tag_pairs(input, "tags")
        collecting.touch(connection, key)
        return collecting.add_tags(connection, t.collection_tags, key, pairs)

    keys = written(context, change)
    rows = context.rows(sa.select(*load.TAG).where(t.tags.c.id.in_(keys)))
    found = {row[0]: n.Tag(*row) for row in rows}
    return {"tags": [found[key] for key in keys]}


@field("Mutation.deleteArtifactCollectionTagAssignments")
def delete_collection_tags(_root: None, context: Context, input: Input) -> dict[str, object]:
    def change(connection: sa.Connection) -> None:
        key = the_collection(context, connection, input).id
        collecting.touch(connection, key)
        collecting.remove_tags(connection, t.collection_tags, key, tag_pairs(input, "tags"))

    written(context, change)
    return {"success": True}
