"""Resolvers of the roots, and of users, entities, organisations and the server itself."""

import sqlalchemy as sa

from .. import tables as t
from ..features import FEATURES
from ..ids import global_id, local_id
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .filters import ColumnKey, Key, a_number, a_text, a_time, all_of, compile_filters
from .paging import (
    Connection,
    Order,
    PageArguments,
    chosen_order,
    connect,
    counted,
    fetch_page,
    forward_only,
    whole,
)


@field("Query.artifact")
def artifact(_root: None, context: Context, id: str) -> n.Version | None:
    return context.version_by_id(id)


@field("Query.artifactCollection")
def artifact_collection(_root: None, context: Context, id: str) -> n.Collection | None:
    key = local_id("ArtifactCollection", id)
    return None if key is None else context.collection.get(key)


@field("Query.clientIDMapping")
def client_id_mapping(_root: None, context: Context, client_id: str) -> dict[str, str] | None:
    for table, kind in ((t.versions, "Artifact"), (t.collections, "ArtifactCollection")):
        key = context.connection.scalar(sa.select(table.c.id).where(table.c.client_id == client_id))
        if key is not None:
            return {"server_id": global_id(kind, key)}
    return None


@field("ClientIDMapping.serverID")
def server_id(mapping: dict[str, str], _context: Context) -> str:
    return mapping["server_id"]


@field("Query.viewer")
def viewer(_root: None, context: Context, entity_name: str | None = None) -> n.User | None:
    return context.viewer()


@field("Query.entity")
def entity(
    _root: None, context: Context, login: bool | None = None, name: str | None = None
) -> n.Entity | None:
    if name is None:
        user = context.viewer()
        return None if user is None else context.entity.get(user.entity_key)
    return entity_by_name(context, name)


def entity_by_name(context: Context, name: str) -> n.Entity | None:
    rows = context.rows(sa.select(*load.ENTITY).where(t.entities.c.name == name))
    return n.Entity(*rows[0]) if rows else None


@field("Query.project", "Query.model")
def project(
    _root: None, context: Context, entity_name: str | None = None, name: str | None = None
) -> n.Project | None:
    if name is None:
        return None
    if not entity_name:
        user = context.viewer()
        scope = t.projects.c.entity_id == (user.entity_key if user else None)
    else:
        scope = t.entities.c.name == entity_name
    statement = sa.select(*load.PROJECT).join(t.entities).where(scope, t.projects.c.name == name)
    rows = context.rows(statement)
    return n.Project(*rows[0]) if rows else None


@field("Query.models")
def models(
    _root: None,
    context: Context,
    entity_name: str | None = None,
    after: str | None = None,
    first: int | None = None,
    before: str | None = None,
    last: int | None = None,
    **_unused: int | bool | None,
) -> Connection[n.Project]:
    forward_only(before, last)
    owner = entity(None, context, name=entity_name or None)
    scope = t.projects.c.entity_id == (owner.key if owner else -1)
    return list_projects(context, scope, PageArguments(first, after), None, None)


@field("Query.organization")
def organization(
    _root: None, context: Context, id: str | None = None, name: str | None = None
) -> n.Organization | None:
    if name is not None:
        found = sa.select(*load.ORGANIZATION).where(t.organizations.c.name == name)
        rows = context.rows(found)
        return n.Organization(*rows[0]) if rows else None
    key = local_id("Organization", id or "")
    return None if key is None else context.organization.get(key)


@field("Query.users")
def users(
    _root: None,
    context: Context,
    query: str | None = None,
    usernames: list[str] | None = None,
    ids: list[str] | None = None,
    after: str | None = None,
    first: int | None = None,
    before: str | None = None,
    last: int | None = None,
) -> Connection[n.User]:
    forward_only(before, last)
    condition: sa.ColumnElement[bool] = sa.true()
    if usernames is not None:
        condition = sa.and_(condition, t.users.c.username.in_(usernames))
    if ids is not None:
        condition = sa.and_(condition, t.users.c.id.in_([local_id("User", each) for each in ids]))
    if query:
        condition = sa.and_(
            condition, sa.or_(t.users.c.username == query, t.users.c.email == query)
        )
    statement = sa.select(*load.USER).where(condition)
    order = Order("username", (t.users.c.username,))
    rows = fetch_page(context.connection, statement, order, PageArguments(first, after))
    return connect(rows, n.User, lambda: counted(context.connection, statement))


@field("Query.serverInfo")
def server_info(_root: None, context: Context) -> Context:
    return context


@field("ServerInfo.cliVersionInfo")
def cli_version_info(_info: Context, _context: Context) -> dict[str, str]:
    return {"min_cli_version": "0.10.0", "max_cli_version": "1.0.0"}


@field("ServerInfo.features")
def features(_info: Context, context: Context) -> list[dict[str, str | bool]]:
    return [{"name": name, "is_enabled": name in context.features} for name in sorted(FEATURES)]


@field("ServerFeature.name")
def feature_name(feature: dict[str, str | bool], _context: Context) -> str | bool:
    return feature["name"]


