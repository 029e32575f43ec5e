"""Stored contents and the manifests that name them."""

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table

from ..sqlite import KEYED_TABLE_HINTS
from .columns import Integer, Text, id_column, metadata, reference, text_column

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
    id_column(),
    Column("blob", Text, nullable=False, unique=True),  # the manifest's own JSON, stored as a blob
    Column("size", Integer, nullable=False),
    Column("file_count", Integer, nullable=False),
    Column("stored_count", Integer, nullable=False),  # without references
)

entries: Table = Table(
    "entries",
    metadata,
    reference("manifest_id", "manifests.id"),
    text_column("path"),
    text_column("digest"),
    Column("size", Integer, nullable=False),
    Column("blob", Text),  # NULL: a reference
    sa.PrimaryKeyConstraint("manifest_id", "path"),
    Index("entries_by_blob", "blob"),
    **KEYED_TABLE_HINTS,
)
