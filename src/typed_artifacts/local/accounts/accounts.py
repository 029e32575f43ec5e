"""Finds or creates entities, users, keys, organizations, projects and types."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from .. import names
from ..database.ids import timestamp
from ..database.tables import (
    api_keys,
    entities,
    organizations,
    projects,
    team_members,
    types,
    users,
)
from ..errors import RegistryNotFound, RegistryRefused

PRIVATE = "PRIVATE"
# The default visibility of a new project, by the kind of its entity.
DEFAULT_ACCESS = {"user": "USER_READ", "team": PRIVATE, "organization": PRIVATE}


# Made once: to put a statement together takes longer than to run it.
_NAME: sa.BindParameter[str] = sa.bindparam("name")
_ENTITY = sa.select(entities.c.id).where(entities.c.name == _NAME)
_USER = (
    sa.select(users.c.id)
    .join(entities, entities.c.id == users.c.entity_id)
    .where(entities.c.name == _NAME, entities.c.kind == "user")
)
_PROJECT = (
    sa.select(projects.c.id)
    .join(entities)
    .where(entities.c.name == sa.bindparam("entity"), projects.c.name == _NAME)
)
_TYPE = sa.select(types.c.id).where(
    types.c.project_id == sa.bindparam("project"), types.c.name == _NAME
)


def inserted(connection: sa.Connection, table: sa.Table, **values: object) -> int:
    """The id of a new row."""
    key = connection.execute(sa.insert(table), values).inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave no id")
    return int(key[0])


def find_entity(connection: sa.Connection, name: str) -> int | None:
    return connection.scalar(_ENTITY, {"name": name})


def ensure_entity(connection: sa.Connection, name: str, kind: str = "user") -> int:
    """The entity; a new one of kind `user` comes with its user and organization."""
    found = find_entity(connection, name)
    if found is not None:
        return found
    names.entity_name(name)
    if kind == "user":
        return _new_user(connection, name)
    return inserted(connection, entities, name=name, kind=kind, created_at=timestamp())


def _new_user(connection: sa.Connection, name: str) -> int:
    organization = _new_organization(connection, name)
    values = {"name": name, "kind": "user", "organization_id": organization}
    entity = inserted(connection, entities, **values, created_at=timestamp())
    connection.execute(
        sa.insert(users).values(
            username=name,
            name=name,
            email=f"{name}@localhost",
            entity_id=entity,
            created_at=timestamp(),
        )
    )
    return entity


def _new_organization(connection: sa.Connection, user: str) -> int:
    """The organization of a new user, and the entity of its name, which owns its registries.

    It is called `USER-org`, or has a number as well where that is what others have.
    """
    name, number = f"{user}-org", 1
    while not _is_free(connection, name):
        number += 1
        name = f"{user}-org-{number}"
    organization = inserted(connection, organizations, name=name)
    entity = find_entity(connection, name)
    if entity is None:
        entity = ensure_entity(connection, name, "organization")
    values = {"kind": "organization", "organization_id": organization}
    connection.execute(sa.update(entities).where(entities.c.id == entity).values(**values))
    return organization


def _is_free(connection: sa.Connection, name: str) -> bool:
    """Whether an organization may have a name: nobody has it, or nobody has a key for it.

    A registry may have been stored in the organization of a user who is still to come.
    """
    kind = connection.scalar(sa.select(entities.c.kind).where(entities.c.name == name))
    if kind is None:
        return True
    owned = (
        sa.select(api_keys.c.id)
        .join(users, users.c.id == api_keys.c.user_id)
        .join(entities, entities.c.id == users.c.entity_id)
        .where(entities.c.name == name)
    )
    return kind == "user" and connection.execute(owned).first() is None


def ensure_team(connection: sa.Connection, name: str, members: list[str]) -> int:
    """A team of users, in the organization of the first."""
    team = ensure_entity(connection, name, "team")
    _check_team(connection, team, name)
    for member in members:
        entity = ensure_entity(connection, member)
        user: int = connection.execute(
            sa.select(users.c.id).where(users.c.entity_id == entity)
        ).scalar_one()
        known = sa.select(team_members.c.user_id).where(
            team_members.c.entity_id == team, team_members.c.user_id == user
        )
        if connection.scalar(known) is None:
            connection.execute(sa.insert(team_members).values(entity_id=team, user_id=user))
    if members:
        owner = sa.select(entities.c.organization_id).where(entities.c.name == members[0])
        connection.execute(
            sa.update(entities)
            .where(entities.c.id == team, entities.c.organization_id.is_(None))
            .values(organization_id=owner.scalar_subquery())
        )
    return team


def _check_team(connection: sa.Connection, entity: int, name: str) -> None:
    """Refuses to share the projects of an entity whose user has a key."""
    owned = (
        sa.select(api_keys.c.id)
        .join(users, users.c.id == api_keys.c.user_id)
        .where(users.c.entity_id == entity)
    )
    kind = connection.scalar(sa.select(entities.c.kind).where(entities.c.id == entity))
    if kind == "organization" or connection.execute(owned).first() is not None:
        kind_text = "an organization" if kind == "organization" else "a user"
        raise RegistryRefused(f"{name!r} is {kind_text}, and no team.")
    if kind != "team":  # created implicitly, when something was stored in it
        connection.execute(sa.update(entities).where(entities.c.id == entity).values(kind="team"))


def user_of_entity(connection: sa.Connection, entity: str) -> int | None:
    return connection.scalar(_USER, {"name": entity})


def key_digest(key: str) -> str:
    """The digest of a key. Only digests are stored, so the database contains no usable keys."""
    return hashlib.sha256(key.encode()).hexdigest()


def user_of_key(connection: sa.Connection, key: str) -> int | None:
    return connection.scalar(
        sa.select(api_keys.c.user_id).where(api_keys.c.digest == key_digest(key))
    )


def add_key(connection: sa.Connection, key: str, user: int, name: str) -> None:
    values = {"digest": key_digest(key), "user_id": user, "name": name}
    connection.execute(sa.insert(api_keys).values(**values, created_at=timestamp()))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key. `digest` is its SHA-256, `teams` are those of its user."""

    id: int
    user: str
    teams: tuple[str, ...]
    name: str
    created_at: str
    digest: str = field(repr=False)


