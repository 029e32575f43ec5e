"""Projects with who may see them, their types and runs."""

import sqlalchemy as sa
from sqlalchemy import Column, Table, UniqueConstraint

from ..sqlite import TABLE_HINTS
from .columns import Text, id_column, metadata, reference, text_column

projects: Table = Table(
    "projects",
    metadata,
    id_column(),
    reference("entity_id", "entities.id"),
    text_column("name"),
    Column("description", Text),
    text_column("access", "USER_READ"),
    Column("any_type", sa.Boolean, nullable=False, default=True),
    Column("views", Text),
    text_column("created_at"),
    text_column("updated_at"),
    UniqueConstraint("entity_id", "name"),
)

project_members: Table = Table(
    "project_members",
    metadata,
    reference("project_id", "projects.id"),
    reference("user_id", "users.id"),
    text_column("role", "member"),
    sa.PrimaryKeyConstraint("project_id", "user_id"),
)

project_teams: Table = Table(
    "project_teams",
    metadata,
    reference("project_id", "projects.id"),
    reference("entity_id", "entities.id"),
    text_column("role", "member"),
    sa.PrimaryKeyConstraint("project_id", "entity_id"),
)

types: Table = Table(
    "types",
    metadata,
    id_column(),
    reference("project_id", "projects.id"),
    text_column("name"),
    Column("description", Text),
    text_column("created_at"),
    UniqueConstraint("project_id", "name"),
)

runs: Table = Table(
    "runs",
    metadata,
    id_column(),
    reference("project_id", "projects.id"),
    text_column("name"),
    Column("display_name", Text),
    Column("notes", Text),
    text_column("state", "running"),
    Column("job_type", Text),
    Column("group_name", Text),
    Column("commit_hash", Text),
    text_column("config", "{}"),
    text_column("summary", "{}"),
    text_column("tags", "[]"),
    reference("user_id", "users.id", optional=True),
    text_column("created_at"),
    text_column("updated_at"),
    UniqueConstraint("project_id", "name"),
    **TABLE_HINTS,
)
