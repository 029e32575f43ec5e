"""The keys of filters: a column, a constant, a set of names, a path in JSON."""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa
from typing_extensions import override

from ..database.expressions import has_pattern, holds_text, is_one_of
from ..database.ids import parsed_time
from ..database.patterns import matches
from ..database.rows import Expression, Select
from ..errors import RegistryRefused

Clause: TypeAlias = sa.ColumnElement[bool]
Scalar: TypeAlias = str | int | float | bool | None
# What no filter, or one that every item passes, stands for: nothing is asked of the database then.
EVERYTHING: Clause = sa.true()
NOTHING: Clause = sa.false()
# So many conditions stand in one row; a database limits how deep an expression may be, and
# `a OR b OR c` is as deep as it is long.
_MOST_IN_ROW = 100


def all_of(*clauses: Clause) -> Clause:
    """Their conjunction, without the parts that say nothing."""
    if any(clause is NOTHING for clause in clauses):
        return NOTHING
    kept = [clause for clause in clauses if clause is not EVERYTHING]
    if not kept:
        return EVERYTHING
    return kept[0] if len(kept) == 1 else sa.and_(*_grouped(kept, all_of))


def any_of(*clauses: Clause) -> Clause:
    """Their disjunction, without the parts that say nothing."""
    if any(clause is EVERYTHING for clause in clauses):
        return EVERYTHING
    kept = [clause for clause in clauses if clause is not NOTHING]
    if not kept:
        return NOTHING
    return kept[0] if len(kept) == 1 else sa.or_(*_grouped(kept, any_of))


def _grouped(clauses: list[Clause], join: Callable[..., Clause]) -> list[Clause]:
    if len(clauses) <= _MOST_IN_ROW:
        return clauses
    groups = [clauses[at : at + _MOST_IN_ROW] for at in range(0, len(clauses), _MOST_IN_ROW)]
    return [sa.func.coalesce(join(*group), sa.false()) for group in groups]


def none_of(clause: Clause) -> Clause:
    if clause is EVERYTHING or clause is NOTHING:
        return NOTHING if clause is EVERYTHING else EVERYTHING
    # A comparison with NULL is NULL; here it means "does not match".
    return sa.not_(sa.func.coalesce(clause, sa.false()))


class Key(ABC):
    """Something a filter can ask about."""

    @abstractmethod
    def test(self, name: str, operator: str, value: object) -> Clause:
        """The condition `name operator value`; never called with $ne, $nin or $not."""

    def among(self, name: str, values: Sequence[object]) -> Clause:
        """Whether it is one of the values, none of which is null."""
        return any_of(*(self.test(name, "$eq", value) for value in values))

    def has_value(self, name: str) -> Clause:
        """Whether there is a value that is not null."""
        return self.test(name, "$exists", value=True)

    def has_null(self) -> Clause:
        """Whether there is a null, or an array with one."""
        return NOTHING


def shown(value: object) -> str:
    return json.dumps(value)[:60]


def unfit(name: str, operator: str, value: object) -> RegistryRefused:
    return RegistryRefused(f"{operator} with {shown(value)} does not fit {name!r}.")


def compare(column: Expression, operator: str, given: object) -> Clause:
    # Compared as a fraction: the type of an integer column would round it.
    fraction: sa.Double[float] = sa.Double()
    value = sa.literal(given, fraction) if isinstance(given, float) else given
    if operator == "$lt":
        return column < value
    if operator == "$lte":
        return column <= value
    if operator == "$gt":
        return column > value
    if operator == "$gte":
        return column >= value
    return column == value


_COMPARED = ("$eq", "$lt", "$lte", "$gt", "$gte")


@dataclass(frozen=True, slots=True)
class ColumnKey(Key):
    """A column of the table; `read` turns what a filter says into what the column holds."""

    column: Expression
    read: Callable[[object], Scalar]

    @override
    def test(self, name: str, operator: str, value: object) -> Clause:
        if operator == "$exists":
            return self.column.is_not(None) if value else self.column.is_(None)
        if operator == "$regex" and isinstance(value, str):
            return has_pattern(sa.cast(self.column, sa.Text), value)
        if operator == "$contains" and isinstance(value, str):
            return holds_text(sa.cast(self.column, sa.Text), value)
        if operator not in _COMPARED:
            raise unfit(name, operator, value)
        return compare(self.column, operator, self._read(name, operator, value))

    @override
    def among(self, name: str, values: Sequence[object]) -> Clause:
        read = dict.fromkeys(self._read(name, "$in", value) for value in values)
        return is_one_of(self.column, [value for value in read if value is not None])

    def _read(self, name: str, operator: str, value: object) -> Scalar:
        try:
            return self.read(value)
        except (TypeError, ValueError) as error:
            if isinstance(error, RegistryRefused):
                raise
            raise unfit(name, operator, value) from error


def a_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def a_number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if abs(value) >= 1 << 63 if isinstance(value, int) else not math.isfinite(value):
        raise ValueError
    return value


def a_time(value: object) -> str:
    return parsed_time(a_text(value))


@dataclass(frozen=True, slots=True)
class ConstantKey(Key):
    """Something that is the same for every item: decided here, not in SQL."""

    constant: str

    @override
    def test(self, name: str, operator: str, value: object) -> Clause:
        if operator == "$exists":
            return EVERYTHING if value else NOTHING
        if not isinstance(value, str):
            raise unfit(name, operator, value)
        if operator == "$eq":
            fits = self.constant == value
        elif operator == "$regex":
            fits = matches(value, self.constant)
        elif operator == "$contains":
            fits = value in self.constant
        else:
            raise unfit(name, operator, value)
        return EVERYTHING if fits else NOTHING


@dataclass(frozen=True, slots=True)
class ManyKey(Key):
    """Names that an item has several of (tags, aliases): a filter matches if one of them does."""

    names: Select  # correlated to the item
    column: sa.ColumnElement[str]

    @override
    def test(self, name: str, operator: str, value: object) -> Clause:
        if operator == "$exists":
            return sa.exists(self.names) if value else sa.not_(sa.exists(self.names))
        if operator == "$size":
            count = self.names.with_only_columns(sa.func.count())
            return count.scalar_subquery() == value
        if not isinstance(value, str):
            raise unfit(name, operator, value)
        if operator == "$regex":
            condition: Clause = has_pattern(self.column, value)
        elif operator == "$contains":
            condition = holds_text(self.column, value)
        else:
            condition = compare(self.column, operator, value)
        return sa.exists(self.names.where(condition))

    @override
    def among(self, name: str, values: Sequence[object]) -> Clause:
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) < len(values):
            raise unfit(name, "$in", list(values))
        return sa.exists(self.names.where(is_one_of(self.column, texts)))
