"""What filters can ask about: a column, a constant, a set of names, a path in JSON."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa
from typing_extensions import override

from ..faults import RegistryRefused
from ..ids import parsed_time
from ..rows import Expression, Select
from ..sqlite import holds_text, json_items, json_kind, json_length, json_value

Clause: TypeAlias = sa.ColumnElement[bool]
Scalar: TypeAlias = str | int | float | bool | None
# What no filter, or one that every item passes, stands for: nothing is asked of the database then.
EVERYTHING: Clause = sa.true()
NOTHING: Clause = sa.false()


def all_of(*clauses: Clause) -> Clause:
    """Their conjunction, without the parts that say nothing."""
    if any(clause is NOTHING for clause in clauses):
        return NOTHING
    kept = [clause for clause in clauses if clause is not EVERYTHING]
    if not kept:
        return EVERYTHING
    return kept[0] if len(kept) == 1 else sa.and_(*kept)


def any_of(*clauses: Clause) -> Clause:
    """Their disjunction, without the parts that say nothing."""
    if any(clause is EVERYTHING for clause in clauses):
        return EVERYTHING
    kept = [clause for clause in clauses if clause is not NOTHING]
    if not kept:
        return NOTHING
    return kept[0] if len(kept) == 1 else sa.or_(*kept)


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


def shown(value: object) -> str:
    return json.dumps(value)[:60]


def _unfit(name: str, operator: str, value: object) -> RegistryRefused:
    return RegistryRefused(f"{operator} with {shown(value)} does not fit {name!r}.")


def _compare(column: Expression, operator: str, value: object) -> Clause:
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
            return sa.cast(self.column, sa.Text).regexp_match(value)
        if operator == "$contains" and isinstance(value, str):
            return holds_text(sa.cast(self.column, sa.Text), value)
        if operator not in _COMPARED:
            raise _unfit(name, operator, value)
        try:
            return _compare(self.column, operator, self.read(value))
        except (TypeError, ValueError) as error:
            if isinstance(error, RegistryRefused):
                raise
            raise _unfit(name, operator, value) from error


def a_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def a_number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if isinstance(value, int) and abs(value) >= 1 << 63:
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
            raise _unfit(name, operator, value)
        if operator == "$eq":
            matches = self.constant == value
        elif operator == "$regex":
            matches = re.search(value, self.constant) is not None
        elif operator == "$contains":
            matches = value in self.constant
        else:
            raise _unfit(name, operator, value)
        return EVERYTHING if matches else NOTHING


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
            raise _unfit(name, operator, value)
        if operator == "$regex":
            condition: Clause = self.column.regexp_match(value)
        elif operator == "$contains":
            condition = holds_text(self.column, value)
        else:
            condition = _compare(self.column, operator, value)
        return sa.exists(self.names.where(condition))


@dataclass(frozen=True, slots=True)
class JsonKey(Key):
    """A path in a column of JSON. Numbers compare with numbers, texts with texts."""

    column: sa.ColumnElement[str | None]
    path: tuple[str, ...] = ()

    def at(self, dotted: str) -> "JsonKey":
        return JsonKey(self.column, (*self.path, *dotted.split(".")))

    @override
    def test(self, name: str, operator: str, value: object) -> Clause:
        value_at = json_value(self.column, self.path)
        kind = json_kind(self.column, self.path)
        if operator == "$exists":
            there = sa.and_(kind.is_not(None), kind != "null")
            return there if value else none_of(there)
        if operator == "$size":
            return sa.and_(kind == "array", json_length(self.column, self.path) == value)
        items, item, item_kind = json_items(self.column, self.path)
        in_array = sa.select(sa.literal(1)).select_from(items)
        if operator == "$eq":
            inside = sa.exists(in_array.where(_json_is(item, item_kind, operator, name, value)))
            return sa.or_(
                _json_is(value_at, kind, operator, name, value), sa.and_(kind == "array", inside)
            )
        if operator == "$contains":
            text = holds_text(sa.cast(value_at, sa.Text), value) if isinstance(value, str) else None
            inside = sa.exists(in_array.where(_json_is(item, item_kind, "$eq", name, value)))
            listed = sa.and_(kind == "array", inside)
            whole = kind == ("text" if self.path else "object")
            return listed if text is None else sa.or_(listed, sa.and_(whole, text))
        if operator == "$regex" and isinstance(value, str):
            return sa.and_(kind == "text", sa.cast(value_at, sa.Text).regexp_match(value))
        return _json_is(value_at, kind, operator, name, value)


def _json_is(
    column: Expression,
    kind: sa.ColumnElement[str],
    operator: str,
    name: str,
    value: object,
) -> Clause:
    if isinstance(value, bool):
        if operator != "$eq":
            raise _unfit(name, operator, value)
        return kind == ("true" if value else "false")
    if isinstance(value, str):
        return sa.and_(kind == "text", _compare(column, operator, value))
    if isinstance(value, int | float):
        try:
            number = a_number(value)
        except ValueError as error:
            raise _unfit(name, operator, value) from error
        return sa.and_(kind.in_(("integer", "real")), _compare(column, operator, number))
    raise _unfit(name, operator, value)
