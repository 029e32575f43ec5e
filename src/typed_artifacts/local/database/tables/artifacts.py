"""Collections, versions, and what connects them: memberships, aliases, tags, runs."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from ..sqlite import KEYED_TABLE_HINTS, TABLE_HINTS
from .columns import Integer, Text, id_column, metadata, reference, text_column

collections: Table = Table(
    "collections",
    metadata,
    id_column(),
    reference("project_id", "projects.id"),
    reference("type_id", "types.id"),
    text_column("kind", "SEQUENCE"),  # SEQUENCE | PORTFOLIO
    text_column("name"),
    Column("description", Text),
    Column("client_id", Text, unique=True),
    # The index of the next version, never given twice; and how many versions there are now, so
    # that a total costs nothing.
    Column("next_index", Integer, nullable=False, default=0),
    Column("version_count", Integer, nullable=False, default=0),
    text_column("created_at"),
    text_column("updated_at"),
    UniqueConstraint("project_id", "name"),
    Index("collections_by_type", "type_id", "kind", "id"),
    **TABLE_HINTS,
)

versions: Table = Table(
    "versions",
    metadata,
    id_column(),
    reference("sequence_id", "collections.id"),
    Column("version_index", Integer),  # NULL until committed
    text_column("state", "PENDING"),
    text_column("digest"),
    text_column("digest_algorithm", "MANIFEST_MD5"),
    Column("description", Text),
    Column("metadata", Text),
    Column("ttl", Integer),  # seconds; NULL: inherited, -2: none
    Column("size", Integer, nullable=False, default=0),
    Column("file_count", Integer, nullable=False, default=0),
    Column("history_step", Integer),
    Column("commit_hash", Text),
    Column("client_id", Text, unique=True),
    Column("distributed_id", Text, unique=True),
    reference("manifest_id", "manifests.id", optional=True),
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="SET NULL")),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="SET NULL")),
    # What commit will do: the aliases asked for while the version was being made, and whether the
    # same content, committed by another meanwhile, takes its place.
    text_column("wanted_aliases", "[]"),
    Column("deduplicate", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    # The version that took its place: its state is DELETED then.
    Column("same_as", Integer),
    text_column("created_at"),
    text_column("updated_at"),
    Index("versions_by_digest", "sequence_id", "digest"),
    Index("versions_by_run", "run_id"),
    Index("versions_by_manifest", "manifest_id"),
    **TABLE_HINTS,
)

# Manifests announced for a version that is being made; `blob` comes with the upload.
drafts: Table = Table(
    "drafts",
    metadata,
    id_column(),
    reference("version_id", "versions.id"),
    text_column("kind", "FULL"),  # FULL | INCREMENTAL | PATCH
    text_column("name"),
    text_column("digest"),
    Column("base_id", Integer),
    Column("blob", Text),
    Index("drafts_by_version", "version_id"),
    **TABLE_HINTS,
)

# Blobs that a PENDING version counts on: uploaded for it, or announced and there already.
pending_blobs: Table = Table(
    "pending_blobs",
    metadata,
    reference("version_id", "versions.id"),
    text_column("blob"),
    sa.PrimaryKeyConstraint("blob", "version_id"),
    Index("pending_blobs_by_version", "version_id"),
    **KEYED_TABLE_HINTS,
)

memberships: Table = Table(
    "memberships",
    metadata,
    id_column(),
    reference("collection_id", "collections.id"),
    reference("version_id", "versions.id"),
    Column("version_index", Integer, nullable=False),
    text_column("created_at"),
    UniqueConstraint("collection_id", "version_index"),
    UniqueConstraint("collection_id", "version_id"),
    Index("memberships_by_version", "version_id"),
    Index("memberships_by_time", "collection_id", "created_at", "id"),
    **TABLE_HINTS,
)

aliases: Table = Table(
    "aliases",
    metadata,
    id_column(),
    reference("collection_id", "collections.id"),
    reference("membership_id", "memberships.id"),
    text_column("alias"),
    UniqueConstraint("collection_id", "alias"),
    Index("aliases_by_membership", "membership_id"),
    **TABLE_HINTS,
)

tags: Table = Table(
    "tags",
    metadata,
    id_column(),
    text_column("name"),
    text_column("category"),
    UniqueConstraint("name", "category"),
)

version_tags: Table = Table(
    "version_tags",
    metadata,
    reference("version_id", "versions.id"),
    reference("tag_id", "tags.id"),
    sa.PrimaryKeyConstraint("version_id", "tag_id"),
    Index("version_tags_by_tag", "tag_id"),
    **KEYED_TABLE_HINTS,
)

collection_tags: Table = Table(
    "collection_tags",
    metadata,
    reference("collection_id", "collections.id"),
    reference("tag_id", "tags.id"),
    sa.PrimaryKeyConstraint("collection_id", "tag_id"),
    Index("collection_tags_by_tag", "tag_id"),
    **KEYED_TABLE_HINTS,
)

run_inputs: Table = Table(
    "run_inputs",
    metadata,
    id_column(),
    reference("run_id", "runs.id"),
    reference("version_id", "versions.id"),
    text_column("used_as", "[]"),
    UniqueConstraint("run_id", "version_id"),
    Index("run_inputs_by_version", "version_id"),
    **TABLE_HINTS,
)

run_outputs: Table = Table(
    "run_outputs",
    metadata,
    id_column(),
    reference("run_id", "runs.id"),
    reference("version_id", "versions.id"),
    UniqueConstraint("run_id", "version_id"),
    Index("run_outputs_by_version", "version_id"),
    **TABLE_HINTS,
)
