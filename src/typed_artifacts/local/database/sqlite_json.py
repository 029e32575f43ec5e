"""Access to values in a JSON column in SQLite."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ..json_values import is_array, is_object, plain_json
from .database import JsonAccess, JsonPath
from .rows import Expression

# Keys that stand in a path as they are. SQLite compares others as they are written in the stored
# text ("\\u00fc" is not "ü"), and its paths have no way to write a quotation mark.
_PLAIN = re.compile(r"[A-Za-z0-9_ -]+")
_MOST_WHOLE = 1 << 63


def _path(keys: JsonPath) -> str:
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f'."{key}"' for key in keys)


def _plain(keys: JsonPath) -> bool:
    return all(isinstance(key, int) or _PLAIN.fullmatch(key) for key in keys)


def _walked(column: Expression, keys: JsonPath) -> tuple[sa.Select[Any], Expression, Any]:
    """What is at a path, member by member: a statement without columns, the value, its kind."""
    members = sa.func.json_each(_if_kind(sa.func.json_type(column), _holder(keys[0]), column))
    member = members.table_valued("key", "value", "type")
    source: sa.FromClause = member
    conditions = [member.c.key == keys[0]]
    for key in keys[1:]:
        inner = sa.func.json_each(_if_kind(member.c.type, _holder(key), member.c.value))
        member = inner.table_valued("key", "value", "type")
        source = source.join(member, member.c.key == key)
    statement = sa.select().select_from(source).where(*conditions).limit(1)
    return statement, member.c.value, member.c.type


def _holder(key: str | int) -> str:
    return "array" if isinstance(key, int) else "object"


def _if_kind(kind: Expression, wanted: str, value: Expression) -> Expression:
    """The value if it is of a kind; else NULL, which has no members."""
    return sa.case((kind == wanted, value))


def json_value(column: Expression, keys: JsonPath) -> Expression:
    """The value at a path inside a column of JSON text: a number, a text, or NULL."""
    if _plain(keys):
        return sa.func.json_extract(column, _path(keys))
    statement, value, _ = _walked(column, keys)
    return statement.add_columns(value).scalar_subquery()


def json_kind(column: Expression, keys: JsonPath) -> sa.ColumnElement[str]:
    """`object array text integer real true false null`, or NULL where nothing is at the path."""
    if _plain(keys):
        return sa.func.json_type(column, _path(keys))
    statement, _, kind = _walked(column, keys)
    return statement.add_columns(kind).scalar_subquery()


def json_length(column: Expression, keys: JsonPath) -> sa.ColumnElement[int]:
    """How many items an array at a path has."""
    if _plain(keys):
        return sa.func.json_array_length(column, _path(keys))
    return sa.func.json_array_length(_walked_array(column, keys))


def json_items(
    column: Expression, keys: JsonPath
) -> tuple[sa.FromClause, Expression, sa.ColumnElement[str]]:
    """The items of an array at a path as rows: what to select from, the value, its kind."""
    arguments = (column, _path(keys)) if _plain(keys) else (_walked_array(column, keys),)
    items = sa.func.json_each(*arguments).table_valued("value", "type")
    return items, items.c.value, items.c.type


def json_reached(column: Expression, keys: JsonPath) -> Expression:
    """An array of the values at a path of keys, in each object of arrays on its way."""
    return sa.func.json_reached(column, json.dumps(keys))


def reached_json(text: str | None, path: str) -> str | None:
    """What the function `json_reached` of a connection returns."""
    if text is None:
        return None
    values = [json.loads(plain_json(text))]
    for key in json.loads(path):
        objects = [item for value in values for item in (value if is_array(value) else [value])]
        values = [item[key] for item in objects if is_object(item) and key in item]
    return json.dumps(values)


def json_lacking(column: Expression, keys: JsonPath) -> sa.ColumnElement[bool]:
    """Whether an object in an array on the way has nothing at a path of keys."""
    return sa.func.json_lacking(column, json.dumps(keys), type_=sa.Boolean())


def lacking_json(text: str | None, path: str) -> bool:
    """What the function `json_lacking` of a connection returns."""
    values: list[object] = [] if text is None else [json.loads(plain_json(text))]
    for key in json.loads(path):
        objects = [
            item
            for value in values
            for item in (filter(is_object, value) if is_array(value) else [value])
        ]
        having = [item for item in objects if is_object(item) and key in item]
        if len(having) < len(objects):
            return True
        values = [item[key] for item in having]
    return False


def _walked_array(column: Expression, keys: JsonPath) -> Expression:
    """The JSON of the array at a path; NULL where there is none."""
    statement, value, kind = _walked(column, keys)
    return statement.add_columns(_if_kind(kind, "array", value)).scalar_subquery()


def json_text(value: Expression) -> Expression:
    """A value as a text."""
    return sa.cast(value, sa.Text)


def json_number(value: Expression) -> Expression:
    """A number; SQLite knows itself what a value is."""
    return value


def json_given(number: float) -> int | float:
    """A number to compare with others; a whole one that SQLite has as a fraction is one here."""
    if isinstance(number, float) or abs(number) < _MOST_WHOLE:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def json_is(kind: sa.ColumnElement[str], kinds: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a value is of one of these kinds."""
    return kind.in_(kinds)


def json_equal(
    column: Expression, keys: JsonPath, value: object, *, through: bool
) -> sa.ColumnElement[bool] | None:
    """No index finds a value in JSON."""
    return None


JSON: JsonAccess = JsonAccess(
    json_value,
    json_kind,
    json_length,
    json_items,
    json_reached,
    json_lacking,
    json_text,
    json_number,
    json_given,
    json_is,
    json_equal,
)
