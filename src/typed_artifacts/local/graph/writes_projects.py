"""Mutations of projects and registries, and of their members."""

import sqlalchemy as sa

from .. import names
from ..accounts import accounts
from ..database import tables as t
from ..database.ids import timestamp
from ..errors import RegistryNotFound, RegistryRefused
from ..versions import collections as collecting
from .binding import field
from .context import Context
from .inputs import Input, a_key, a_text, inputs, optional_text, owner, texts, written
from .permissions import administer_project, existing_project, find_or_create


@field("Mutation.upsertModel")
def upsert_model(_root: None, context: Context, input: Input) -> dict[str, object]:
    entity = owner(context, input)

    def change(connection: sa.Connection) -> tuple[int, bool]:
        key, new = _project_of(context, connection, entity, input)
        values: dict[str, str | bool | None] = {"updated_at": timestamp()}
        for name in ("description", "access", "views"):
            given = optional_text(input, name)
            if given or (given is not None and name == "description"):
                values[name] = given
        if isinstance(input.get("allow_all_artifact_types_in_registry"), bool):
            values["any_type"] = bool(input["allow_all_artifact_types_in_registry"])
        connection.execute(sa.update(t.projects).where(t.projects.c.id == key).values(**values))
        if values.get("access") == "RESTRICTED" and not context.rights.everything:
            _put(connection, t.project_members, "user_id", key, context.rights.user, "admin")
        for kind in inputs(input, "artifact_types"):
            accounts.ensure_type(connection, key, a_text(kind, "name"))
        if new and _is_registry(connection, key):
            _put(connection, t.project_members, "user_id", key, context.viewer_key, "admin")
        return key, new

    key, new = written(context, change)
    project = context.project.get(key)
    return {"inserted": new, "project": project, "model": project}


def _project_of(
    context: Context, connection: sa.Connection, entity: str, input: Input
) -> tuple[int, bool]:
    given, name = optional_text(input, "id"), optional_text(input, "name")
    if given:
        return _existing(context, connection, a_key("Project", given, "project")), False
    if not name:
        raise RegistryRefused("upsertModel needs the name or the id of a project.")
    known = find_or_create(context, connection, entity, name)
    if known is not None:
        return _existing(context, connection, known), False
    return accounts.ensure_project(connection, entity, name), True


def _existing(context: Context, connection: sa.Connection, key: int) -> int:
    found: int | None = connection.scalar(sa.select(t.projects.c.id).where(t.projects.c.id == key))
    if found is None:
        raise RegistryNotFound("There is no such project.")
    administer_project(context, connection, key)
    return found


def _is_registry(connection: sa.Connection, project: int) -> bool:
    """Whether a project belongs to an organization: then it has members of its own."""
    owner = sa.select(t.entities.c.kind).join(t.projects).where(t.projects.c.id == project)
    return connection.scalar(owner) == "organization"


@field("Mutation.renameProject")
def rename_project(_root: None, context: Context, input: Input) -> dict[str, object]:
    entity, new_name = owner(context, input), a_text(input, "new_project_name")

    def change(connection: sa.Connection) -> int:
        key = existing_project(context, connection, entity, a_text(input, "old_project_name"))
        administer_project(context, connection, key)
        names.project_name(new_name)
        existing = accounts.find_project(connection, entity, new_name)
        if existing not in (None, key):
            raise RegistryRefused(f"There is a project {entity}/{new_name} already.")
        values = {"name": new_name, "updated_at": timestamp()}
        connection.execute(sa.update(t.projects).where(t.projects.c.id == key).values(**values))
        return key

    project = context.project.get(written(context, change))
    return {"inserted": False, "project": project, "model": project}


@field("Mutation.deleteModel")
def delete_model(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("Project", input["id"], "project")

    def change(connection: sa.Connection) -> None:
        _existing(context, connection, key)
        collecting.delete_project(connection, key)

    written(context, change, freeing=True)
    return {"success": True}


@field("Mutation.createProjectMembers")
def create_members(_root: None, context: Context, input: Input) -> dict[str, object]:
    def change(connection: sa.Connection) -> None:
        project = _project_key(context, connection, input)
        for user in _keys(input, "user_ids", "User"):
            _put(connection, t.project_members, "user_id", project, user, "member")
        for team in _keys(input, "team_ids", "Entity"):
            _put(connection, t.project_teams, "entity_id", project, team, "member")

    written(context, change)
    return {"success": True}


@field("Mutation.deleteProjectMembers")
def delete_members(_root: None, context: Context, input: Input) -> dict[str, object]:
    def change(connection: sa.Connection) -> None:
        project = _project_key(context, connection, input)
        for table, column, keys in (
            (t.project_members, "user_id", _keys(input, "user_ids", "User")),
            (t.project_teams, "entity_id", _keys(input, "team_ids", "Entity")),
        ):
            condition = sa.and_(table.c.project_id == project, table.c[column].in_(keys))
            connection.execute(sa.delete(table).where(condition))

    written(context, change)
    return {"success": True}


@field("Mutation.updateProjectMember")
def update_member(_root: None, context: Context, input: Input) -> dict[str, object]:
    user, role = a_key("User", input["user_id"], "user"), a_text(input, "user_project_role")

    def change(connection: sa.Connection) -> None:
        project = _project_key(context, connection, input)
        _put(connection, t.project_members, "user_id", project, user, role)

    written(context, change)
    return {"success": True}


@field("Mutation.updateProjectTeamMember")
def update_team_member(_root: None, context: Context, input: Input) -> dict[str, object]:
    team, role = a_key("Entity", input["team_id"], "team"), a_text(input, "team_project_role")

    def change(connection: sa.Connection) -> None:
        project = _project_key(context, connection, input)
        _put(connection, t.project_teams, "entity_id", project, team, role)

    written(context, change)
    return {"success": True}


def _project_key(context: Context, connection: sa.Connection, input: Input) -> int:
    return _existing(context, connection, a_key("Project", input["project_id"], "project"))


def _keys(input: Input, name: str, kind: str) -> list[int]:
    return [a_key(kind, value, kind.lower()) for value in texts(input, name)]


def _put(
    connection: sa.Connection, table: sa.Table, column: str, project: int, member: int, role: str
) -> None:
    """Gives a member of a project a role."""
    is_row = sa.and_(table.c.project_id == project, table.c[column] == member)
    if connection.execute(sa.update(table).where(is_row).values(role=role)).rowcount == 0:
        known, noun = (t.users, "user") if column == "user_id" else (t.entities, "team")
        if connection.scalar(sa.select(known.c.id).where(known.c.id == member)) is None:
            raise RegistryNotFound(f"There is no such {noun}.")
        values = {"project_id": project, column: member, "role": role}
        connection.execute(sa.insert(table).values(**values))
