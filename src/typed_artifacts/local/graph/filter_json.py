"""Filters on values inside a JSON column."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa
from typing_extensions import override

from ..database.database import JsonAccess
from ..database.expressions import has_pattern, holds_text, is_one_of
from ..database.rows import Expression
from .filter_keys import Clause, Key, a_number, any_of, compare, none_of, unfit

# What is asked of a value inside JSON, given it and its kind.
_JsonCondition: TypeAlias = Callable[[Expression, sa.ColumnElement[str]], Clause]
_MOST_PARTS = 4
# An index is asked for each of so few values; for more, each row is looked at.
_MOST_INDEXED = 100
_NUMBERS = ("integer", "real")
_LARGEST = sys.float_info.max
_FLOAT: sa.Double[float] = sa.Double()
_TEXTS = ("text",)


@dataclass(frozen=True, slots=True)
class JsonKey(Key):
    """A path in a column of JSON. Numbers compare with numbers, texts with texts."""

    column: sa.ColumnElement[str | None]
    json: JsonAccess
    path: tuple[str, ...] = ()

    def at(self, dotted: str) -> Key:
        """What is at a path below. A dot may also be part of a key: `a.b` is found either way."""
        keys = self._ways(dotted)
        return keys[0] if len(keys) == 1 else _AnyKey(keys)

    def order(self, dotted: str) -> tuple[Expression, ...]:
        """What to sort by for the value at a path below; never null.

        Nothing, null, objects and arrays come first; then numbers, texts, and truth values.
        """
        ways = [(key._kind, key._operands()) for key in self._ways(dotted)]  # noqa: SLF001 -- one of its own
        if len(ways) == 1:
            return ways[0][1]
        return tuple(
            sa.case(*((kind.is_not(None), operands[at]) for kind, operands in ways), else_=nothing)
            for at, nothing in enumerate((sa.literal(0), sa.literal(0.0), sa.literal("")))
        )

    def _operands(self) -> tuple[Expression, Expression, Expression]:
        kind, number = self._kind, self.json.json_number(self._value)
        is_number = sa.and_(kind.in_(_NUMBERS), number.between(-_LARGEST, _LARGEST))
        ranks = ((is_number, 1), (kind == "text", 2), (kind.in_(("true", "false")), 3))
        sized = sa.case((is_number, sa.cast(number, _FLOAT)), (kind == "true", 1.0), else_=0.0)
        text = sa.case((kind == "text", self.json.json_text(self._value)), else_="")
        return sa.case(*ranks, else_=0), sized, text

    def _ways(self, dotted: str) -> "tuple[JsonKey, ...]":
        parts = dotted.split(".")
        ways = _readings(parts) if len(parts) <= _MOST_PARTS else [tuple(parts)]
        paths = dict.fromkeys((*self.path, *self.inside(way)) for way in ways)
        return tuple(JsonKey(self.column, self.json, path) for path in paths)

    def inside(self, way: tuple[str, ...]) -> tuple[str, ...]:
        """Where the column has what is asked for by these keys."""
        return way

    @override
    def test(self, name: str, operator: str, value: object) -> Clause:
        value_at, kind = self._value, self._kind
        text_at = self.json.json_text(value_at) if self.path else self.column
        if operator == "$exists":
            there = sa.and_(kind.is_not(None), kind != "null")
            return there if value else none_of(there)
        if operator == "$size":
            length = self.json.json_length(self.column, self.path)
            return sa.and_(kind == "array", length == value)
        if operator == "$eq":
            return self._equals(name, value)
        if operator == "$contains":
            text = holds_text(text_at, value) if isinstance(value, str) else None
            listed = self._inside(lambda at, sort: self._is(at, sort, "$eq", name, value))
            whole = kind == ("text" if self.path else "object")
            return listed if text is None else sa.or_(listed, sa.and_(whole, text))
        if operator == "$regex" and isinstance(value, str):
            return sa.and_(self.json.json_is(kind, _TEXTS), has_pattern(text_at, value))
        return self._is(value_at, kind, operator, name, value)

    @property
    def _value(self) -> Expression:
        return self.json.json_value(self.column, self.path)

    @property
    def _kind(self) -> sa.ColumnElement[str]:
        return self.json.json_kind(self.column, self.path)

    def _equals(self, name: str, value: object) -> Clause:
        found = self._or_inside(lambda at, sort: self._is(at, sort, "$eq", name, value))
        indexed = self.json.json_equal(self.column, self.path, value)
        return found if indexed is None else indexed

    @override
    def among(self, name: str, values: Sequence[object]) -> Clause:
        found = self._or_inside(lambda at, sort: self._among(at, sort, name, values))
        if len(values) > _MOST_INDEXED:
            return found
        indexed = [self.json.json_equal(self.column, self.path, value) for value in values]
        clauses = [clause for clause in indexed if clause is not None]
        return found if len(clauses) < len(values) else any_of(*clauses)

    def _or_inside(self, condition: _JsonCondition) -> Clause:
        """What is true of the value, or of an item if it is an array."""
        return sa.or_(condition(self._value, self._kind), self._inside(condition))

    def _inside(self, condition: _JsonCondition) -> Clause:
        items, item, item_kind = self.json.json_items(self.column, self.path)
        found = sa.select(sa.literal(1)).select_from(items).where(condition(item, item_kind))
        return sa.and_(self._kind == "array", sa.exists(found))

    def _among(
        self, at: Expression, kind: sa.ColumnElement[str], name: str, values: Sequence[object]
    ) -> Clause:
        texts = [value for value in values if isinstance(value, str)]
        truths = {value for value in values if isinstance(value, bool)}
        others = [value for value in values if not isinstance(value, str | bool)]
        numbers = [_json_number(name, "$in", value) for value in others]
        clauses = [kind == ("true" if truth else "false") for truth in truths]
        if texts:
            text = self.json.json_text(at)
            clauses.append(sa.and_(self.json.json_is(kind, _TEXTS), is_one_of(text, texts)))
        if numbers:
            number = self.json.json_number(at)
            clauses.append(sa.and_(self.json.json_is(kind, _NUMBERS), is_one_of(number, numbers)))
        return any_of(*clauses)

    def _is(
        self,
        at: Expression,
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
            return sa.and_(
                self.json.json_is(kind, _TEXTS), compare(self.json.json_text(at), operator, value)
            )
        number = _json_number(name, operator, value)
        compared = compare(self.json.json_number(at), operator, number)
        return sa.and_(self.json.json_is(kind, _NUMBERS), compared)


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


def _json_number(name: str, operator: str, value: object) -> int | float:
    try:
        return a_number(value)
    except (TypeError, ValueError) as error:
        raise unfit(name, operator, value) from error
