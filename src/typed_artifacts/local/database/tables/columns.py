"""The metadata of all tables, and columns that many of them have."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey

metadata: sa.MetaData = sa.MetaData()
# Numbers of 64 bits and texts in the order of their bytes: what SQLite has anyway.
Integer: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text: sa.types.TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def id_column() -> Column[int]:
    """The number of a row."""
    return Column("id", Integer, primary_key=True)


def reference(name: str, target: str, *, optional: bool = False) -> Column[int]:
    """The number of a row of another table; this one goes with it."""
    return Column(name, Integer, ForeignKey(target, ondelete="CASCADE"), nullable=optional)


def text_column(name: str, default: str = "") -> Column[str]:
    """A text that is never NULL."""
    return Column(name, Text, nullable=False, default=default)
