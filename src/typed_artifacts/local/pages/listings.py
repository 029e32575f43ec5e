"""The pages that list: projects, types, collections, versions, runs."""

from dataclasses import dataclass

import sqlalchemy as sa

from ..database import tables as t
from ..errors import RegistryNotFound
from ..graph import nodes as n
from ..graph.listings import list_collections, list_versions
from ..graph.listings_projects import list_projects
from ..graph.listings_runs import project_runs
from ..graph.paging import Connection, PageArguments
from ..graph.reads_projects import project_type, project_types, type_collections
from ..graph.reads_versions import created_by
from . import addresses
from .asking import Asked
from .commands import collection_commands, project_commands
from .rendering import Link, Page

HOME = Link("Projects", "/")
_FEW = 10
_MOST_TYPES = 200


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection in a listing."""

    name: Link
    type: str
    kind: str
    versions: int
    tags: list[str]
    description: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in the listing of a collection."""

    name: Link
    aliases: list[str]
    tags: list[str]
    created_at: str
    made_by: Link | None
    size: int
    file_count: int


def home(asked: Asked) -> Page:
    """The projects of who asks, and of their teams."""
    rights = asked.context.rights
    scope = sa.true() if rights.everything else t.projects.c.entity_id.in_(rights.entities)
    return _projects(asked, scope, "Projects", [])


def entity(asked: Asked, name: str) -> Page:
    """The projects of a user or team, as far as they are shown."""
    scope = t.projects.c.entity_id == asked.entity(name).key
    return _projects(asked, scope, name, [HOME])


def _projects(asked: Asked, scope: sa.ColumnElement[bool], title: str, crumbs: list[Link]) -> Page:
    found = list_projects(asked.context, scope, asked.page(), None, None)
    keys = [edge.node.entity_key for edge in found.edges]
    rows: list[tuple[Link, n.Project]] = []
    for edge in found.edges:
        owner = asked.context.entity.get(edge.node.entity_key, keys)
        path = (owner.name if owner else "", edge.node.name)
        rows.append((Link("/".join(path), addresses.address(*path)), edge.node))
    values = {"rows": rows, "pager": asked.pager(found), "base_url": asked.request.base_url}
    return Page("projects.html", title, crumbs, values)


def project_crumbs(entity: str, project: str) -> list[Link]:
    """The way to what is in a project."""
    return [
        HOME,
        Link(entity, addresses.address(entity)),
        Link(project, addresses.address(entity, project)),
    ]


def project(asked: Asked, entity: str, name: str) -> Page:
    """What is in a project: its types, its newest collections and runs."""
    found = asked.project(entity, name)
    scope = t.collections.c.project_id == found.key
    collections = list_collections(asked.context, scope, asked.page(), None, None, None)
    kinds = project_types(found, asked.context, first=_MOST_TYPES)
    runs = project_runs(found, asked.context, first=_FEW, order="-created_at")
    values = {
        "project": found,
        "path": f"{entity}/{name}",
        "kinds": [_type_link(entity, name, edge.node.name) for edge in kinds.edges],
        "rows": _collection_rows(asked, entity, name, collections),
        "pager": asked.pager(collections),
        "runs": [(asked.run_link(edge.node), edge.node) for edge in runs.edges],
        "run_count": runs.total_count,
        "runs_address": addresses.address(entity, name, "runs"),
        "commands": project_commands(asked.request.base_url, f"{entity}/{name}"),
    }
    return Page("project.html", name, project_crumbs(entity, name)[:-1], values)


def _type_link(entity: str, project: str, kind: str) -> Link:
    return Link(kind, addresses.address(entity, project, "artifacts", kind))


def _collection_rows(
    asked: Asked, entity: str, project: str, found: Connection[n.Collection]
) -> list[CollectionRow]:
    rows: list[CollectionRow] = []
    for edge in found.edges:
        each = edge.node
        keys = [other.key for other in each.batch]
        kind = asked.type_name(each)
        rows.append(
            CollectionRow(
                Link(each.name, addresses.collection_address(entity, project, kind, each.name)),
                kind,
                each.kind,
                each.version_count,
                [tag.name for tag in asked.context.collection_tags.get(each.key, keys)],
                each.description or "",
                each.updated_at or each.created_at,
            )
        )
    return rows


def kind(asked: Asked, entity: str, project_name: str, name: str) -> Page:
    """The collections of a type."""
    project = asked.project(entity, project_name)
    found = project_type(project, asked.context, name)
    if found is None:
        raise RegistryNotFound(f"There is no type {name!r} in {entity}/{project_name}.")
    page = asked.page()
    collections = type_collections(found, asked.context, page.after, page.first)
    values = {
        "type": found,
        "rows": _collection_rows(asked, entity, project_name, collections),
        "pager": asked.pager(collections),
    }
    return Page("type.html", name, project_crumbs(entity, project_name), values)


def collection(asked: Asked, path: tuple[str, str], found: n.Collection) -> Page:
    """A collection and its versions, the newest first."""
    kind_name = asked.type_name(found)
    versions = list_versions(asked.context, found, asked.page(), None, None)
    values = {
        "collection": found,
        "type": kind_name,
        "tags": [tag.name for tag in asked.context.collection_tags.get(found.key)],
        "rows": _version_rows(asked, path, found, versions),
        "pager": asked.pager(versions),
        "commands": collection_commands(
            asked.request.base_url, kind_name, "/".join((*path, found.name))
        ),
    }
    crumbs = [*project_crumbs(*path), _type_link(*path, kind_name)]
    return Page("collection.html", found.name, crumbs, values)


def _version_rows(
    asked: Asked, path: tuple[str, str], home: n.Collection, found: Connection[n.Version]
) -> list[VersionRow]:
    kind_name = asked.type_name(home)
    rows: list[VersionRow] = []
    for edge in found.edges:
        each = edge.node
        keys = [other.key for other in each.batch]
        maker = created_by(each, asked.context)
        aliases = asked.context.version_aliases.get(each.key, keys)
        href = addresses.version_address(*path, kind_name, home.name, edge.version)
        rows.append(
            VersionRow(
                Link(edge.version, href),
                [alias.alias for alias in aliases if alias.collection_key == home.key],
                [tag.name for tag in asked.context.version_tags.get(each.key, keys)],
                each.created_at,
                asked.run_link(maker) if isinstance(maker, n.Run) else None,
                each.size,
                each.file_count,
            )
        )
    return rows


def runs(asked: Asked, entity: str, project_name: str) -> Page:
    """The runs of a project, the newest first."""
    project = asked.project(entity, project_name)
    page: PageArguments = asked.page()
    found = project_runs(project, asked.context, page.after, page.first, order="-created_at")
    rows = [(asked.run_link(edge.node), edge.node) for edge in found.edges]
    values = {"rows": rows, "pager": asked.pager(found)}
    return Page("runs.html", "Runs", project_crumbs(entity, project_name), values)
