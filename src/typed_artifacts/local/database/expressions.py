"""SQL expressions that SQLite and PostgreSQL write differently."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.functions import FunctionElement

from .postgresql_patterns import PatternText
from .rows import Expression

# The maximum number of values in a statement itself; more are passed in one parameter.
_MOST_INLINE = 100


class IsOneOf(FunctionElement[bool]):
    """Whether a column is one of the values in a parameter."""

    inherit_cache: bool | None = True
    type: sa.types.TypeEngine[Any] = sa.Boolean()


class PositionOf(FunctionElement[int]):
    """Where a text begins in a column, minding case, counted from 1; 0: nowhere."""

    inherit_cache: bool | None = True
    type: sa.types.TypeEngine[Any] = sa.Integer()


class HasPattern(FunctionElement[bool]):
    """Whether a column has a regular expression in it."""

    inherit_cache: bool | None = True
    type: sa.types.TypeEngine[Any] = sa.Boolean()


class PlainJson(FunctionElement[str | None]):
    """A column of JSON as any reader takes it: Python, and the official client, write NaN as well.

    NaN is null, and an infinity the number that is nearest to it.
    """

    inherit_cache: bool | None = True
    type: sa.types.TypeEngine[Any] = sa.Text()


def is_one_of(
    column: Expression, values: Collection[str | int | float | Decimal]
) -> sa.ColumnElement[bool]:
    """Whether the column is one of the values, of which there may be very many."""
    whole = [value for value in values if isinstance(value, int)]
    fractions = [value for value in values if isinstance(value, float)]
    if whole and fractions:  # with one type for all, large integers or fractions would be rounded
        return sa.or_(is_one_of(column, whole), is_one_of(column, fractions))
    item: sa.types.TypeEngine[Any] = sa.Double()
    if any(isinstance(value, Decimal) for value in values):
        item = sa.Numeric()
    elif all(isinstance(value, str) for value in values):
        item = sa.Text()
    elif whole:
        item = sa.BigInteger()
    if len(values) <= _MOST_INLINE:
        return column.in_([sa.literal(value, item) for value in values] if fractions else values)
    kind = sa.JSON().with_variant(sa.ARRAY(item), "postgresql")
    return IsOneOf(column, sa.bindparam(None, list(values), type_=kind, unique=True))


def holds_text(column: Expression, text: str) -> sa.ColumnElement[bool]:
    """Whether the column has the text in it, minding case."""
    return PositionOf(column, sa.literal(text, sa.Text())) > 0


def has_pattern(column: Expression, pattern: str) -> sa.ColumnElement[bool]:
    """Whether the column has the pattern in it, which RE2 knows (see `patterns.py`)."""
    return HasPattern(column, sa.literal(pattern, PatternText()))


def insert_unless_there(table: sa.Table) -> sa.Insert:
    """Inserts rows, but for those whose key is there already.

    Of SQLite's kind, for its module is there anyway; PostgreSQL's compiles it as well.
    """
    return insert(table).on_conflict_do_nothing()
