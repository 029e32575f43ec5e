"""Resolvers of versions, memberships, manifests and files."""

import mimetypes
from collections.abc import Sequence

import sqlalchemy as sa

from ..database import tables as t
from ..database.expressions import is_one_of
from ..storage.blobs import base64_digest
from ..storage.manifests import read_manifest
from ..versions.commits import manifest_blobs
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .filter_keys import Clause, any_of
from .loaders import Location
from .paging import Connection, Edge, Order, PageArguments, connect, fetch_page

FOREVER = -2


@field("Artifact.aliases")
def version_aliases(
    version: n.Version, context: Context, artifact_collection_name: str | None = None
) -> list[n.Alias]:
    """From every collection that holds the version, unless one is named."""
    found = context.version_aliases.get(version.key, (each.key for each in version.batch))
    if version.number is not None:
        found = [*found, version.number]
    if artifact_collection_name is None:
        return found
    kept: list[n.Alias] = []
    for alias in found:
        collection = context.collection.get(alias.collection_key)
        if collection is not None and collection.name == artifact_collection_name:
            kept.append(alias)
    return kept


@field("Artifact.tags")
def version_tags(version: n.Version, context: Context) -> list[n.Tag]:
    return context.version_tags.get(version.key, (each.key for each in version.batch))


@field("Artifact.artifactSequence")
def sequence(version: n.Version, context: Context) -> n.Collection | None:
    keys = [each.sequence_key for each in version.batch]
    found = context.collection.get(version.sequence_key, keys)
    if found is not None:
        return found
    return context.hidden_collection.get(version.sequence_key, keys)


@field("Artifact.artifactType")
def version_type(version: n.Version, context: Context) -> n.Type | None:
    collection = sequence(version, context)
    return None if collection is None else context.type.get(collection.type_key)


@field("Artifact.artifactMemberships")
def version_memberships(version: n.Version, context: Context) -> Connection[n.Membership]:
    """Its own sequence first, then the links in the order they were made, as far as seen."""
    known = context.version_memberships
    if version.key not in known and len(version.batch) > 1:
        keys = [each.key for each in version.batch]
        locations, more = _memberships(context, keys)
        by_version: dict[int, list[Location]] = {key: [] for key in keys}
        for location in locations:
            by_version[location[1].version_key].append(location)
        # If there are too many for one page, they are read for each version separately.
        known.update(dict.fromkeys(keys) if more else by_version)
    found, more = known.get(version.key), False
    if found is None:
        found, more = _memberships(context, [version.key])
    visible = [each for each in found if context.is_readable(each[0])]
    edges = [Edge(node, _BY_MAKING.listing, location) for _, node, location in visible]
    return Connection(edges, more, lambda: len(edges))


_BY_MAKING = Order("id", (t.memberships.c.id,))


def _memberships(context: Context, versions: Sequence[int]) -> tuple[list[Location], bool]:
    """A thousand memberships of some versions, and whether there are more."""
    statement = (
        sa.select(t.collections.c.project_id, *load.MEMBERSHIP)
        .join(t.collections, t.collections.c.id == t.memberships.c.collection_id)
        .where(is_one_of(t.memberships.c.version_id, versions))
    )
    rows = fetch_page(context, statement, _BY_MAKING, PageArguments(1000))
    locations: list[Location] = [
        (project, n.Membership(*values), location) for (project, *values), location in rows.split()
    ]
    load.batched([node for _, node, _ in locations])
    return locations, rows.more


@field("Artifact.versionIndex")
def version_index(
    version: n.Version, context: Context, artifact_collection_name: str | None = None
) -> int | None:
    if artifact_collection_name is None:
        return version.version_index
    statement = (
        sa.select(t.memberships.c.version_index)
        .join(t.collections, t.collections.c.id == t.memberships.c.collection_id)
        .where(
            t.memberships.c.version_id == version.key,
            t.collections.c.name == artifact_collection_name,
            context.within_readable(t.collections.c.project_id),
        )
        .order_by(t.memberships.c.id)
    )
    return context.connection.scalar(statement.limit(1))


@field("Artifact.commitHash")
def commit_hash(
    version: n.Version, _context: Context, artifact_collection_name: str | None = None
) -> str | None:
    return version.commit_hash


@field("Artifact.labels")
def labels(_version: n.Version, _context: Context) -> None:
    """What metadata was called once: official clients before 0.14 send none, but read them."""


@field("Artifact.createdBy")
def created_by(version: n.Version, context: Context) -> n.Run | n.User | None:
    if version.run_key is not None:
        run = context.run.get(version.run_key, (v.run_key for v in version.batch if v.run_key))
        return run if run is not None and context.is_readable(run.project_key) else None
    if version.user_key is None:
        return None
    return context.user.get(version.user_key, (v.user_key for v in version.batch if v.user_key))