@field("ServerFeature.isEnabled")
def feature_enabled(feature: dict[str, str | bool], _context: Context) -> str | bool:
    return feature["is_enabled"]


@field("ServerInfo.latestLocalVersionInfo")
def local_version(_info: Context, _context: Context) -> None:
    return None


@field("User.entity")
def user_entity(user: n.User, context: Context) -> str | None:
    found = context.entity.get(user.entity_key)
    return None if found is None else found.name


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
    found = [context.organization.get(key) for key in dict.fromkeys(keys) if key is not None]
    return [each for each in found if each is not None]


@field("User.projects")
def user_projects(
    user: n.User,
    context: Context,
    after: str | None = None,
    first: int | None = None,
    order: str | None = None,
    before: str | None = None,
    last: int | None = None,
) -> Connection[n.Project]:
    forward_only(before, last)
    scope = t.projects.c.entity_id == user.entity_key
    return list_projects(context, scope, PageArguments(first, after), None, order)


@field("User.teams")
def user_teams(
    user: n.User,
    context: Context,
    after: str | None = None,
    first: int | None = None,
    before: str | None = None,
    last: int | None = None,
) -> Connection[n.Entity]:
    forward_only(before, last)
    member = sa.select(t.team_members.c.entity_id).where(t.team_members.c.user_id == user.key)
    mine = sa.or_(t.entities.c.id == user.entity_key, t.entities.c.id.in_(member))
    statement = sa.select(*load.ENTITY).where(mine)
    rows = fetch_page(
        context.connection, statement, Order("id", (t.entities.c.id,)), PageArguments(first, after)
    )
    return connect(rows, n.Entity, lambda: counted(context.connection, statement))


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
    return context.organization.get(entity.organization_key)


@field("Entity.members")
def entity_members(entity: n.Entity, context: Context) -> list[dict[str, str]]:
    statement = (
        sa.select(*load.USER, t.team_members.c.role)
        .join(t.team_members, t.team_members.c.user_id == t.users.c.id)
        .where(t.team_members.c.entity_id == entity.key)
        .order_by(t.users.c.username)
    )
    rows = context.rows(statement)
    return [{**_named(n.User(*row[:-1])), "role": str(row[-1])} for row in rows]


def _named(user: n.User) -> dict[str, str]:
    return {"id": user.id, "name": user.name, "username": user.username, "email": user.email}


@field("Entity.available", "Entity.readOnly", "Entity.readOnlyAdmin", "Entity.privateOnly")
@field("Entity.isPaid", "Entity.codeSavingEnabled")
def entity_flag(_entity: n.Entity, _context: Context) -> bool:
    return False


@field("Entity.defaultAccess")
def default_access(_entity: n.Entity, _context: Context) -> str:
    return "PRIVATE"


@field("Entity.photoUrl", "Entity.limits")
def entity_nothing(_entity: n.Entity, _context: Context) -> None:
    return None


@field("Entity.storageBytes")
def storage_bytes(_entity: n.Entity, context: Context) -> int:
    return int(context.connection.scalar(sa.select(sa.func.sum(t.blobs.c.size))) or 0)


@field("Entity.project")
def entity_project(entity: n.Entity, context: Context, name: str | None = None) -> n.Project | None:
    return project(None, context, entity_name=entity.name, name=name)


def project_keys() -> dict[str, Key]:
    """What projects (registries) can be filtered by."""
    p = t.projects.c
    return {
        "id": ColumnKey(p.id, a_number),
        "project_id": ColumnKey(p.id, a_number),
        "name": ColumnKey(p.name, a_text),
        "entity_id": ColumnKey(p.entity_id, a_number),
        "description": ColumnKey(p.description, a_text),
        "created_at": ColumnKey(p.created_at, a_time),
        "updated_at": ColumnKey(p.updated_at, a_time),
    }


def list_projects(
    context: Context,
    scope: sa.ColumnElement[bool],
    page: PageArguments,
    filters: str | None,
    order: str | None,
) -> Connection[n.Project]:
    """Projects, by default the newest id first."""
    p = t.projects.c
    keys = {"id": p.id, "name": p.name, "created_at": p.created_at, "updated_at": p.updated_at}
    chosen = chosen_order(order, keys, p.id, Order("id", (p.id,), descending=True))
    condition = all_of(scope, compile_filters(filters, project_keys()))
    statement = sa.select(*load.PROJECT).where(condition)
    rows = fetch_page(context.connection, statement, chosen, page)
    return connect(rows, n.Project, lambda: counted(context.connection, statement))


@field("Entity.projects")
def entity_projects(
    entity: n.Entity,
    context: Context,
    after: str | None = None,
    first: int | None = None,
    filters: str | None = None,
    order: str | None = None,
    before: str | None = None,
    last: int | None = None,
) -> Connection[n.Project]:
    forward_only(before, last)
    scope = t.projects.c.entity_id == entity.key
    return list_projects(context, scope, PageArguments(first, after), filters, order)


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
