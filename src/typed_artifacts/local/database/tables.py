"""The tables of the registry. Times are text (see ids.timestamp), JSON is text.

A change here needs a migration, see CONTRIBUTING.md.
"""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from .sqlite import KEYED_TABLE_HINTS, TABLE_HINTS

metadata: sa.MetaData = sa.MetaData()
# Numbers of 64 bits and texts in the order of their bytes: what SQLite has anyway.
Integer: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text: sa.types.TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _ref(name: str, target: str, *, optional: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey(target, ondelete="CASCADE"), nullable=optional)


def _text(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, default=default)


organizations: Table = Table(
    "organizations", metadata, _id(), Column("name", Text, nullable=False, unique=True)
)

entities: Table = Table(
    "entities",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    _text("kind", "user"),  # user | team | organization
    _ref("organization_id", "organizations.id", optional=True),
    _text("created_at"),
)

users: Table = Table(
    "users",
    metadata,
    _id(),
    Column("username", Text, nullable=False, unique=True),
    _text("name"),
    _text("email"),
    _ref("entity_id", "entities.id"),
    # Where things go that name no entity; NULL: the user's own.
    Column("default_entity_id", Integer, ForeignKey("entities.id", ondelete="SET NULL")),
    _text("created_at"),
)

# Of teams, and of the entities of organisations.
team_members: Table = Table(
    "team_members",
    metadata,
    _ref("entity_id", "entities.id"),
    _ref("user_id", "users.id"),
    _text("role", "member"),
    sa.PrimaryKeyConstraint("entity_id", "user_id"),
)

api_keys: Table = Table(
    "api_keys",
    metadata,
    _id(),
    Column("digest", Text, nullable=False, unique=True),
    _text("name"),
    _ref("user_id", "users.id"),
    _text("created_at"),
)

projects: Table = Table(
    "projects",
    metadata,
    _id(),
    _ref("entity_id", "entities.id"),
    _text("name"),
    Column("description", Text),
    _text("access", "USER_READ"),
    Column("any_type", sa.Boolean, nullable=False, default=True),
    Column("views", Text),
    _text("created_at"),
    _text("updated_at"),
    UniqueConstraint("entity_id", "name"),
)

project_members: Table = Table(
    "project_members",
    metadata,
    _ref("project_id", "projects.id"),
    _ref("user_id", "users.id"),
    _text("role", "member"),
    sa.PrimaryKeyConstraint("project_id", "user_id"),
)

project_teams: Table = Table(
    "project_teams",
    metadata,
    _ref("project_id", "projects.id"),
    _ref("entity_id", "entities.id"),
    _text("role", "member"),
    sa.PrimaryKeyConstraint("project_id", "entity_id"),
)

types: Table = Table(
    "types",
    metadata,
    _id(),
    _ref("project_id", "projects.id"),
    _text("name"),
    Column("description", Text),
    _text("created_at"),
    UniqueConstraint("project_id", "name"),
)

collections: Table = Table(
    "collections",
    metadata,
    _id(),
    _ref("project_id", "projects.id"),
    _ref("type_id", "types.id"),
    _text("kind", "SEQUENCE"),  # SEQUENCE | PORTFOLIO
    _text("name"),
    Column("description", Text),
    Column("client_id", Text, unique=True),
    # The index of the next version, never given twice; and how many versions there are now, so
    # that a total costs nothing.
    Column("next_index", Integer, nullable=False, default=0),
    Column("version_count", Integer, nullable=False, default=0),
    _text("created_at"),
    _text("updated_at"),
    UniqueConstraint("project_id", "name"),
    Index("collections_by_type", "type_id", "kind", "id"),
    **TABLE_HINTS,
)

blobs: Table = Table(
    "blobs",
    metadata,
    Column("md5", Text, primary_key=True),
    Column("xxh128", Text, nullable=False, index=True),
    Column("size", Integer, nullable=False),
)

manifests: Table = Table(
    "manifests",
    metadata,
    _id(),
    Column("blob", Text, nullable=False, unique=True),  # the manifest's own JSON, stored as a blob
    Column("size", Integer, nullable=False),
    Column("file_count", Integer, nullable=False),
    Column("stored_count", Integer, nullable=False),  # without references
)

entries: Table = Table(
    "entries",
    metadata,
    _ref("manifest_id", "manifests.id"),
    _text("path"),
    _text("digest"),
    Column("size", Integer, nullable=False),
    Column("blob", Text),  # NULL: a reference
    sa.PrimaryKeyConstraint("manifest_id", "path"),
    Index("entries_by_blob", "blob"),
    **KEYED_TABLE_HINTS,
)

runs: Table = Table(
    "runs",
    metadata,
    _id(),
    _ref("project_id", "projects.id"),
    _text("name"),
    Column("display_name", Text),
    Column("notes", Text),
    _text("state", "running"),
    Column("job_type", Text),
    Column("group_name", Text),
    Column("commit_hash", Text),
    _text("config", "{}"),
    _text("summary", "{}"),
    _text("tags", "[]"),
    _ref("user_id", "users.id", optional=True),
    _text("created_at"),
    _text("updated_at"),
    UniqueConstraint("project_id", "name"),
    **TABLE_HINTS,
)

