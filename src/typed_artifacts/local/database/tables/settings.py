"""Settings that all processes of a registry share."""

from sqlalchemy import Column, Table

from .columns import Text, metadata, text_column

# Values that all processes of a registry share, if it has no folder.
settings: Table = Table(
    "settings", metadata, Column("name", Text, primary_key=True), text_column("value")
)
