"""Permissions: the rights of a user, as SQL conditions on projects.

A user may do everything in the own entity, and in the organization of that; what the role allows in
the entities of teams; what a project or registry grants to members; and what its access says:

- `PRIVATE`, `ENTITY_WRITE` and what is unknown: for the entity's members. A registry is also read
  by who belongs to the organization, itself or through a team.
- `ENTITY_READ`: read by the entity's members.
- `USER_READ`, `USER_WRITE`: read, or also written, by every user. Not said of registries.
- `RESTRICTED`: for the members of the project, and who administers the entity.

Whoever opened the registry in the own process may do everything, and so may everybody where there
are keys of one user only, or no keys at all (`--open`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from ..database.tables import (
    api_keys,
    entities,
    project_members,
    project_teams,
    projects,
    team_members,
    users,
)

EVERYONE_READS = ("USER_READ", "USER_WRITE")
ADMINISTRATORS = ("admin", "owner")
_READERS = ("viewer", "restricted_viewer", "view-only", "view_only")


@dataclass(frozen=True, slots=True)
class Caller:
    """The user of a request, and whether that user may read and change everything."""

    user: int
    everything: bool = True


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do. All are sets of keys: of entities, but for the last three."""

    user: int
    everything: bool = False
    owned: frozenset[int] = frozenset()
    read: frozenset[int] = frozenset()
    written: frozenset[int] = frozenset()
    organizations: frozenset[int] = frozenset()
    granted_read: frozenset[int] = frozenset()
    granted_write: frozenset[int] = frozenset()
    granted_all: frozenset[int] = frozenset()

    @property
    def entities(self) -> frozenset[int]:
        """Those that the user is a member of."""
        return self.owned | self.read

    def readable(self) -> sa.ColumnElement[bool]:
        """Of which projects the user may know."""
        if self.everything:
            return sa.true()
        p = projects.c
        registries = sa.select(entities.c.id).where(entities.c.kind == "organization")
        public = sa.and_(p.access.in_(EVERYONE_READS), p.entity_id.not_in(registries))
        return sa.or_(
            p.entity_id.in_(self.owned),
            sa.and_(p.entity_id.in_(self.read), p.access != "RESTRICTED"),
            public,
            p.id.in_(self.granted_read),
        )

    def writable(self) -> sa.ColumnElement[bool]:
        """In which projects the user may make and change artifacts and runs."""
        if self.everything:
            return sa.true()
        p = projects.c
        return sa.or_(
            self._written(),
            sa.and_(p.access == "USER_WRITE", self.readable()),
            p.id.in_(self.granted_write),
        )

    def _written(self) -> sa.ColumnElement[bool]:
        """Projects of the user's own, and of teams that let their members write there."""
        p = projects.c
        return sa.or_(
            p.entity_id.in_(self.owned),
            sa.and_(p.entity_id.in_(self.written), p.access.not_in(("RESTRICTED", "ENTITY_READ"))),
        )

    def administered(self) -> sa.ColumnElement[bool]:
        """Which projects the user may rename, delete and open to others."""
        if self.everything:
            return sa.true()
        return sa.or_(self._written(), projects.c.id.in_(self.granted_all))

    def knows(self, entity: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """Which entities there are, for the user: the own, and those with a readable project."""
        if self.everything:
            return sa.true()
        shown = sa.select(projects.c.entity_id).where(self.readable())
        return sa.or_(entity.in_(self.entities), entity.in_(shown))

    def companions(self) -> sa.ColumnElement[bool]:
        """Which users the user shares an entity with, and the user."""
        if self.everything:
            return sa.true()
        members = sa.select(team_members.c.user_id).where(
            team_members.c.entity_id.in_(self.entities)
        )
        return sa.or_(users.c.id == self.user, users.c.id.in_(members))

    def creates_in(self, entity: int) -> bool:
        """Whether the user may make projects in the entity."""
        return self.everything or entity in self.owned or entity in self.written


def caller_of_key(connection: sa.Connection, digest: str) -> Caller | None:
    """Whose key it is; everything is allowed while there are no keys of others."""
    user = connection.scalar(sa.select(api_keys.c.user_id).where(api_keys.c.digest == digest))
    return None if user is None else caller_of_user(connection, user)


def caller_of_user(connection: sa.Connection, user: int) -> Caller:
    """A user who is known by a key, or otherwise; the same holds for both."""
    others = sa.exists().where(api_keys.c.user_id != sa.bindparam("user"))
    shared = connection.scalar(sa.select(others), {"user": user})
    return Caller(user, everything=not shared)


def rights_of(connection: sa.Connection, caller: Caller | None) -> Rights:
    """The current rights of the user."""
    if caller is None or caller.everything:
        return Rights(0 if caller is None else caller.user, everything=caller is not None)
    own = connection.execute(
        sa.select(entities.c.id, entities.c.organization_id)
        .join(users, users.c.entity_id == entities.c.id)
        .where(users.c.id == caller.user)
    ).one()
    teams = connection.execute(
        sa.select(entities.c.id, entities.c.kind, entities.c.organization_id, team_members.c.role)
        .join(team_members, team_members.c.entity_id == entities.c.id)
        .where(team_members.c.user_id == caller.user)
    ).all()
    led = {own.organization_id}
    joined = {team.organization_id for team in teams}
    owned = {own.id, *(team.id for team in teams if team.role in ADMINISTRATORS)}
    member = {team.id for team in teams}
    granted = _granted(connection, caller.user, member)
    return Rights(
        caller.user,
        owned=frozenset(owned | _registries_of(connection, led)),
        read=frozenset(member | _registries_of(connection, joined)),
        written=frozenset(
            team.id for team in teams if team.role not in _READERS and team.kind != "organization"
        ),
        organizations=frozenset(key for key in led | joined if key is not None),
        granted_read=frozenset(key for key, _ in granted),
        granted_write=frozenset(key for key, role in granted if role not in _READERS),
        granted_all=frozenset(key for key, role in granted if role in ADMINISTRATORS),
    )


def _registries_of(connection: sa.Connection, organizations: Iterable[int | None]) -> set[int]:
    """The entities that own the registries of organizations."""
    keys = [key for key in organizations if key is not None]
    statement = sa.select(entities.c.id).where(
        entities.c.organization_id.in_(keys), entities.c.kind == "organization"
    )
    return set(connection.scalars(statement))


def _granted(connection: sa.Connection, user: int, teams: Iterable[int]) -> list[tuple[int, str]]:
    """The projects that have the user, or a team of theirs, as a member, and in which role."""
    m, t = project_members.c, project_teams.c
    own = sa.select(m.project_id, m.role).where(m.user_id == user)
    shared = sa.select(t.project_id, t.role).where(t.entity_id.in_(teams))
    return [(key, role) for key, role in connection.execute(own.union(shared))]
