"""Resolvers of users, entities and organizations."""

import sqlalchemy as sa

from ..accounts import accounts
from ..accounts import teams as teaming
from ..database import tables as t
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .listings_projects import list_projects, searched_projects
from .paging import (
    Connection,
    Order,
    PageArguments,
    connect,
    fetch_page,
    whole,
)
from .reads_roots import entity_by_name, project, readable_organization


@field("User.entity")
def user_entity(user: n.User, context: Context) -> str | None:
    found = context.entity.get(user.chosen_entity_key)
    return None if found is None else found.name


@field("User.email")
def user_email(user: n.User, context: Context) -> str | None:
    """Known to those who share an entity with the user."""
    statement = sa.select(t.users.c.id).where(t.users.c.id == user.key, context.rights.companions())
    shown = context.rights.everything or context.connection.scalar(statement) is not None
    return user.email if shown else None


@field("User.admin")
def user_admin(_user: n.User, _context: Context) -> bool:
    return False


@field("User.flags")
def user_flags(_user: n.User, _context: Context) -> str:
    return "{}"


@field("User.organizations")
def user_organizations(
    user: n.User, context: Context, email_domain: str | None = None
) -> list[n.Organization]:
    own = context.entity.get(user.entity_key)
    keys = [own.organization_key] if own else []
    teams = (
        sa.select(t.entities.c.organization_id)
        .join(t.team_members, t.team_members.c.entity_id == t.entities.c.id)
        .where(t.team_members.c.user_id == user.key)
        .order_by(t.entities.c.id)
    )
    keys += context.connection.scalars(teams).all()
    known = dict.fromkeys(key for key in keys if key is not None)
    found = [readable_organization(context, context.organization.get(key)) for key in known]
    return [each for each in found if each is not None]


@field("User.projects")
def user_projects(
    user: n.User,
    context: Context,
    page: PageArguments,
    order: str | None = None,
) -> Connection[n.Project]:
    scope = t.projects.c.entity_id == user.entity_key
    return list_projects(context, scope, page, None, order)


@field("User.teams")
def user_teams(
    user: n.User,
    context: Context,
    page: PageArguments,
) -> Connection[n.Entity]:
    member = sa.select(t.team_members.c.entity_id).where(t.team_members.c.user_id == user.key)
    teams = sa.and_(t.entities.c.id.in_(member), t.entities.c.kind == "team")
    is_own = sa.or_(t.entities.c.id == user.entity_key, teams)
    statement = sa.select(*load.ENTITY).where(is_own, context.rights.knows(t.entities.c.id))
    rows = fetch_page(context, statement, Order("id", (t.entities.c.id,)), page)
    return connect(rows, n.Entity)


@field("User.apiKeys")
def user_api_keys(
    user: n.User, context: Context, **_page: str | int | bool | None
) -> Connection[None]:
    """Empty: keys are kept as digests, so there is nothing to show."""
    return whole([])


@field("User.deletedAt")
def user_deleted(_user: n.User, _context: Context) -> None:
    return None


@field("Entity.entityType")
def entity_type(entity: n.Entity, _context: Context) -> str:
    return entity.kind


@field("Entity.isTeam")
def is_team(entity: n.Entity, _context: Context) -> bool:
    return entity.kind != "user"


@field("Entity.user")
def entity_user(entity: n.Entity, context: Context) -> n.User | None:
    rows = context.rows(sa.select(*load.USER).where(t.users.c.entity_id == entity.key))
    return n.User(*rows[0]) if rows else None


@field("Entity.organization")
def entity_organization(entity: n.Entity, context: Context) -> n.Organization | None:
    if entity.kind == "user" or entity.organization_key is None:
        return None
    return readable_organization(context, context.organization.get(entity.organization_key))


@field("Entity.members")
def entity_members(entity: n.Entity, context: Context) -> list[n.Member]:
    """By name, for who is one of them. A user's own entity has that user as its administrator."""
    if not (context.rights.everything or entity.key in context.rights.entities):
        return []
    is_member = sa.and_(
        t.team_members.c.user_id == t.users.c.id, t.team_members.c.entity_id == entity.key
    )
    own = sa.case((t.users.c.entity_id == entity.key, teaming.ADMIN), else_=teaming.MEMBER)
    statement = (
        sa.select(*load.USER, sa.func.coalesce(t.team_members.c.role, own))
        .join(t.team_members, is_member, isouter=True)
        .where(teaming.belongs(entity.key))
        .order_by(t.users.c.username)
    )
    return [n.Member(n.User(*row), str(role)) for *row, role in context.rows(statement)]


@field("Member.admin")
def member_admin(member: n.Member, _context: Context) -> bool:
    return member.role == teaming.ADMIN


@field("Member.accountType")
def member_account(_member: n.Member, _context: Context) -> str:
    return "USER"


@field("Member.pending")
def member_pending(_member: n.Member, _context: Context) -> bool:
    return False


@field("Member.apiKey", "Member.photoUrl")
def member_nothing(_member: n.Member, _context: Context) -> None:
    return None


@field("Entity.available", "Entity.readOnly", "Entity.readOnlyAdmin", "Entity.privateOnly")
@field("Entity.isPaid", "Entity.codeSavingEnabled")
def entity_flag(_entity: n.Entity, _context: Context) -> bool:
    return False


@field("Entity.xxhashDigestsEnabled")
def takes_xxhash(_entity: n.Entity, _context: Context) -> bool:
    """The official client asks before it hashes files so."""
    return True


@field("Entity.defaultAccess")
def default_access(entity: n.Entity, _context: Context) -> str:
    return accounts.DEFAULT_ACCESS[entity.kind]


@field("Entity.photoUrl", "Entity.limits")
def entity_nothing(_entity: n.Entity, _context: Context) -> None:
    return None


@field("Entity.storageBytes")
def storage_bytes(entity: n.Entity, context: Context) -> int:
    if not context.rights.everything:
        return _own_bytes(entity, context)
    return int(context.connection.scalar(sa.select(sa.func.sum(t.blobs.c.size))) or 0)


def _own_bytes(entity: n.Entity, context: Context) -> int:
    """What the versions hold that who asks may see: the files are shared with others."""
    statement = (
        sa.select(sa.func.sum(t.versions.c.size))
        .join(t.collections, t.collections.c.id == t.versions.c.sequence_id)
        .join(t.projects, t.projects.c.id == t.collections.c.project_id)
        .where(t.projects.c.entity_id == entity.key, context.readable_project())
    )
    return int(context.connection.scalar(statement) or 0)


@field("Entity.project")
def entity_project(entity: n.Entity, context: Context, name: str | None = None) -> n.Project | None:
    return project(None, context, entity_name=entity.name, name=name)


@field("Entity.projects")
def entity_projects(
    entity: n.Entity,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
) -> Connection[n.Project]:
    scope = searched_projects(entity)
    return list_projects(context, scope, page, filters, order)


@field("Organization.orgEntity")
def org_entity(organization: n.Organization, context: Context) -> n.Entity | None:
    return entity_by_name(context, organization.name)


@field("Organization.advancedRegistryFeatures")
def advanced_features(organization: n.Organization, _context: Context) -> n.Organization:
    return organization


@field("AdvancedRegistryFeatures.advancedSearch")
def advanced_search(_organization: n.Organization, _context: Context) -> bool:
    return True


@field("Organization.featureFlags")
def feature_flags(
    _organization: n.Organization, _context: Context, ramp_id_type: str | None = None
) -> list[None]:
    return []


@field("Organization.coreWeaveOrganizationId")
def coreweave_id(_organization: n.Organization, _context: Context) -> None:
    return None
