"""Mutations of users and teams."""

import sqlalchemy as sa

from .. import teaming
from ..faults import RegistryRefused
from ..ids import timestamp
from . import nodes as n
from .binding import field
from .context import Context
from .inputs import Input, a_key, a_text, optional_text, written


@field("Mutation.createTeam")
def create_team(_root: None, context: Context, input: Input) -> dict[str, object]:
    creator = _viewer(context)
    name, admin = a_text(input, "team_name"), optional_text(input, "team_admin_user_name")
    key = written(context, lambda c: teaming.create_team(c, name, creator, admin or None))
    return {"entity": context.entity.get(key)}


@field("Mutation.createInvite")
def create_invite(_root: None, context: Context, input: Input) -> dict[str, object]:
    """Who is invited is a member at once: there is no post to send an invitation by."""
    viewer = _viewer(context)
    name, email = optional_text(input, "username"), optional_text(input, "email")
    if not name and not email:
        raise RegistryRefused("An invitation needs the name or the e-mail address of a user.")

    def change(connection: sa.Connection) -> int:
        team = _own_team(connection, a_text(input, "entity_name"), viewer)
        user = teaming.find_user(connection, username=name or None, email=email)
        role = teaming.ADMIN if input.get("admin") else teaming.MEMBER
        if not teaming.put_member(connection, team, user, role):
            raise RegistryRefused(f"{name or email!r} is a member of the team already.")
        return user

    user = context.user.get(written(context, change))
    return {"invite": n.Invite(user, timestamp()) if user else None}


@field("Mutation.deleteInvite")
def delete_invite(_root: None, context: Context, input: Input) -> dict[str, object]:
    viewer = _viewer(context)
    member = a_key("User", optional_text(input, "id") or "", "member")

    def change(connection: sa.Connection) -> None:
        team = _own_team(connection, optional_text(input, "entity_name") or "", viewer)
        teaming.remove_member(connection, team, member)

    written(context, change)
    return {"success": True}


@field("Mutation.createUser")
def create_user(_root: None, context: Context, input: Input) -> dict[str, object]:
    """A user without rights over others, also where `admin` is asked for: there are none here."""
    email = a_text(input, "email")
    return {"user": context.user.get(written(context, lambda c: teaming.create_user(c, email)))}


@field("Mutation.updateUser")
def update_user(_root: None, context: Context, input: Input) -> dict[str, object]:
    viewer, entity = _viewer(context), optional_text(input, "default_entity")
    if entity is not None:
        written(context, lambda c: teaming.set_default_entity(c, viewer, entity))
    return {"user": context.viewer()}


def _viewer(context: Context) -> int:
    if context.viewer_key is None:
        raise RegistryRefused("The request's key belongs to nobody.")
    return context.viewer_key


def _own_team(connection: sa.Connection, name: str, viewer: int) -> int:
    team = teaming.existing_team(connection, name)
    if not teaming.is_member(connection, team, viewer):
        raise RegistryRefused(f"Only a member of {name!r} can change who belongs to it.")
    return team
