"""Which projects a user may read."""

from functools import lru_cache

import sqlalchemy as sa

from ..database.tables import project_members, project_teams, projects, team_members, users
from . import teams as teaming
from .accounts import PRIVATE
from .permissions import ADMINISTRATORS

RESTRICTED = "RESTRICTED"  # a registry for its own members only, not for all of its organization


@lru_cache(maxsize=256)  # it is long, and the same for each request of a user
def visible_to(user: int | None) -> sa.ColumnElement[bool]:
    """The condition on `projects` of those that a user sees."""
    who = users.alias("who")
    p = projects.c
    members = sa.select(who.c.id).where(who.c.id == user, teaming.belongs(p.entity_id, who))
    leads = teaming.belongs(p.entity_id, who, ADMINISTRATORS)
    administrators = sa.select(who.c.id).where(who.c.id == user, leads)
    member = sa.select(project_members.c.user_id).where(
        project_members.c.project_id == p.id, project_members.c.user_id == user
    )
    through = (
        sa.select(project_teams.c.entity_id)
        .join(team_members, team_members.c.entity_id == project_teams.c.entity_id)
        .where(project_teams.c.project_id == p.id, team_members.c.user_id == user)
    )
    return sa.or_(
        p.access.not_in((PRIVATE, RESTRICTED)),
        sa.and_(p.access != RESTRICTED, sa.exists(members.correlate_except(who))),
        sa.exists(administrators.correlate_except(who)),
        sa.exists(member.correlate_except(project_members)),
        sa.exists(through.correlate_except(project_teams, team_members)),
    )
