"""Members of teams and organizations, and new users."""

import re
from collections.abc import Collection

import sqlalchemy as sa

from .. import names
from ..database.tables import entities, organizations, team_members, users
from ..errors import RegistryNotFound, RegistryRefused
from . import accounts

ADMIN, MEMBER = "admin", "member"
_UNFIT = re.compile(r"[^-\w.]", re.ASCII)


def create_team(connection: sa.Connection, name: str, creator: int, admin: str | None) -> int:
    """A team in the organization of who makes it; `admin` names its first member, if another."""
    if accounts.find_entity(connection, name) is not None:
        raise RegistryRefused(f"The team {name!r} cannot be made: that name is taken.")
    user = creator if admin is None else find_user(connection, username=admin)
    own = sa.select(entities.c.organization_id).join(users, users.c.entity_id == entities.c.id)
    organization = connection.scalar(own.where(users.c.id == creator))
    team = accounts.ensure_entity(connection, name, "team")
    connection.execute(
        sa.update(entities).where(entities.c.id == team).values(organization_id=organization)
    )
    put_member(connection, team, user, ADMIN)
    return team


def existing_team(connection: sa.Connection, name: str) -> int:
    """A team or organization, by name."""
    found: int | None = connection.scalar(
        sa.select(entities.c.id).where(entities.c.name == name, entities.c.kind != "user")
    )
    if found is None:
        raise RegistryNotFound(f"There is no team {name!r}.")
    return found


def is_member(connection: sa.Connection, entity: int, user: int | None) -> bool:
    """Whether the entity is a user's own, or a team or organization that the user belongs to."""
    statement = sa.select(users.c.id).where(users.c.id == user, belongs(entity))
    return connection.scalar(statement) is not None


def belongs(
    entity: int | sa.ColumnElement[int],
    who: sa.FromClause = users,
    roles: Collection[str] | None = None,
) -> sa.ColumnElement[bool]:
    """The condition on users of those who belong to an entity, with `roles` in one of these.

    An organization has the members that were added to it, and those whose own entity is in it.
    """
    own, named = entities.alias("own"), entities.alias("named")
    added = (
        sa.select(team_members.c.user_id)
        .where(
            team_members.c.entity_id == entity,
            sa.true() if roles is None else team_members.c.role.in_(roles),
        )
        .correlate_except(team_members)
    )
    organization = (
        sa.select(organizations.c.id)
        .join(named, named.c.name == organizations.c.name)
        .where(named.c.id == entity, named.c.kind == "organization")
        .correlate_except(organizations, named)
    )
    inside = (
        sa.select(own.c.id).where(own.c.organization_id.in_(organization)).correlate_except(own)
    )
    return sa.or_(who.c.entity_id == entity, who.c.id.in_(added), who.c.entity_id.in_(inside))


def put_member(connection: sa.Connection, team: int, user: int, role: str) -> bool:
    """Makes a user a member; says whether that is new."""
    is_row = sa.and_(team_members.c.entity_id == team, team_members.c.user_id == user)
    if connection.execute(sa.update(team_members).where(is_row).values(role=role)).rowcount:
        return False
    connection.execute(sa.insert(team_members).values(entity_id=team, user_id=user, role=role))
    return True


def remove_member(connection: sa.Connection, team: int, user: int) -> None:
    is_row = sa.and_(team_members.c.entity_id == team, team_members.c.user_id == user)
    if connection.execute(sa.delete(team_members).where(is_row)).rowcount == 0:
        raise RegistryNotFound("The team has no such member.")


def find_user(
    connection: sa.Connection, *, username: str | None = None, email: str | None = None
) -> int:
    column, value = (users.c.email, email) if username is None else (users.c.username, username)
    found: int | None = connection.scalar(sa.select(users.c.id).where(column == value))
    if found is None:
        raise RegistryNotFound(f"There is no user {value!r}.")
    return found


def create_user(connection: sa.Connection, email: str) -> int:
    """A user named like the first part of the address."""
    name = _UNFIT.sub("-", email.partition("@")[0])
    if "@" not in email or not name:
        raise RegistryRefused(f"{email[:60]!r} is not an e-mail address.")
    known = sa.select(users.c.id).where(users.c.email == email)
    if connection.scalar(known) is not None or accounts.find_entity(connection, name) is not None:
        raise RegistryRefused(f"There is a user {name!r} or with the address {email!r} already.")
    accounts.ensure_entity(connection, names.entity_name(name))
    user = find_user(connection, username=name)
    connection.execute(sa.update(users).where(users.c.id == user).values(email=email))
    return user


def set_default_entity(connection: sa.Connection, user: int, name: str) -> None:
    """Where things of this user go that name no entity."""
    entity = accounts.find_entity(connection, name)
    if entity is None or not is_member(connection, entity, user):
        raise RegistryRefused(
            f"{name!r} cannot be the default entity: it is neither the user nor a team of theirs."
        )
    connection.execute(sa.update(users).where(users.c.id == user).values(default_entity_id=entity))
