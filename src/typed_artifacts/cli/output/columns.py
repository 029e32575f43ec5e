"""The columns of each kind of object, in tables and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typed_artifacts.cli.output.tables import Column

if TYPE_CHECKING:
    from typed_artifacts import Artifact, ArtifactCollection, ArtifactType, File, Registry

TYPES: list[Column[ArtifactType]] = [
    Column("name", lambda kind: kind.name, whole=True),
    Column("id", lambda kind: kind.id, table=False),
]

COLLECTIONS: list[Column[ArtifactCollection]] = [
    Column("name", lambda collection: collection.name, whole=True),
    Column("type", lambda collection: collection.type, rank=1),
    Column("created_at", lambda collection: collection.created_at, whole=True, rank=2),
    Column("updated_at", lambda collection: collection.updated_at, whole=True, table=False),
    Column("tags", lambda collection: collection.tags, rank=3),
    Column("description", lambda collection: collection.description, rank=4),
    Column("id", lambda collection: collection.id, table=False),
]

VERSIONS: list[Column[Artifact]] = [
    Column("name", lambda artifact: artifact.name, whole=True),
    Column("version", lambda artifact: artifact.version, table=False),
    Column("aliases", lambda artifact: artifact.aliases, rank=1),
    Column("tags", lambda artifact: artifact.tags, rank=3),
    Column("state", lambda artifact: artifact.state, table=False),
    Column("created_at", lambda artifact: artifact.created_at, whole=True, rank=2),
    Column("file_count", lambda artifact: artifact.file_count, rank=5),
    Column("size", lambda artifact: artifact.size, is_bytes=True, rank=4),
    Column("digest", lambda artifact: artifact.digest, table=False),
    Column("description", lambda artifact: artifact.description, rank=6),
    Column("id", lambda artifact: artifact.id, table=False),
    Column("metadata", lambda artifact: artifact.metadata, table=False),
]

FILES: list[Column[File]] = [
    Column("name", lambda file: file.name, whole=True),
    Column("size", lambda file: file.size, is_bytes=True, rank=1),
    Column("mimetype", lambda file: file.mimetype, rank=3),
    Column("digest", lambda file: file.digest, whole=True, rank=2),
    Column("updated_at", lambda file: file.updated_at, table=False),
]

REGISTRIES: list[Column[Registry]] = [
    Column("name", lambda registry: registry.name, whole=True),
    Column("visibility", lambda registry: registry.visibility, rank=2),
    Column("artifact_types", lambda registry: registry.artifact_types, rank=3),
    Column("allow_all_artifact_types", lambda it: it.allow_all_artifact_types, table=False),
    Column("created_at", lambda registry: registry.created_at, whole=True, rank=1),
    Column("updated_at", lambda registry: registry.updated_at, whole=True, table=False),
    Column("description", lambda registry: registry.description, rank=4),
    Column("path", lambda registry: registry.path, table=False),
    Column("id", lambda registry: registry.id, table=False),
]

#: A single version, the most important values first.
ARTIFACT: list[Column[Artifact]] = [
    Column("qualified_name", lambda artifact: artifact.qualified_name),
    Column("type", lambda artifact: artifact.type),
    Column("aliases", lambda artifact: artifact.aliases),
    Column("tags", lambda artifact: artifact.tags),
    Column("description", lambda artifact: artifact.description),
    Column("state", lambda artifact: artifact.state),
    Column("size", lambda artifact: artifact.size, is_bytes=True),
    Column("file_count", lambda artifact: artifact.file_count),
    Column("digest", lambda artifact: artifact.digest),
    Column("created_at", lambda artifact: artifact.created_at),
    Column("updated_at", lambda artifact: artifact.updated_at),
    Column("is_link", lambda artifact: artifact.is_link),
    Column("id", lambda artifact: artifact.id),
]