versions: Table = Table(
    "versions",
    metadata,
    _id(),
    _ref("sequence_id", "collections.id"),
    Column("version_index", Integer),  # NULL until committed
    _text("state", "PENDING"),
    _text("digest"),
    _text("digest_algorithm", "MANIFEST_MD5"),
    Column("description", Text),
    Column("metadata", Text),
    Column("ttl", Integer),  # seconds; NULL: inherited, -2: none
    Column("size", Integer, nullable=False, default=0),
    Column("file_count", Integer, nullable=False, default=0),
    Column("history_step", Integer),
    Column("commit_hash", Text),
    Column("client_id", Text, unique=True),
    Column("distributed_id", Text, unique=True),
    _ref("manifest_id", "manifests.id", optional=True),
    Column("run_id", Integer, ForeignKey("runs.id", ondelete="SET NULL")),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="SET NULL")),
    # What commit will do: the aliases asked for while the version was being made, and whether the
    # same content, committed by another meanwhile, takes its place.
    _text("wanted_aliases", "[]"),
    Column("deduplicate", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    # The version that took its place: its state is DELETED then.
    Column("same_as", Integer),
    _text("created_at"),
    _text("updated_at"),
    Index("versions_by_digest", "sequence_id", "digest"),
    Index("versions_by_run", "run_id"),
    Index("versions_by_manifest", "manifest_id"),
    **TABLE_HINTS,
)

# Manifests announced for a version that is being made; `blob` comes with the upload.
drafts: Table = Table(
    "drafts",
    metadata,
    _id(),
    _ref("version_id", "versions.id"),
    _text("kind", "FULL"),  # FULL | INCREMENTAL | PATCH
    _text("name"),
    _text("digest"),
    Column("base_id", Integer),
    Column("blob", Text),
    Index("drafts_by_version", "version_id"),
    **TABLE_HINTS,
)

# Blobs that a PENDING version counts on: uploaded for it, or announced and there already.
pending_blobs: Table = Table(
    "pending_blobs",
    metadata,
    _ref("version_id", "versions.id"),
    _text("blob"),
    sa.PrimaryKeyConstraint("blob", "version_id"),
    Index("pending_blobs_by_version", "version_id"),
    **KEYED_TABLE_HINTS,
)

memberships: Table = Table(
    "memberships",
    metadata,
    _id(),
    _ref("collection_id", "collections.id"),
    _ref("version_id", "versions.id"),
    Column("version_index", Integer, nullable=False),
    _text("created_at"),
    UniqueConstraint("collection_id", "version_index"),
    UniqueConstraint("collection_id", "version_id"),
    Index("memberships_by_version", "version_id"),
    Index("memberships_by_time", "collection_id", "created_at", "id"),
    **TABLE_HINTS,
)

aliases: Table = Table(
    "aliases",
    metadata,
    _id(),
    _ref("collection_id", "collections.id"),
    _ref("membership_id", "memberships.id"),
    _text("alias"),
    UniqueConstraint("collection_id", "alias"),
    Index("aliases_by_membership", "membership_id"),
    **TABLE_HINTS,
)

tags: Table = Table(
    "tags",
    metadata,
    _id(),
    _text("name"),
    _text("category"),
    UniqueConstraint("name", "category"),
)

version_tags: Table = Table(
    "version_tags",
    metadata,
    _ref("version_id", "versions.id"),
    _ref("tag_id", "tags.id"),
    sa.PrimaryKeyConstraint("version_id", "tag_id"),
    Index("version_tags_by_tag", "tag_id"),
    **KEYED_TABLE_HINTS,
)

collection_tags: Table = Table(
    "collection_tags",
    metadata,
    _ref("collection_id", "collections.id"),
    _ref("tag_id", "tags.id"),
    sa.PrimaryKeyConstraint("collection_id", "tag_id"),
    Index("collection_tags_by_tag", "tag_id"),
    **KEYED_TABLE_HINTS,
)

run_inputs: Table = Table(
    "run_inputs",
    metadata,
    _id(),
    _ref("run_id", "runs.id"),
    _ref("version_id", "versions.id"),
    _text("used_as", "[]"),
    UniqueConstraint("run_id", "version_id"),
    Index("run_inputs_by_version", "version_id"),
    **TABLE_HINTS,
)

run_outputs: Table = Table(
    "run_outputs",
    metadata,
    _id(),
    _ref("run_id", "runs.id"),
    _ref("version_id", "versions.id"),
    UniqueConstraint("run_id", "version_id"),
    Index("run_outputs_by_version", "version_id"),
    **TABLE_HINTS,
)

# What all processes of a registry have to know alike, and is not in a folder.
settings: Table = Table(
    "settings", metadata, Column("name", Text, primary_key=True), _text("value")
)

# What whoever signed in by a token of an issuer has got for it.
access_tokens: Table = Table(
    "access_tokens",
    metadata,
    Column("digest", Text, primary_key=True),
    _ref("user_id", "users.id"),
    _text("expires_at"),
    Index("access_tokens_by_end", "expires_at"),
)
