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
from .commands import collection_commands, project_commands
from .page_request import PageRequest
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


def home(page_request: PageRequest) -> Page:
    """The projects of the viewer, and of the viewer's teams."""
    rights = page_request.context.rights
    scope = sa.true() if rights.everything else t.projects.c.entity_id.in_(rights.entities)
    return _projects(page_request, scope, "Projects", [])


def entity(page_request: PageRequest, name: str) -> Page:
    """The projects of a user or team, as far as they are shown."""
    scope = t.projects.c.entity_id == page_request.entity(name).key
    return _projects(page_request, scope, name, [HOME])


def _projects(
    page_request: PageRequest, scope: sa.ColumnElement[bool], title: str, crumbs: list[Link]
) -> Page:
    found = list_projects(page_request.context, scope, page_request.page(), None, None)
    keys = [edge.node.entity_key for edge in found.edges]
    rows: list[tuple[Link, n.Project]] = []
    for edge in found.edges:
        owner = page_request.context.entity.get(edge.node.entity_key, keys)
        path = (owner.name if owner else "", edge.node.name)
        rows.append((Link("/".join(path), addresses.address(*path)), edge.node))
    values = {
        "rows": rows,
        "pager": page_request.pager(found),
        "base_url": page_request.request.base_url,
    }
    return Page("projects.html", title, crumbs, values)


def project_crumbs(entity: str, project: str) -> list[Link]:
    """The way to what is in a project."""
    return [
        HOME,
        Link(entity, addresses.address(entity)),
        Link(project, addresses.address(entity, project)),
    ]


def project(page_request: PageRequest, entity: str, name: str) -> Page:
    """What is in a project: its types, its newest collections and runs."""
    found = page_request.project(entity, name)
    scope = t.collections.c.project_id == found.key
    collections = list_collections(
        page_request.context, scope, page_request.page(), None, None, None
    )
    kinds = project_types(found, page_request.context, PageArguments(_MOST_TYPES))
    runs = project_runs(found, page_request.context, PageArguments(_FEW), order="-created_at")
    values = {
        "project": found,
        "path": f"{entity}/{name}",
        "kinds": [_type_link(entity, name, edge.node.name) for edge in kinds.edges],
        "rows": _collection_rows(page_request, entity, name, collections),
        "pager": page_request.pager(collections),
        "runs": [(page_request.run_link(edge.node), edge.node) for edge in runs.edges],
        "run_count": runs.total_count,
        "runs_address": addresses.address(entity, name, "runs"),
        "commands": project_commands(page_request.request.base_url, f"{entity}/{name}"),
    }
    return Page("project.html", name, project_crumbs(entity, name)[:-1], values)


def _type_link(entity: str, project: str, kind: str) -> Link:
    return Link(kind, addresses.address(entity, project, "artifacts", kind))


def _collection_rows(
    page_request: PageRequest, entity: str, project: str, found: Connection[n.Collection]
) -> list[CollectionRow]:
    rows: list[CollectionRow] = []
    for edge in found.edges:
        each = edge.node
        keys = [other.key for other in each.batch]
        kind = page_request.type_name(each)
        rows.append(
            CollectionRow(
                Link(each.name, addresses.collection_address(entity, project, kind, each.name)),
                kind,
                each.kind,
                each.version_count,
                [tag.name for tag in page_request.context.collection_tags.get(each.key, keys)],
                each.description or "",
                each.updated_at or each.created_at,
            )
        )
    return rows


def kind(page_request: PageRequest, entity: str, project_name: str, name: str) -> Page:
    """The collections of a type."""
    project = page_request.project(entity, project_name)
    found = project_type(project, page_request.context, name)
    if found is None:
        raise RegistryNotFound(f"There is no type {name!r} in {entity}/{project_name}.")
    collections = type_collections(found, page_request.context, page_request.page())
    values = {
        "type": found,
        "rows": _collection_rows(page_request, entity, project_name, collections),
        "pager": page_request.pager(collections),
    }
    return Page("type.html", name, project_crumbs(entity, project_name), values)


def collection(page_request: PageRequest, path: tuple[str, str], found: n.Collection) -> Page:
    """A collection and its versions, the newest first."""
    kind_name = page_request.type_name(found)
    versions = list_versions(page_request.context, found, page_request.page(), None, None)
    values = {
        "collection": found,
        "type": kind_name,
        "tags": [tag.name for tag in page_request.context.collection_tags.get(found.key)],
        "rows": _version_rows(page_request, path, found, versions),
        "pager": page_request.pager(versions),
        "commands": collection_commands(
            page_request.request.base_url, kind_name, "/".join((*path, found.name))
        ),
    }
    crumbs = [*project_crumbs(*path), _type_link(*path, kind_name)]
    return Page("collection.html", found.name, crumbs, values)


def _version_rows(
    page_request: PageRequest,
    path: tuple[str, str],
    collection: n.Collection,
    found: Connection[n.Version],
) -> list[VersionRow]:
    kind_name = page_request.type_name(collection)
    rows: list[VersionRow] = []
    for edge in found.edges:
        each = edge.node
        keys = [other.key for other in each.batch]
        maker = created_by(each, page_request.context)
        aliases = page_request.context.version_aliases.get(each.key, keys)
        href = addresses.version_address(*path, kind_name, collection.name, edge.version)
        rows.append(
            VersionRow(
                Link(edge.version, href),
                [alias.alias for alias in aliases if alias.collection_key == collection.key],
                [tag.name for tag in page_request.context.version_tags.get(each.key, keys)],
                each.created_at,
                page_request.run_link(maker) if isinstance(maker, n.Run) else None,
                each.size,
                each.file_count,
            )
        )
    return rows


def runs(page_request: PageRequest, entity: str, project_name: str) -> Page:
    """The runs of a project, the newest first."""
    project = page_request.project(entity, project_name)
    found = project_runs(project, page_request.context, page_request.page(), order="-created_at")
    rows = [(page_request.run_link(edge.node), edge.node) for edge in found.edges]
    values = {"rows": rows, "pager": page_request.pager(found)}
    return Page("runs.html", "Runs", project_crumbs(entity, project_name), values)
