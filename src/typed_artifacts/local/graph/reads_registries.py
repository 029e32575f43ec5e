"""Resolvers of the search in an organization's registries."""

from collections.abc import Sequence

import sqlalchemy as sa

from .. import names
from ..database import tables as t
from ..database.rows import Expression
from ..storage.blobs import base64_digest
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .filter_keys import all_of
from .inputs import Input, a_text
from .listings import collection_keys, list_collections, membership_keys, type_names
from .listings_projects import project_keys, searched_projects
from .paging import (
    Connection,
    Order,
    PageArguments,
    chosen_order,
    connect,
    fetch_page,
    whole,
)

_NAMES_AT_ONCE = 500


@field("Entity.artifactCollections")
def entity_collections(
    entity: n.Entity,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
    project_filters: str | None = None,
    collection_types: Sequence[str] | None = None,
) -> Connection[n.Collection]:
    projects = context.condition(project_filters, project_keys())
    scope = all_of(searched_projects(entity), projects)
    return list_collections(context, scope, page, filters, order, collection_types)


@field("Entity.artifactMemberships")
def entity_memberships(
    entity: n.Entity,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
    project_filters: str | None = None,
    collection_filters: str | None = None,
) -> Connection[n.Membership]:
    """Versions in the collections of an entity, by default the newest membership first."""
    m, v = t.memberships.c, t.versions.c
    keys: dict[str, Expression] = {
        "id": m.id,
        "artifact_created_at": v.created_at,
        "created_at": v.created_at,
        "artifact_size": v.size,
        "acm_created_at": m.created_at,
        "linked_at": m.created_at,
        "updated_at": v.updated_at,
        "version_index": m.version_index,
    }
    chosen = chosen_order(order, keys, m.id, Order("id", (m.id,), descending=True))
    condition = all_of(
        searched_projects(entity),
        context.readable_project(),
        context.condition(project_filters, project_keys()),
        context.condition(collection_filters, collection_keys()),
        context.condition(filters, membership_keys(context.json)),
    )
    source = t.memberships.join(t.versions, v.id == m.version_id)
    source = source.join(t.collections, t.collections.c.id == m.collection_id)
    source = source.join(type_names, type_names.c.id == t.collections.c.type_id)
    source = source.join(t.projects, t.projects.c.id == t.collections.c.project_id)
    statement = sa.select(*load.MEMBERSHIP).select_from(source).where(condition)
    rows = fetch_page(context, statement, chosen, page)
    found = connect(rows, n.Membership)
    load.batched([edge.node for edge in found.edges])
    return found


@field("Artifact.filesByManifestEntries")
def files_by_entries(
    version: n.Version,
    context: Context,
    manifest_version: str,
    storage_layout: str,
    entries: Sequence[Input] | None = None,
    storage_region: str | None = None,
) -> Connection[n.File]:
    """The stored files that manifest entries name, in the order asked; unknown ones left out."""
    names.storage_region(storage_region, context.regions)
    listed = [(a_text(entry, "name"), a_text(entry, "digest")) for entry in entries or ()]
    e = t.entries.c
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for start in range(0, len(listed), _NAMES_AT_ONCE):
        paths = [name for name, _ in listed[start : start + _NAMES_AT_ONCE]]
        statement = sa.select(e.path, e.digest, e.size, e.blob).where(
            e.manifest_id == version.manifest_key, e.path.in_(paths), e.blob.is_not(None)
        )
        for path, digest, size, blob in context.rows(statement):
            found[path, digest] = size, blob
    files: list[n.File] = []
    for name, digest in listed:
        if (name, digest) in found:
            size, blob = found[name, digest]
            files.append(n.File(name, digest, base64_digest(blob), size, version, blob))
    return whole(files)
