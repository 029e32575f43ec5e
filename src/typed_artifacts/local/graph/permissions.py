"""Checks what a mutation may change, in the mutation's transaction.

What a user may not read does not exist for them, in the same words as for what is not there.
"""

import sqlalchemy as sa

from ..._values.names import REGISTRY_PREFIX
from ..accounts import accounts
from ..accounts import teams as teaming
from ..database import tables as t
from ..errors import RegistryForbidden, RegistryNotFound, RegistryRefused
from ..versions.collections import CollectionRow, collection_by_id
from .context import Context

_NO_VERSION = "There is no such artifact version, or it was deleted."
_PROJECT_OF = (
    sa.select(t.collections.c.project_id)
    .join(t.versions, t.versions.c.sequence_id == t.collections.c.id)
    .where(t.versions.c.id == sa.bindparam("version"))
)


def change_project(context: Context, connection: sa.Connection, key: int, missing: str) -> None:
    """Refuses a project in which the user may not make and change things."""
    _require(context, connection, key, context.rights.writable(), missing)
    context.named_projects.add(key)  # what is told of the change may say where it is


def administer_project(context: Context, connection: sa.Connection, key: int) -> None:
    """Refuses a project that the user may not rename, delete or open to others."""
    rights = context.rights
    _require(context, connection, key, rights.administered(), "There is no such project.")


def _require(
    context: Context,
    connection: sa.Connection,
    key: int,
    allowed: sa.ColumnElement[bool],
    missing: str,
) -> None:
    context.permitted = True
    if context.rights.everything:
        return
    statement = sa.select(context.rights.readable(), allowed).where(t.projects.c.id == key)
    row = connection.execute(statement).one_or_none()
    if row is None or not row[0]:
        raise RegistryNotFound(missing)
    if not row[1]:
        raise _forbidden(context, "change this project")


def _forbidden(context: Context, action: str) -> RegistryForbidden:
    user = context.viewer()
    return RegistryForbidden(
        f"Permission denied: the user {user.username if user else ''!r} may not {action}."
    )


def existing_project(context: Context, connection: sa.Connection, entity: str, name: str) -> int:
    """A project by its name, to be changed."""
    missing = f"There is no project {entity}/{name}."
    key = accounts.find_project(connection, entity, name)
    if key is None:
        raise RegistryNotFound(missing)
    change_project(context, connection, key, missing)
    return key


def project_or_new(context: Context, connection: sa.Connection, entity: str, name: str) -> int:
    """The project, to be changed, made if it is new; its entity has to exist.

    In the own process (`makes_entities`) the entity is made as well. A registry is never made on
    the way: it is made on purpose, with its rules.
    """
    if name.startswith(REGISTRY_PREFIX):
        return existing_project(context, connection, entity, name)
    if find_or_create(context, connection, entity, name) is None:
        made = accounts.ensure_project(connection, entity, name)
        context.named_projects.add(made)
        return made
    return existing_project(context, connection, entity, name)


def find_or_create(
    context: Context, connection: sa.Connection, entity: str, name: str
) -> int | None:
    """The project of this name; None if it may be made.

    Who may not know it is told what they are told of a name that is free.
    """
    key = accounts.find_project(connection, entity, name)
    readable = sa.select(t.projects.c.id).where(t.projects.c.id == key, context.rights.readable())
    if key is None or connection.scalar(readable) is None:
        create_in(context, connection, entity)
    return key


def create_in(context: Context, connection: sa.Connection, entity: str) -> None:
    """Refuses an entity in which the user may not make projects."""
    context.permitted = True
    key, rights = accounts.find_entity(connection, entity), context.rights
    if key is None and context.makes_entities:
        return
    known = sa.select(t.entities.c.id).where(t.entities.c.id == key, rights.knows(t.entities.c.id))
    if key is None or connection.scalar(known) is None:
        raise RegistryNotFound(f"There is no entity {entity!r}.")
    if not rights.creates_in(key):
        raise _forbidden(context, f"make projects in {entity!r}")


def change_collection(
    context: Context, connection: sa.Connection, key: int, kind: str
) -> CollectionRow:
    """A collection by its key, to be changed."""
    row = collection_by_id(connection, key, kind)
    change_project(context, connection, row.project_id, f"There is no such {kind.lower()}.")
    return row


def change_version(context: Context, connection: sa.Connection, key: int) -> None:
    """Refuses a version whose own collection the user may not change."""
    project = connection.scalar(_PROJECT_OF, {"version": key})
    if project is None:
        raise RegistryNotFound(_NO_VERSION)
    try:
        change_project(context, connection, project, _NO_VERSION)
    except RegistryNotFound:
        read_version(context, connection, key)  # a link shows it, without the project
        raise _forbidden(context, "change this artifact version") from None


def read_version(context: Context, connection: sa.Connection, key: int) -> None:
    """Refuses a version that the user may not read, where it is one."""
    condition = context.readable_version()
    if connection.scalar(sa.select(t.versions.c.id).where(t.versions.c.id == key, condition)):
        return
    raise RegistryNotFound(_NO_VERSION)


def change_run(context: Context, connection: sa.Connection, key: int) -> None:
    """Refuses a run of a project that the user may not change."""
    context.permitted, missing = True, "There is no run with this id."
    project = connection.scalar(sa.select(t.runs.c.project_id).where(t.runs.c.id == key))
    if project is None:
        raise RegistryNotFound(missing)
    change_project(context, connection, project, missing)


def for_everybody(context: Context) -> None:
    """For what every user may do: with what is their own, and to add what is new."""
    context.permitted = True


def change_members(context: Context, connection: sa.Connection, name: str) -> int:
    """A team or organization, to change who belongs to it; refuses who does not."""
    context.permitted = True
    team = teaming.existing_team(connection, name)
    known = sa.select(t.entities.c.id).where(
        t.entities.c.id == team, context.rights.knows(t.entities.c.id)
    )
    if connection.scalar(known) is None:
        raise RegistryNotFound(f"There is no team {name!r}.")
    if not teaming.is_member(connection, team, context.viewer_key):
        raise RegistryRefused(f"Only a member of {name!r} can change who belongs to it.")
    if not (context.rights.everything or team in context.rights.owned):
        raise _forbidden(context, f"change who belongs to {name!r}")
    return team
