"""Resolvers of the query root and of server information."""

import sqlalchemy as sa

from ..database import tables as t
from ..database.expressions import is_one_of
from ..database.ids import global_id, local_id
from ..features import FEATURES
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .listings_projects import list_projects
from .paging import (
    Connection,
    Order,
    PageArguments,
    connect,
    fetch_page,
)


@field("Query.artifact")
def artifact(_root: None, context: Context, id: str) -> n.Version | None:
    version = context.version_by_id(id)
    if version is not None and version.user_key == context.viewer_key:
        sequence = context.collection.get(version.sequence_key)
        context.named_projects.update([sequence.project_key] if sequence else [])
    return version


@field("Query.artifactCollection")
def artifact_collection(_root: None, context: Context, id: str) -> n.Collection | None:
    key = local_id("ArtifactCollection", id)
    return None if key is None else context.collection.get(key)


@field("Query.clientIDMapping")
def client_id_mapping(_root: None, context: Context, client_id: str) -> dict[str, str] | None:
    collection_shown = context.within_readable(t.collections.c.project_id)
    for table, kind, shown, same in (
        (t.versions, "Artifact", context.readable_version(), t.versions.c.same_as),
        (t.collections, "ArtifactCollection", collection_shown, sa.null()),
    ):
        statement = sa.select(sa.func.coalesce(same, table.c.id))
        key: int | None = context.connection.scalar(
            statement.where(table.c.client_id == client_id, shown)
        )
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
        return None if user is None else context.entity.get(user.chosen_entity_key)
    return entity_by_name(context, name)


def entity_by_name(context: Context, name: str) -> n.Entity | None:
    known = context.rights.knows(t.entities.c.id)
    rows = context.rows(sa.select(*load.ENTITY).where(t.entities.c.name == name, known))
    if not rows:
        return None
    found = n.Entity(*rows[0])
    context.named_entities.add(found.key)
    return found


@field("Query.project", "Query.model")
def project(
    _root: None, context: Context, entity_name: str | None = None, name: str | None = None
) -> n.Project | None:
    if name is None:
        return None
    if not entity_name:
        user = context.viewer()
        scope = t.projects.c.entity_id == (user.chosen_entity_key if user else None)
    else:
        scope = t.entities.c.name == entity_name
    shown = context.readable_project()
    statement = (
        sa.select(*load.PROJECT).join(t.entities).where(scope, t.projects.c.name == name, shown)
    )
    rows = context.rows(statement)
    if not rows:
        return None
    found = n.Project(*rows[0])
    context.named_projects.add(found.key)
    return found


@field("Query.models")
def models(
    _root: None,
    context: Context,
    page: PageArguments,
    entity_name: str | None = None,
    **_unused: int | bool | None,
) -> Connection[n.Project]:
    owner = entity(None, context, name=entity_name or None)
    scope = t.projects.c.entity_id == (owner.key if owner else -1)
    return list_projects(context, scope, page, None, None)


@field("Query.organization")
def organization(
    _root: None, context: Context, id: str | None = None, name: str | None = None
) -> n.Organization | None:
    if name is not None:
        found = sa.select(*load.ORGANIZATION).where(t.organizations.c.name == name)
        rows = context.rows(found)
        return readable_organization(context, n.Organization(*rows[0]) if rows else None)
    key = local_id("Organization", id or "")
    return None if key is None else readable_organization(context, context.organization.get(key))


def readable_organization(
    context: Context, organization: n.Organization | None
) -> n.Organization | None:
    """An organization, if the viewer belongs to it."""
    if organization is None or context.rights.everything:
        return organization
    return organization if organization.key in context.rights.organizations else None


@field("Query.users")
def users(
    _root: None,
    context: Context,
    page: PageArguments,
    query: str | None = None,
    usernames: list[str] | None = None,
    ids: list[str] | None = None,
) -> Connection[n.User]:
    # Users may be found by name or id, in order to invite them, but not listed.
    named = usernames is not None or ids is not None
    companions = context.rights.companions()
    condition: sa.ColumnElement[bool] = sa.true() if named or query else companions
    if usernames is not None:
        condition = sa.and_(condition, is_one_of(t.users.c.username, usernames))
    if ids is not None:
        keys = [local_id("User", each) for each in ids]
        condition = sa.and_(condition, is_one_of(t.users.c.id, [key or 0 for key in keys]))
    if query:
        mail = sa.and_(t.users.c.email == query, companions)
        condition = sa.and_(condition, sa.or_(t.users.c.username == query, mail))
    statement = sa.select(*load.USER).where(condition)
    order = Order("username", (t.users.c.username,))
    rows = fetch_page(context, statement, order, page)
    return connect(rows, n.User)


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