def list_keys(connection: sa.Connection) -> list[ApiKey]:
    """The keys, the oldest first."""
    k = api_keys.c
    rows = connection.execute(
        sa.select(k.id, k.user_id, users.c.username, k.name, k.created_at, k.digest)
        .join(users, users.c.id == k.user_id)
        .order_by(k.id)
    ).all()
    teams: dict[int, list[str]] = {}
    members = (
        sa.select(team_members.c.user_id, entities.c.name)
        .join(entities, entities.c.id == team_members.c.entity_id)
        .order_by(entities.c.name)
    )
    for user, team in connection.execute(members):
        teams.setdefault(user, []).append(team)
    return [
        ApiKey(row.id, row.username, tuple(teams.get(row.user_id, ())), *row[3:]) for row in rows
    ]


def remove_keys(connection: sa.Connection, keys: Iterable[int]) -> None:
    connection.execute(sa.delete(api_keys).where(api_keys.c.id.in_(list(keys))))


def find_project(connection: sa.Connection, entity: str, name: str) -> int | None:
    return connection.scalar(_PROJECT, {"entity": entity, "name": name})


def ensure_project(connection: sa.Connection, entity: str, name: str) -> int:
    found = find_project(connection, entity, name)
    if found is not None:
        return found
    names.project_name(name)
    now = timestamp()
    owner = ensure_entity(connection, entity)
    kind = connection.scalar(sa.select(entities.c.kind).where(entities.c.id == owner))
    values = {"entity_id": owner, "name": name, "access": DEFAULT_ACCESS.get(kind or "", PRIVATE)}
    return inserted(connection, projects, **values, created_at=now, updated_at=now)


def existing_project(connection: sa.Connection, entity: str, name: str) -> int:
    found = find_project(connection, entity, name)
    if found is None:
        raise RegistryNotFound(f"There is no project {entity}/{name}.")
    return found


def find_type(connection: sa.Connection, project: int, name: str) -> int | None:
    return connection.scalar(_TYPE, {"project": project, "name": name})


def ensure_type(connection: sa.Connection, project: int, name: str) -> int:
    found = find_type(connection, project, name)
    if found is not None:
        return found
    names.type_name(name)
    return inserted(connection, types, project_id=project, name=name, created_at=timestamp())
