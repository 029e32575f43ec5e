"""Filters on values inside a JSON column."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import sqlalchemy as sa
from typing_extensions import override

from ..database.database import JsonAccess, JsonPath
from ..database.expressions import has_pattern, holds_text, is_one_of
from ..database.rows import Expression
from .filter_keys import Clause, Key, all_of, any_of, compare, none_of, unfit
from .json_paths import MOST_PARTS, is_item, possible_paths

# An index is asked for each of so few values; for more, each row is looked at.
_MOST_INDEXED = 100
_NUMBERS = ("integer", "real")
_LARGEST = sys.float_info.max
_FLOAT: sa.Double[float] = sa.Double()
_TEXTS = ("text",)


@dataclass(frozen=True, slots=True)
class _Value:
    """A value inside JSON, with its kind, and where its items are if it is an array."""

    value: Expression
    kind: sa.ColumnElement[str]
    column: Expression
    path: JsonPath


_JsonCondition: TypeAlias = Callable[[_Value], Clause]


@dataclass(frozen=True, slots=True)
class JsonKey(Key):
    """A path in a column of JSON. Numbers compare with numbers, texts with texts.

    As in MongoDB, what is asked of a value is asked of each item of an array too, and a path of
    keys leads into each object of an array on its way.

    Attributes:
        column: where the JSON is.
        json: the functions of the dialect.
        path: the keys of objects, and the numbers of items.
        through: whether arrays on the way are looked into.
        null_exists: whether null is a value for `$exists`.
    """

    column: Expression
    json: JsonAccess
    path: tuple[str | int, ...] = ()
    through: bool = False
    null_exists: bool = True

    def at(self, dotted: str) -> Key:
        """What is at a path below.

        A dot may also be part of a key: `a.b` is found either way, and `a.0` in an array `a` too.
        """
        keys = self._ways(dotted)
        return keys[0] if len(keys) == 1 else _AnyKey(keys)

    def order(self, dotted: str) -> tuple[Expression, ...]:
        """What to sort by for the value at a path below; never null.

        Nothing, null, objects and arrays come first; then numbers, texts, and truth values.
        """
        ways = [(key.here.kind, key.operands()) for key in self._ways(dotted)]
        if len(ways) == 1:
            return ways[0][1]
        return tuple(
            sa.case(*((kind.is_not(None), operands[at]) for kind, operands in ways), else_=nothing)
            for at, nothing in enumerate((sa.literal(0), sa.literal(0.0), sa.literal("")))
        )

    def operands(self) -> tuple[Expression, Expression, Expression]:
        here = self.here
        kind, number = here.kind, self.json.json_number(here.value)
        bounds = (self.json.json_given(-_LARGEST), self.json.json_given(_LARGEST))
        is_number = sa.and_(kind.in_(_NUMBERS), number.between(*bounds))
        ranks = ((is_number, 1), (kind == "text", 2), (kind.in_(("true", "false")), 3))
        sized = sa.case((is_number, sa.cast(number, _FLOAT)), (kind == "true", 1.0), else_=0.0)
        text = sa.case((kind == "text", self.json.json_text(here.value)), else_="")
        return sa.case(*ranks, else_=0), sized, text

    def _ways(self, dotted: str) -> "tuple[JsonKey, ...]":
        parts = dotted.split(".")
        ways = possible_paths(parts)
        plain = tuple(parts) if len(parts) <= MOST_PARTS else ()
        return tuple(
            JsonKey(
                self.column,
                self.json,
                (*self.path, *self.inside(way)),
                through=way == plain,
                null_exists=self.null_exists,
            )
            for way in ways
        )

    @staticmethod
    def conditions(dotted: str) -> int:
        """How many conditions one on a path below comes to."""
        parts = dotted.split(".")
        ways = len(possible_paths(parts))
        return 2 * ways + 2 if 1 < len(parts) <= MOST_PARTS else ways  # arrays on the way too

    def inside(self, way: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """Where the column has what is asked for by these keys."""
        return way

    @override
    def test(self, name: str, operator: str, value: object) -> Clause:
        if operator == "$exists":
            exists = self._through_arrays(lambda found: found.kind.is_not(None))
            exists = exists if self.null_exists else self.has_value(name)
            return exists if value else none_of(exists)
        if operator == "$size":
            return self._through_arrays(lambda found: self._has_length(found, value))
        if operator == "$eq":
            return self._equals(name, value)
        if operator == "$contains":
            return self._through_arrays(lambda found: self._contains(found, name, value))
        if operator == "$regex" and isinstance(value, str):
            return self._value_or_item(lambda found: self._matches(found, value))
        return self._value_or_item(lambda found: self._is(found, operator, name, value))

    @override
    def has_value(self, name: str) -> Clause:
        return self._through_arrays(
            lambda found: sa.and_(found.kind.is_not(None), found.kind != "null")
        )

    @override
    def has_null(self) -> Clause:
        null = self._value_or_item(lambda found: found.kind == "null")
        if not self.through or len(self.path) == 1 or any(is_item(key) for key in self.path):
            return null  # objects in an array have no key `0`, but the array has such an item
        lacking = self.json.json_lacking(self.column, self.path)
        return sa.or_(null, _only_if(self._crosses_array, lacking))

    @property
    def here(self) -> _Value:
        """What is at the path, if no array is on its way."""
        value = self.json.json_value(self.column, self.path)
        return _Value(value, self.json.json_kind(self.column, self.path), self.column, self.path)

    def _has_length(self, found: _Value, length: object) -> Clause:
        return sa.and_(
            found.kind == "array", self.json.json_length(found.column, found.path) == length
        )

    def _contains(self, found: _Value, name: str, value: object) -> Clause:
        listed = self._in_items(found, lambda item: self._is(item, "$eq", name, value))
        if not isinstance(value, str):
            return listed
        text = self.json.json_text(found.value) if self.path else self.column
        whole = found.kind == ("text" if self.path else "object")
        return sa.or_(listed, sa.and_(whole, holds_text(text, value)))

    def _matches(self, found: _Value, pattern: str) -> Clause:
        text = self.json.json_text(found.value)
        return sa.and_(self.json.json_is(found.kind, _TEXTS), has_pattern(text, pattern))

    def _equals(self, name: str, value: object) -> Clause:
        found = self._value_or_item(lambda found: self._is(found, "$eq", name, value))
        return self._by_index(found, [value])

    def _by_index(self, found: Clause, values: Sequence[object]) -> Clause:
        """What is found if the value is one of these, by an index if there is one."""
        indexed = [
            self.json.json_equal(self.column, self.path, value, through=self.through)
            for value in values
        ]
        clauses = [clause for clause in indexed if clause is not None]
        if len(clauses) < len(values):
            return found
        exact = not any(isinstance(key, int) for key in self.path)
        return any_of(*clauses) if exact else all_of(any_of(*clauses), found)

    @override
    def among(self, name: str, values: Sequence[object]) -> Clause:
        found = self._value_or_item(lambda found: self._among(found, name, values))
        return found if len(values) > _MOST_INDEXED else self._by_index(found, values)

    def _value_or_item(self, condition: _JsonCondition) -> Clause:
        """What is true of the value, or of an item if it is an array."""
        return self._through_arrays(
            lambda found: sa.or_(condition(found), self._in_items(found, condition))
        )

    def _through_arrays(self, condition: _JsonCondition) -> Clause:
        """What is true of what is at the path, also in an object of an array on its way."""
        if not self.through or len(self.path) == 1:
            return condition(self.here)
        reached = self._any_item(self.json.json_reached(self.column, self.path), (), condition)
        return sa.or_(condition(self.here), _only_if(self._crosses_array, reached))

    @property
    def _crosses_array(self) -> Clause:
        ends = range(1, len(self.path))
        kinds = [self.json.json_kind(self.column, self.path[:end]) for end in ends]
        return any_of(*(kind == "array" for kind in kinds))

    def _in_items(self, found: _Value, condition: _JsonCondition) -> Clause:
        return _only_if(found.kind == "array", self._any_item(found.column, found.path, condition))

    def _any_item(self, column: Expression, path: JsonPath, condition: _JsonCondition) -> Clause:
        """What is true of an item of an array."""
        items, value, kind = self.json.json_items(column, path)
        item = _Value(value, kind, sa.case((kind == "array", value)), ())
        found = sa.select(sa.literal(1)).select_from(items).where(condition(item))
        return sa.exists(found)

    def _among(self, found: _Value, name: str, values: Sequence[object]) -> Clause:
        texts = [value for value in values if isinstance(value, str)]
        truths = {value for value in values if isinstance(value, bool)}
        others = [value for value in values if not isinstance(value, str | bool)]
        numbers = [self._number(name, "$in", value) for value in others]
        clauses = [found.kind == ("true" if truth else "false") for truth in truths]
        if texts:
            text = self.json.json_text(found.value)
            clauses.append(sa.and_(self.json.json_is(found.kind, _TEXTS), is_one_of(text, texts)))
        if numbers:
            number = self.json.json_number(found.value)
            # As JSON, the values are handed over without what is larger than any double.
            among = [is_one_of(number, [each for each in numbers if math.isfinite(each)])]
            among += [number == each for each in numbers if not math.isfinite(each)]
            clauses.append(sa.and_(self.json.json_is(found.kind, _NUMBERS), any_of(*among)))
        return any_of(*clauses)

    def _is(self, found: _Value, operator: str, name: str, value: object) -> Clause:
        if isinstance(value, bool):
            if operator != "$eq":
                raise unfit(name, operator, value)
            return found.kind == ("true" if value else "false")
        if isinstance(value, str):
            return sa.and_(
                self.json.json_is(found.kind, _TEXTS),
                compare(self.json.json_text(found.value), operator, value),
            )
        number = self._number(name, operator, value)
        compared = compare(self.json.json_number(found.value), operator, number)
        return sa.and_(self.json.json_is(found.kind, _NUMBERS), compared)

    def _number(self, name: str, operator: str, value: object) -> int | float | Decimal:
        if not isinstance(value, int | float) or value in (math.inf, -math.inf):
            raise unfit(name, operator, value)
        return self.json.json_given(value)


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

    @override
    def has_value(self, name: str) -> Clause:
        return any_of(*(key.has_value(name) for key in self.ways))

    @override
    def has_null(self) -> Clause:
        return any_of(*(key.has_null() for key in self.ways))


def _only_if(clause: Clause, looked_at: Clause) -> Clause:
    """Both; but SQLite would look at both sides of an `AND` whose value it needs."""
    return sa.case((clause, looked_at), else_=sa.false())
