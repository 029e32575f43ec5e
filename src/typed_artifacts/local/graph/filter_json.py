"""What filters can ask about inside a column of JSON."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa
from typing_extensions import override

from ..rows import Expression
from ..sqlite import holds_text, is_one_of
from ..sqlite_json import json_items, json_kind, json_length, json_value
from .filter_keys import Clause, Key, a_number, any_of, compare, none_of, unfit

# What is asked of a value inside JSON, given it and its kind.
_JsonCondition: TypeAlias = Callable[[Expression, sa.ColumnElement[str]], Clause]
_MOST_PARTS = 4


@dataclass(frozen=True, slots=True)
class JsonKey(Key):
    """A path in a column of JSON. Numbers compare with numbers, texts with texts."""

    column: sa.ColumnElement[str | None]
    path: tuple[str, ...] = ()

    def at(self, dotted: str) -> Key:
        """What is at a path below. A dot may also be part of a key: `a.b` is found either way."""
        parts = dotted.split(".")
        ways = _readings(parts) if len(parts) <= _MOST_PARTS else [tuple(parts)]
        keys = [JsonKey(self.column, (*self.path, *way)) for way in ways]
        return keys[0] if len(keys) == 1 else _AnyKey(tuple(keys))

    @override
    def test(self, name: str, operator: str, value: object) -> Clause:
        value_at = json_value(self.column, self.path)
        kind = json_kind(self.column, self.path)
        if operator == "$exists":
            there = sa.and_(kind.is_not(None), kind != "null")
            return there if value else none_of(there)
        if operator == "$size":
            return sa.and_(kind == "array", json_length(self.column, self.path) == value)
        if operator == "$eq":
            return self._or_inside(lambda at, sort: _json_is(at, sort, operator, name, value))
        if operator == "$contains":
            text = holds_text(sa.cast(value_at, sa.Text), value) if isinstance(value, str) else None
            listed = self._inside(lambda at, sort: _json_is(at, sort, "$eq", name, value))
            whole = kind == ("text" if self.path else "object")
            return listed if text is None else sa.or_(listed, sa.and_(whole, text))
        if operator == "$regex" and isinstance(value, str):
            return sa.and_(kind == "text", sa.cast(value_at, sa.Text).regexp_match(value))
        return _json_is(value_at, kind, operator, name, value)

    @override
    def among(self, name: str, values: Sequence[object]) -> Clause:
        return self._or_inside(lambda at, sort: _json_among(at, sort, name, values))

    def _or_inside(self, condition: _JsonCondition) -> Clause:
        """What is true of the value, or of an item if it is an array."""
        value, kind = json_value(self.column, self.path), json_kind(self.column, self.path)
        return sa.or_(condition(value, kind), self._inside(condition))

    def _inside(self, condition: _JsonCondition) -> Clause:
        items, item, item_kind = json_items(self.column, self.path)
        found = sa.select(sa.literal(1)).select_from(items).where(condition(item, item_kind))
        return sa.and_(json_kind(self.column, self.path) == "array", sa.exists(found))


@dataclass(frozen=True, slots=True)
class _AnyKey(Key):
    """A path that can be read in several ways: what is true of one of them is true of it."""

    ways: tuple[Key, ...]

    @override
    def test(self, name: str, operator: str, value: object) -> Clause:
        if operator == "$exists" and not value:
            return none_of(self.test(name, operator, value=True))
        return any_of(*(key.test(name, operator, value) for key in self.ways))

    @override
    def among(self, name: str, values: Sequence[object]) -> Clause:
        return any_of(*(key.among(name, values) for key in self.ways))


def _readings(parts: list[str]) -> list[tuple[str, ...]]:
    """The keys that a dotted path may mean: each dot separates two of them or is part of one."""
    if len(parts) == 1:
        return [(parts[0],)]
    first, second, *rest = parts
    separate = [(first, *others) for others in _readings([second, *rest])]
    return separate + _readings([f"{first}.{second}", *rest])


def _json_among(
    column: Expression, kind: sa.ColumnElement[str], name: str, values: Sequence[object]
) -> Clause:
    texts = [value for value in values if isinstance(value, str)]
    truths = {value for value in values if isinstance(value, bool)}
    others = [value for value in values if not isinstance(value, str | bool)]
    numbers = [_json_number(name, "$in", value) for value in others]
    clauses = [kind == ("true" if truth else "false") for truth in truths]
    if texts:
        clauses.append(sa.and_(kind == "text", is_one_of(column, texts)))
    if numbers:
        clauses.append(sa.and_(kind.in_(("integer", "real")), is_one_of(column, numbers)))
    return any_of(*clauses)


def _json_number(name: str, operator: str, value: object) -> int | float:
    try:
        return a_number(value)
    except (TypeError, ValueError) as error:
        raise unfit(name, operator, value) from error


def _json_is(
    column: Expression,
    kind: sa.ColumnElement[str],
    operator: str,
    name: str,
    value: object,
) -> Clause:
    if isinstance(value, bool):
        if operator != "$eq":
            raise unfit(name, operator, value)
        return kind == ("true" if value else "false")
    if isinstance(value, str):
        return sa.and_(kind == "text", compare(column, operator, value))
    number = _json_number(name, operator, value)
    return sa.and_(kind.in_(("integer", "real")), compare(column, operator, number))
