"""Mutations that change, name or delete versions."""

from collections.abc import Iterator

import sqlalchemy as sa

from .. import names
from ..database import tables as t
from ..database.expressions import is_one_of
from ..database.ids import timestamp
from ..errors import RegistryNotFound
from ..versions import collections as collecting
from ..versions import pending_versions as creating
from ..versions.lifecycle import (
    checked_metadata,
    checked_ttl,
    delete_version,
)
from ..versions.memberships import put_alias, put_aliases
from .binding import field
from .context import Context
from .inputs import (
    Input,
    a_key,
    a_text,
    inputs,
    optional_int,
    optional_text,
    tag_pairs,
    the_collection,
    written,
)
from .permissions import change_project, change_version, read_version


@field("Mutation.updateArtifact")
def update_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("Artifact", input["artifact_id"], "artifact version")

    def change(connection: sa.Connection) -> None:
        creating.pending_version(connection, key)
        if _own_changes(input):
            change_version(context, connection, key)
        else:
            read_version(context, connection, key)
        statement = sa.update(t.versions).where(t.versions.c.id == key)
        connection.execute(statement.values(**_changes(input)))
        collecting.add_tags(connection, t.version_tags, key, tag_pairs(input, "tags_to_add"))
        collecting.remove_tags(connection, t.version_tags, key, tag_pairs(input, "tags_to_delete"))
        if input.get("aliases") is not None:
            _replace_aliases(context, connection, key, input)

    written(context, change)
    return {"artifact": context.version.get(key)}


def _changes(input: Input) -> dict[str, str | int | None]:
    values: dict[str, str | int | None] = {"updated_at": timestamp()}
    description, metadata = optional_text(input, "description"), optional_text(input, "metadata")
    ttl = optional_int(input, "ttl_duration_seconds")
    if description is not None:
        values["description"] = description
    if metadata is not None:
        values["metadata"] = checked_metadata(metadata)
    if ttl is not None:
        values["ttl"] = checked_ttl(ttl)
    return values


def _own_changes(input: Input) -> bool:
    """Whether more is changed than aliases, which belong to the collections."""
    given = ("description", "metadata", "ttl_duration_seconds", "tags_to_add", "tags_to_delete")
    return any(input.get(name) is not None for name in given) or input.get("aliases") is None


def _replace_aliases(
    context: Context, connection: sa.Connection, version: int, input: Input
) -> None:
    """In the collections that are named, exactly the aliases that are given."""
    wanted: dict[str, list[str]] = {}
    for alias in inputs(input, "aliases"):
        wanted.setdefault(a_text(alias, "artifact_collection_name"), []).append(
            a_text(alias, "alias")
        )
    statement = (
        sa.select(
            *(t.memberships.c.id, t.memberships.c.collection_id),
            *(t.collections.c.name, t.collections.c.project_id),
        )
        .join(t.collections, t.collections.c.id == t.memberships.c.collection_id)
        .where(t.memberships.c.version_id == version)
        # Of collections of one name the version's own counts: it is the first, and comes last.
        .order_by(t.memberships.c.id.desc())
    )
    locations = {row.name: row for row in connection.execute(statement)}
    for name, listed in wanted.items():
        location = locations.get(name)
        missing = f"The artifact version is not in the collection {name!r}."
        if location is None:
            raise RegistryNotFound(missing)
        change_project(context, connection, location.project_id, missing)
        connection.execute(
            sa.delete(t.aliases).where(
                t.aliases.c.membership_id == location.id,
                sa.not_(is_one_of(t.aliases.c.alias, listed)),
            )
        )
        put_aliases(connection, location.collection_id, location.id, names.aliases(listed))


@field("Mutation.addAliases")
def add_aliases(_root: None, context: Context, input: Input) -> dict[str, object]:
    version = a_key("Artifact", input["artifact_id"], "artifact version")

    def change(connection: sa.Connection) -> None:
        for collection, membership, alias in _aliases_in(context, connection, version, input):
            put_alias(connection, collection, membership, names.alias(alias))

    written(context, change)
    return {"success": True}


@field("Mutation.deleteAliases")
def delete_aliases(_root: None, context: Context, input: Input) -> dict[str, object]:
    """An alias that the version does not have is no mistake: it is not there afterwards."""
    version = a_key("Artifact", input["artifact_id"], "artifact version")

    def change(connection: sa.Connection) -> None:
        for _, membership, alias in _aliases_in(context, connection, version, input):
            connection.execute(
                sa.delete(t.aliases).where(
                    t.aliases.c.membership_id == membership, t.aliases.c.alias == alias
                )
            )

    written(context, change)
    return {"success": True}


def _aliases_in(
    context: Context, connection: sa.Connection, version: int, input: Input
) -> Iterator[tuple[int, int, str]]:
    """Each alias of a mutation: its collection, the version's membership in that, its name."""
    context.permitted = True  # `the_collection` asks for permission for each collection
    for item in inputs(input, "aliases"):
        row = the_collection(context, connection, item)
        membership = creating.membership_in(connection, row.id, version, row.name)
        yield row.id, membership, a_text(item, "alias")


@field("Mutation.deleteArtifact")
def delete_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("Artifact", input["artifact_id"], "artifact version")

    def change(connection: sa.Connection) -> None:
        creating.pending_version(connection, key)
        change_version(context, connection, key)
        delete_version(connection, key, delete_aliases=bool(input.get("delete_aliases")))

    written(context, change, freeing=True)
    return {"artifact": context.version.get(key)}
