"""Resolvers of collections, aliases and tags."""

import sqlalchemy as sa

from ..database import tables as t
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .finding import find_member
from .listings import list_versions
from .paging import (
    Connection,
    Edge,
    Order,
    PageArguments,
    connect,
    counted,
    fetch_page,
    read_position,
    whole,
)


@field("ArtifactSequence.project", "ArtifactPortfolio.project")
def collection_project(collection: n.Collection, context: Context) -> n.Project | None:
    """None where a link leads out of what the viewer may see: the project it comes from."""
    keys = [each.project_key for each in collection.batch]
    if not context.is_readable(collection.project_key, keys):
        return None
    return context.project.get(collection.project_key, keys)


@field("ArtifactSequence.defaultArtifactType", "ArtifactPortfolio.defaultArtifactType")
def collection_type(collection: n.Collection, context: Context) -> n.Type | None:
    return context.type.get(collection.type_key, (each.type_key for each in collection.batch))


@field("ArtifactSequence.tags", "ArtifactPortfolio.tags")
def collection_tags(
    collection: n.Collection,
    context: Context,
    page: PageArguments,
    tag_category_name: str | None = None,
) -> Connection[n.Tag]:
    """By name; all at once, for a collection has few."""
    if collection.hidden:
        return Connection([])
    tags = context.collection_tags.get(collection.key, (each.key for each in collection.batch))
    if tag_category_name is not None:
        tags = [tag for tag in tags if tag.category == tag_category_name]
    connection = whole(tags)
    start = read_position(page.after) + 1 if page.after else 0
    end = start + page.size() if page.first is not None else len(tags)
    return Connection(connection.edges[start:end], len(tags) > end, connection.count)


@field("ArtifactSequence.aliases", "ArtifactPortfolio.aliases")
def collection_aliases(
    collection: n.Collection,
    context: Context,
    page: PageArguments,
) -> Connection[n.Alias]:
    """In the order in which the aliases were made."""
    if collection.hidden:
        return Connection([])
    statement = sa.select(*load.ALIAS).where(t.aliases.c.collection_id == collection.key)
    order = Order("id", (t.aliases.c.id,))
    if not page.after:  # a first page: that of every collection that was read with this one
        loader = context.collection_aliases(page.size() + 1)
        found = loader.get(collection.key, (each.key for each in collection.batch))
        edges = [Edge(alias, order.listing, (alias.key,)) for alias in found[: page.size()]]
        more = len(found) > page.size()
        return Connection(edges, more, lambda: counted(context.connection, statement))
    rows = fetch_page(context, statement, order, page)
    return connect(rows, n.Alias)


@field("ArtifactSequence.artifacts", "ArtifactPortfolio.artifacts")
def collection_versions(
    collection: n.Collection,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
) -> Connection[n.Version]:
    return list_versions(context, collection, page, filters, order)


@field("ArtifactSequence.artifactMembership", "ArtifactPortfolio.artifactMembership")
def collection_member(
    collection: n.Collection, context: Context, alias_name: str
) -> n.Membership | None:
    return None if collection.hidden else find_member(context, collection.key, alias_name)


@field("ArtifactSequence.latestArtifact")
def latest_artifact(collection: n.Collection, context: Context) -> n.Version | None:
    member = collection_member(collection, context, "latest")
    return None if member is None else context.version.get(member.version_key)


@field("ArtifactSequence.digestAlgorithm")
def sequence_algorithm(collection: n.Collection, context: Context) -> str | None:
    """How its newest version was hashed: the official client goes on in the same way."""
    latest = latest_artifact(collection, context)
    return None if latest is None else latest.digest_algorithm


@field("ArtifactAlias.artifactCollection")
def alias_collection(alias: n.Alias, context: Context) -> n.Collection | None:
    return context.collection.get(
        alias.collection_key, (each.collection_key for each in alias.batch)
    )


@field("ArtifactAlias.artifactCollectionName")
def alias_collection_name(alias: n.Alias, context: Context) -> str | None:
    """Asked for by official clients before 0.14."""
    collection = alias_collection(alias, context)
    return None if collection is None else collection.name


@field("Tag.tagCategoryName")
def tag_category_name(tag: n.Tag, _context: Context) -> str:
    return tag.category
