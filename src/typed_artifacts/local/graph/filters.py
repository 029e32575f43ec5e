"""Mongo-style filters as SQL: `{"metadata.team": "vision", "size": {"$gt": 1000}}`."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa
from typing_extensions import override

from ..faults import RegistryRefused
from ..ids import parsed_time
from ..jsonvalues import is_array, is_object
from ..rows import Expression, Select
from ..sqlite import holds_text, json_items, json_kind, json_length, json_value

Clause: TypeAlias = sa.ColumnElement[bool]
Scalar: TypeAlias = str | int | float | bool | None
COMPARISONS = ("$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin")
OPERATORS = (*COMPARISONS, "$exists", "$regex", "$contains", "$all", "$size", "$not")
# What no filter, or one that every item passes, stands for: nothing is asked of the database then.
EVERYTHING: Clause = sa.true()
NOTHING: Clause = sa.false()
_LONGEST_PATTERN = 500
_DEEPEST = 20


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


class Key(ABC):
    """Something a filter can ask about."""

    @abstractmethod
    def test(self, name: str, operator: str, value: object) -> Clause:
        """The condition `name operator value`; never called with $ne, $nin or $not."""


def compile_filters(text: str | None, keys: Mapping[str, Key]) -> Clause:
    """The condition that a filter's JSON stands for; true when there is none."""
    if not text:
        return EVERYTHING
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RegistryRefused(f"The filters are not JSON: {error}.") from error
    return EVERYTHING if document is None else _document(document, keys, 0)


def _document(document: object, keys: Mapping[str, Key], depth: int) -> Clause:
    if not is_object(document):
        raise RegistryRefused(f"A filter must be a JSON object, not {_shown(document)}.")
    if depth > _DEEPEST:
        raise RegistryRefused(f"The filters are nested more than {_DEEPEST} deep.")
    return all_of(*(_part(name, value, keys, depth + 1) for name, value in document.items()))


def _part(name: str, value: object, keys: Mapping[str, Key], depth: int) -> Clause:
    if name in ("$and", "$or", "$nor"):
        if not is_array(value) or not value:
            raise RegistryRefused(f"{name} takes a list of filters, not {_shown(value)}.")
        parts = [_document(item, keys, depth) for item in value]
        if name == "$and":
            return all_of(*parts)
        return any_of(*parts) if name == "$or" else _none_of(any_of(*parts))
    if name == "$not":
        return _none_of(_document(value, keys, depth))
    if name.startswith("$"):
        raise RegistryRefused(f"Unknown operator {name!r} in the filters.")
    key = _key(name, keys)
    if is_object(value):
        return _operators(name, key, value, depth)
    return _is(key, name, value)


def _key(name: str, keys: Mapping[str, Key]) -> Key:
    root, dot, rest = name.partition(".")
    key = keys.get(root)
    if key is None or (dot and not isinstance(key, JsonKey)):
        known = ", ".join(sorted(keys))
        raise RegistryRefused(f"Unknown key {name!r} in the filters; known are: {known}.")
    if isinstance(key, JsonKey) and dot:
        return key.at(rest)
    return key


def _operators(name: str, key: Key, document: Mapping[str, object], depth: int) -> Clause:
    clauses: list[Clause] = []
    for operator, value in document.items():
        if operator not in OPERATORS:
            raise RegistryRefused(
                f"Unknown operator {operator!r} for {name!r} in the filters; known are: "
                f"{', '.join(OPERATORS)}."
            )
        clauses.append(_operator(name, key, operator, value, depth))
    return all_of(*clauses)


def _operator(name: str, key: Key, operator: str, value: object, depth: int) -> Clause:
    if operator == "$not" and is_object(value) and depth < _DEEPEST:
        return _none_of(_operators(name, key, value, depth + 1))
    if operator == "$eq":
        return _is(key, name, value)
    if operator in ("$ne", "$not"):
        return _none_of(_is(key, name, value))
    if operator in ("$in", "$nin", "$all"):
        return _listed(name, key, operator, value)
    _checked_operand(name, operator, value)
    return key.test(name, operator, value)


def _listed(name: str, key: Key, operator: str, value: object) -> Clause:
    if not is_array(value):
        raise RegistryRefused(f"{operator} for {name!r} takes a list, not {_shown(value)}.")
    each = [_is(key, name, item) for item in value]
    if operator == "$all":
        return all_of(*each)
    some = any_of(*each)
    return some if operator == "$in" else _none_of(some)


def _checked_operand(name: str, operator: str, value: object) -> None:
    if operator == "$regex":
        _checked_pattern(name, value)
    if operator == "$exists" and not isinstance(value, bool):
        raise RegistryRefused(f"$exists for {name!r} takes true or false, not {_shown(value)}.")
    if operator == "$size" and (not isinstance(value, int) or isinstance(value, bool)):
        raise RegistryRefused(f"$size for {name!r} takes a number, not {_shown(value)}.")


def _is(key: Key, name: str, value: object) -> Clause:
    if value is None:
        return _none_of(key.test(name, "$exists", value=True))
    return key.test(name, "$eq", value)


def _none_of(clause: Clause) -> Clause:
    if clause is EVERYTHING or clause is NOTHING:
        return NOTHING if clause is EVERYTHING else EVERYTHING
    # A comparison with NULL is NULL; here it means "does not match".
    return sa.not_(sa.func.coalesce(clause, sa.false()))


def _checked_pattern(name: str, value: object) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST_PATTERN:
        raise RegistryRefused(f"$regex for {name!r} takes a pattern, not {_shown(value)}.")
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise RegistryRefused(
            f"The $regex {value!r} for {name!r} is not valid: {error}."
        ) from error


def _shown(value: object) -> str:
    return json.dumps(value)[:60]


def _unfit(name: str, operator: str, value: object) -> RegistryRefused:
    return RegistryRefused(f"{operator} with {_shown(value)} does not fit {name!r}.")


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
            return there if value else _none_of(there)
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
