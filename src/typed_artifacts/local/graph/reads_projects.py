"""Resolvers of projects and types."""

from collections.abc import Sequence

import sqlalchemy as sa

from ..database import tables as t
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .finding import collection_named, named_member
from .listings import list_collections
from .paging import (
    Connection,
    Order,
    PageArguments,
    connect,
    fetch_page,
)


@field("Project.entity")
def project_entity(project: n.Project, context: Context) -> n.Entity | None:
    return context.entity.get(project.entity_key)


@field("Project.entityName")
def project_entity_name(project: n.Project, context: Context) -> str | None:
    found = context.entity.get(project.entity_key)
    return None if found is None else found.name


@field("Project.allowAllArtifactTypesInRegistry")
def allow_all_types(project: n.Project, _context: Context) -> bool:
    return project.any_type


@field("Project.isBenchmark", "Project.readOnly")
def project_flag(_project: n.Project, _context: Context) -> bool:
    return False


@field("Project.user")
def project_user(project: n.Project, context: Context) -> n.User | None:
    rows = context.rows(sa.select(*load.USER).where(t.users.c.entity_id == project.entity_key))
    return n.User(*rows[0]) if rows else None


@field("Project.artifactType")
def project_type(project: n.Project, context: Context, name: str) -> n.Type | None:
    statement = sa.select(*load.TYPE).where(
        t.types.c.project_id == project.key, t.types.c.name == name
    )
    rows = context.rows(statement)
    return n.Type(*rows[0]) if rows else None


@field("Project.artifactTypes")
def project_types(
    project: n.Project,
    context: Context,
    page: PageArguments,
    include_all: bool | None = None,
) -> Connection[n.Type]:
    """By name."""
    statement = sa.select(*load.TYPE).where(t.types.c.project_id == project.key)
    order = Order("name", (t.types.c.name,))
    rows = fetch_page(context, statement, order, page)
    return connect(rows, n.Type)


@field("Project.artifactCollections")
def project_collections(
    project: n.Project,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
    collection_types: Sequence[str] | None = None,
) -> Connection[n.Collection]:
    scope = t.collections.c.project_id == project.key
    return list_collections(context, scope, page, filters, order, collection_types)


@field("ArtifactType.artifactCollections")
def type_collections(
    kind: n.Type,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
    collection_types: Sequence[str] | None = None,
) -> Connection[n.Collection]:
    scope = t.collections.c.type_id == kind.key
    return list_collections(context, scope, page, filters, order, collection_types)


@field("Project.artifactCollection")
def project_collection(project: n.Project, context: Context, name: str) -> n.Collection | None:
    return collection_named(context, project.key, name)


@field("ArtifactType.artifactCollection")
def type_collection(kind: n.Type, context: Context, name: str) -> n.Collection | None:
    found = collection_named(context, kind.project_key, name)
    return found if found is not None and found.type_key == kind.key else None


@field("ArtifactType.project")
def type_project(kind: n.Type, context: Context) -> n.Project | None:
    return context.project.get(kind.project_key)


@field("ArtifactType.artifactSequence")
def type_sequence(kind: n.Type, context: Context, name: str) -> n.Collection | None:
    """Asked for by older official clients: what is found is no portfolio."""
    found = type_collection(kind, context, name)
    return found if found is not None and found.kind == "SEQUENCE" else None


@field("ArtifactType.artifact")
def type_artifact(kind: n.Type, context: Context, name: str) -> n.Version | None:
    """Asked for by older official clients, for the files of a version."""
    found = type_collection(kind, context, name.partition(":")[0])
    member = None if found is None else named_member(context, kind.project_key, name)
    return None if member is None else context.version.get(member.version_key)


@field("Project.artifact")
def project_artifact(project: n.Project, context: Context, name: str) -> n.Version | None:
    member = named_member(context, project.key, name)
    return None if member is None else context.version.get(member.version_key)


@field("Project.artifactCollectionMembership")
def project_membership(project: n.Project, context: Context, name: str) -> n.Membership | None:
    return named_member(context, project.key, name)


def _belongs(project: n.Project, context: Context) -> bool:
    """Whether who asks may know the members: one of them, or of the entity."""
    rights = context.rights
    member = project.entity_key in rights.entities or project.key in rights.granted_read
    return rights.everything or member


@field("Project.members")
def project_members(project: n.Project, context: Context) -> list[n.Member]:
    if not _belongs(project, context):
        return []
    statement = (
        sa.select(*load.USER, t.project_members.c.role)
        .join(t.project_members, t.project_members.c.user_id == t.users.c.id)
        .where(t.project_members.c.project_id == project.key)
        .order_by(t.users.c.username)
    )
    return [n.Member(n.User(*row), str(role)) for *row, role in context.rows(statement)]


@field("ProjectMember.role")
def project_role(member: n.Member, _context: Context) -> dict[str, str]:
    return {"name": member.role}


@field("Project.teamMembers")
def project_teams(project: n.Project, context: Context) -> list[dict[str, object]]:
    if not _belongs(project, context):
        return []
    statement = (
        sa.select(*load.ENTITY, t.project_teams.c.role)
        .join(t.project_teams, t.project_teams.c.entity_id == t.entities.c.id)
        .where(t.project_teams.c.project_id == project.key)
        .order_by(t.entities.c.name)
    )
    return [
        {"team": n.Entity(*row), "role": {"name": role}} for *row, role in context.rows(statement)
    ]
