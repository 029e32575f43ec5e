"""Settings that all processes of a registry share."""

from sqlalchemy import Column, Table

from .columns import Text, metadata, text_column

# What all processes of a registry have to know alike, and is not in a folder.
settings: Table = Table(
    "settings", metadata, Column("name", Text, primary_key=True), text_column("value")
)
