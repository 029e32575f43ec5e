"""Mongo-style filters as SQL: `{"metadata.team": "vision", "size": {"$gt": 1000}}`."""

import json
import re
from collections.abc import Mapping

from ..faults import RegistryRefused
from ..jsonvalues import is_array, is_object
from .filter_keys import (
    EVERYTHING,
    Clause,
    JsonKey,
    Key,
    all_of,
    any_of,
    none_of,
    shown,
)

COMPARISONS = ("$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin")
OPERATORS = (*COMPARISONS, "$exists", "$regex", "$contains", "$all", "$size", "$not")
_LONGEST_PATTERN = 500
_DEEPEST = 20


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
        raise RegistryRefused(f"A filter must be a JSON object, not {shown(document)}.")
    if depth > _DEEPEST:
        raise RegistryRefused(f"The filters are nested more than {_DEEPEST} deep.")
    return all_of(*(_part(name, value, keys, depth + 1) for name, value in document.items()))


def _part(name: str, value: object, keys: Mapping[str, Key], depth: int) -> Clause:
    if name in ("$and", "$or", "$nor"):
        if not is_array(value) or not value:
            raise RegistryRefused(f"{name} takes a list of filters, not {shown(value)}.")
        parts = [_document(item, keys, depth) for item in value]
        if name == "$and":
            return all_of(*parts)
        return any_of(*parts) if name == "$or" else none_of(any_of(*parts))
    if name == "$not":
        return none_of(_document(value, keys, depth))
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
        return none_of(_operators(name, key, value, depth + 1))
    if operator == "$eq":
        return _is(key, name, value)
    if operator in ("$ne", "$not"):
        return none_of(_is(key, name, value))
    if operator in ("$in", "$nin", "$all"):
        return _listed(name, key, operator, value)
    _checked_operand(name, operator, value)
    return key.test(name, operator, value)


def _listed(name: str, key: Key, operator: str, value: object) -> Clause:
    if not is_array(value):
        raise RegistryRefused(f"{operator} for {name!r} takes a list, not {shown(value)}.")
    each = [_is(key, name, item) for item in value]
    if operator == "$all":
        return all_of(*each)
    some = any_of(*each)
    return some if operator == "$in" else none_of(some)


def _checked_operand(name: str, operator: str, value: object) -> None:
    if operator == "$regex":
        _checked_pattern(name, value)
    if operator == "$exists" and not isinstance(value, bool):
        raise RegistryRefused(f"$exists for {name!r} takes true or false, not {shown(value)}.")
    if operator == "$size" and (not isinstance(value, int) or isinstance(value, bool)):
        raise RegistryRefused(f"$size for {name!r} takes a number, not {shown(value)}.")


def _is(key: Key, name: str, value: object) -> Clause:
    if value is None:
        return none_of(key.test(name, "$exists", value=True))
    return key.test(name, "$eq", value)


def _checked_pattern(name: str, value: object) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST_PATTERN:
        raise RegistryRefused(f"$regex for {name!r} takes a pattern, not {shown(value)}.")
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise RegistryRefused(
            f"The $regex {value!r} for {name!r} is not valid: {error}."
        ) from error