@field("Artifact.ttlDurationSeconds")
def ttl(version: n.Version, _context: Context) -> int:
    return FOREVER if version.ttl is None else version.ttl


@field("Artifact.ttlIsInherited")
def ttl_inherited(version: n.Version, _context: Context) -> bool:
    return version.ttl is None


@field("Artifact.currentManifest")
def current_manifest(version: n.Version, context: Context) -> n.Manifest | None:
    if version.manifest_key is None:
        return None
    m = t.manifests.c
    columns = (m.id, m.blob, m.size, m.file_count, m.stored_count)
    row = context.rows(sa.select(*columns).where(m.id == version.manifest_key))[0]
    key, blob, size, file_count, stored_count = row
    return n.Manifest(key, blob, size, file_count, stored_count, version)


@field("ArtifactManifest.file")
def manifest_file(manifest: n.Manifest, context: Context) -> n.File:
    if manifest.upload is not None:
        return manifest.upload
    size = sa.select(t.blobs.c.size).where(t.blobs.c.md5 == manifest.blob)
    digest = base64_digest(manifest.blob)
    return n.File(
        name="wandb_manifest.json",
        digest=digest,
        md5=digest,
        size_bytes=context.connection.scalar(size) or 0,
        version=manifest.version,
        blob=manifest.blob,
        is_manifest=True,
    )


@field("Artifact.files")
def version_files(
    version: n.Version,
    context: Context,
    page: PageArguments,
    names: Sequence[str] | None = None,
    content_type: Sequence[str] | None = None,
) -> Connection[n.File]:
    return list_files(context, version, page, names, content_type)


@field("ArtifactCollectionMembership.files")
def membership_files(
    membership: n.Membership,
    context: Context,
    page: PageArguments,
    names: Sequence[str] | None = None,
) -> Connection[n.File] | None:
    version = membership_version(membership, context)
    if version is None:
        return None
    return list_files(context, version, page, names)


def list_files(
    context: Context,
    version: n.Version,
    page: PageArguments,
    names: Sequence[str] | None,
    content_types: Sequence[str] | None = None,
) -> Connection[n.File]:
    """The files of a version by path, references among them: clients download what is listed."""
    e = t.entries.c
    condition = e.manifest_id == version.manifest_key
    if names is not None:
        condition = sa.and_(condition, is_one_of(e.path, names))
    if content_types is not None:
        condition = sa.and_(condition, _is_called_as(content_types))
    statement = sa.select(e.path, e.digest, e.size, e.blob).where(condition)
    rows = fetch_page(context, statement, Order("path", (e.path,)), page)

    def file_count() -> int:
        m = t.manifests.c
        found = sa.select(m.file_count).where(m.id == version.manifest_key)
        return context.connection.scalar(found) or 0

    references: dict[str, str] = {}

    def file(path: str, digest: str, size: int, blob: str | None) -> n.File:
        if blob is not None:
            return n.File(path, digest, base64_digest(blob), size, version, blob)
        if not references:
            references.update(_references(context, version))
        return n.File(path, digest, None, size, version, reference=references.get(path, ""))

    every = names is None and content_types is None
    return connect(rows, file, file_count if every else None)


def _is_called_as(content_types: Sequence[str]) -> Clause:
    """Whether a path ends as files of these types do, packed or not: `File.mimetype`, in SQL."""
    endings = {each for kind in content_types for each in mimetypes.guess_all_extensions(kind)}
    endings |= {ending + packed for ending in endings for packed in mimetypes.encodings_map}
    endings |= {short for short, whole in mimetypes.suffix_map.items() if whole in endings}
    path = sa.func.lower(t.entries.c.path)
    return any_of(*(path.endswith(each.lower(), autoescape=True) for each in sorted(endings)))


def _references(context: Context, version: n.Version) -> dict[str, str]:
    """Where the references of a version point: only its manifest knows."""
    listed = [
        entry
        for blob in manifest_blobs(context.connection, version.key)
        for entry in read_manifest(context.store.blobs.whole(blob))
    ]
    return {entry.path: entry.ref for entry in listed if entry.ref is not None}


@field("File.displayName")
def display_name(file: n.File, _context: Context) -> str:
    return file.name


@field("File.artifact")
def file_version(file: n.File, _context: Context) -> n.Version:
    return file.version


@field("ArtifactCollectionMembership.aliases")
def membership_aliases(membership: n.Membership, context: Context) -> list[n.Alias]:
    return context.membership_aliases.get(membership.key, (each.key for each in membership.batch))


@field("ArtifactCollectionMembership.artifact")
def membership_version(membership: n.Membership, context: Context) -> n.Version | None:
    return context.version.get(
        membership.version_key, (each.version_key for each in membership.batch)
    )


@field("ArtifactCollectionMembership.artifactCollection")
def membership_collection(membership: n.Membership, context: Context) -> n.Collection | None:
    return context.collection.get(
        membership.collection_key, (each.collection_key for each in membership.batch)
    )
