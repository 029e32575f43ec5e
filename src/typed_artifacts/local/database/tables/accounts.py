"""Who there is: organizations, entities, users, teams and their keys."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from .columns import Integer, Text, id_column, metadata, reference, text_column

organizations: Table = Table(
    "organizations", metadata, id_column(), Column("name", Text, nullable=False, unique=True)
)

entities: Table = Table(
    "entities",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    text_column("kind", "user"),  # user | team | organization
    reference("organization_id", "organizations.id", optional=True),
    text_column("created_at"),
)

users: Table = Table(
    "users",
    metadata,
    id_column(),
    Column("username", Text, nullable=False, unique=True),
    text_column("name"),
    text_column("email"),
    reference("entity_id", "entities.id"),
    # The default entity of the user; NULL: the user's own.
    Column("default_entity_id", Integer, ForeignKey("entities.id", ondelete="SET NULL")),
    text_column("created_at"),
)

# Of teams, and of the entities of organizations.
team_members: Table = Table(
    "team_members",
    metadata,
    reference("entity_id", "entities.id"),
    reference("user_id", "users.id"),
    text_column("role", "member"),
    sa.PrimaryKeyConstraint("entity_id", "user_id"),
)

api_keys: Table = Table(
    "api_keys",
    metadata,
    id_column(),
    Column("digest", Text, nullable=False, unique=True),
    text_column("name"),
    reference("user_id", "users.id"),
    text_column("created_at"),
)

# Access tokens that were issued in exchange for identity tokens.
access_tokens: Table = Table(
    "access_tokens",
    metadata,
    Column("digest", Text, primary_key=True),
    reference("user_id", "users.id"),
    text_column("expires_at"),
    Index("access_tokens_by_end", "expires_at"),
)
