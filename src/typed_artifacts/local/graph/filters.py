"""Mongo-style filters as SQL: `{"metadata.team": "vision", "size": {"$gt": 1000}}`."""

from collections.abc import Mapping

from ..database.patterns import compiled
from ..errors import RegistryRefused
from ..json_values import is_array, is_object, parsed_json
from .filter_json import JsonKey
from .filter_keys import (
    EVERYTHING,
    NOTHING,
    Clause,
    Key,
    ManyKey,
    all_of,
    any_of,
    none_of,
    shown,
)

COMPARISONS = ("$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin")
OPERATORS = (*COMPARISONS, "$exists", "$regex", "$contains", "$all", "$size", "$not")
_DEEPEST = 20
MOST_CONDITIONS = 2000


def compile_filters(text: str | None, keys: Mapping[str, Key]) -> tuple[Clause, int]:
    """The SQL condition of a filter in JSON, true without one; and its size.

    The size is a number of conditions of a column.
    """
    if not text:
        return EVERYTHING, 0
    try:
        document = parsed_json(text)
    except ValueError as error:
        raise RegistryRefused(f"The filters are not JSON: {error}.") from error
    cost = _cost(document, keys)
    if cost > MOST_CONDITIONS:
        raise RegistryRefused("The filters have too many conditions; use $in for many values.")
    return EVERYTHING if document is None else _document(document, keys, 0), cost


def _cost(root: object, keys: Mapping[str, Key]) -> int:
    """How many conditions a filter has, in those of a column; the values of `$in` are one."""
    cost = 0
    waiting: list[tuple[int, str, object]] = [(1, "", root)]
    while waiting:
        weight, name, value = waiting.pop()
        if is_object(value):
            waiting += [(weight * _weight(key, keys), key, value[key]) for key in value]
        elif is_array(value) and name == "$or":
            waiting += [(weight, "", item) for item in _alternatives(value)]
        elif is_array(value) and name not in ("$in", "$nin"):
            waiting += [(weight, "", item) for item in value]
        else:
            cost += weight
    return cost


def _weight(name: str, keys: Mapping[str, Key]) -> int:
    """What asks into JSON or other tables takes longer; a dot in JSON may mean two things."""
    root, _, rest = name.partition(".")
    key = keys.get(root)
    if isinstance(key, JsonKey):
        return 4 * key.conditions(rest)
    return 4 if isinstance(key, ManyKey) else 1


def _alternatives(items: list[object]) -> list[object]:
    """The filters of `$or`, those that give one key one value each being joined to an `$in`."""
    listed: dict[str, list[object]] = {}
    others: list[object] = []
    for item in items:
        name, value = next(iter(item.items()), ("", None)) if is_object(item) else ("", None)
        if is_object(item) and len(item) == 1 and name[:1] != "$" and not is_object(value):
            listed.setdefault(name, []).append(value)
        else:
            others.append(item)
    joined = [{name: {"$in": values}} for name, values in listed.items()]
    return [*joined, *others]


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
        items = _alternatives(value) if name == "$or" else value
        parts = [_document(item, keys, depth) for item in items]
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
    if not document:
        raise RegistryRefused(f"The filters have {{}} for {name!r}, which has no operator in it.")
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
    if operator == "$all":
        if not value:  # as in MongoDB
            return NOTHING
        return all_of(*(_is(key, name, item) for item in value))
    present = [item for item in value if item is not None]
    clauses = [key.among(name, present)] if present else []
    if len(present) < len(value):
        clauses.append(_is(key, name, None))
    some = any_of(*clauses)
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
        return any_of(none_of(key.has_value(name)), key.has_null())
    return key.test(name, "$eq", value)


def _checked_pattern(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise RegistryRefused(f"$regex for {name!r} takes a pattern, not {shown(value)}.")
    compiled(value)
