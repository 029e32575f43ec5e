"""Mutations of users and teams."""

import sqlalchemy as sa

from ..accounts import teams as teaming
from ..database.ids import timestamp
from ..errors import RegistryRefused
from . import nodes as n
from .binding import field
from .context import Context
from .inputs import Input, a_key, a_text, optional_text, written
from .permissions import change_members, for_everybody


@field("Mutation.createTeam")
def create_team(_root: None, context: Context, input: Input) -> dict[str, object]:
    name, admin = a_text(input, "team_name"), optional_text(input, "team_admin_user_name")

    def change(connection: sa.Connection) -> int:
        for_everybody(context)
        return teaming.create_team(connection, name, context.viewer_key, admin or None)

    key = written(context, change)
    return {"entity": context.entity.get(key)}


@field("Mutation.createInvite")
def create_invite(_root: None, context: Context, input: Input) -> dict[str, object]:
    """Who is invited is a member at once: there is no post to send an invitation by."""
    name, email = optional_text(input, "username"), optional_text(input, "email")
    if not name and not email:
        raise RegistryRefused("An invitation needs the name or the e-mail address of a user.")

    def change(connection: sa.Connection) -> int:
        team = change_members(context, connection, a_text(input, "entity_name"))
        user = teaming.find_user(connection, username=name or None, email=email)
        role = teaming.ADMIN if input.get("admin") else teaming.MEMBER
        if not teaming.put_member(connection, team, user, role):
            raise RegistryRefused(f"{name or email!r} is a member of the team already.")
        return user

    user = context.user.get(written(context, change))
    return {"invite": n.Invite(user, timestamp()) if user else None}


@field("Mutation.deleteInvite")
def delete_invite(_root: None, context: Context, input: Input) -> dict[str, object]:
    member = a_key("User", optional_text(input, "id") or "", "member")

    def change(connection: sa.Connection) -> None:
        team = change_members(context, connection, optional_text(input, "entity_name") or "")
        teaming.remove_member(connection, team, member)

    written(context, change)
    return {"success": True}


@field("Mutation.createUser")
def create_user(_root: None, context: Context, input: Input) -> dict[str, object]:
    """Creates a user without rights over others, even if `admin` is requested."""
    email = a_text(input, "email")

    def change(connection: sa.Connection) -> int:
        for_everybody(context)
        return teaming.create_user(connection, email)

    return {"user": context.user.get(written(context, change))}


@field("Mutation.updateUser")
def update_user(_root: None, context: Context, input: Input) -> dict[str, object]:
    entity = optional_text(input, "default_entity")
    if entity is not None:

        def change(connection: sa.Connection) -> None:
            for_everybody(context)
            teaming.set_default_entity(connection, context.viewer_key, entity)

        written(context, change)
    return {"user": context.viewer()}
