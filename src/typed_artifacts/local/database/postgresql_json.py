"""Access to values in a JSON column in PostgreSQL, as JSONB."""

import json
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from .database import JsonAccess, JsonPath
from .rows import Expression

_KINDS = {"string": "text", "number": "real"}


def _document(column: Expression) -> Expression:
    return sa.cast(column, JSONB)


def json_value(column: Expression, keys: JsonPath) -> Expression:
    """The value at a path of keys inside a column of JSON text."""
    value = _document(column)
    for key in keys:
        if isinstance(key, int):  # PostgreSQL treats a scalar as an array of one
            value = _array(value).op("->", return_type=JSONB())(sa.literal(key, sa.Integer()))
        else:
            value = value.op("->", return_type=JSONB())(sa.literal(key, sa.Text()))
    return value


def json_kind(column: Expression, keys: JsonPath) -> sa.ColumnElement[str]:
    """`object array text real true false null`, or NULL where nothing is at the path."""
    return _kind_of(json_value(column, keys))


def _kind_of(value: Expression) -> sa.ColumnElement[str]:
    kind: sa.ColumnElement[str] = sa.func.jsonb_typeof(value, type_=sa.Text())
    whens = [(kind == json_type, sa.literal(kind_name)) for json_type, kind_name in _KINDS.items()]
    return sa.case(*whens, (kind == "boolean", _unquoted(value)), else_=kind)


def _unquoted(value: Expression) -> sa.ColumnElement[str]:
    return value.op("#>>", return_type=sa.Text())(sa.text("'{}'"))


def json_text(value: Expression) -> Expression:
    """A text without its quotation marks; NULL where the value is none.

    In the order of its characters' numbers, as in columns, whatever the database's own order is.
    """
    kind = sa.func.jsonb_typeof(value, type_=sa.Text())
    return sa.collate(sa.case((kind == "string", _unquoted(value))), "C")


def json_number(value: Expression) -> Expression:
    """A number; NULL where the value is none."""
    kind = sa.func.jsonb_typeof(value, type_=sa.Text())
    # Only CASE keeps PostgreSQL from converting a text to a number first.
    return sa.case((kind == "number", sa.cast(value, sa.Numeric)))


def json_given(number: float) -> Decimal:
    """A number to compare with others: as a double, it could not be with one that is larger."""
    return Decimal(repr(number))


def json_is(_kind: sa.ColumnElement[str], _kinds: Sequence[str]) -> sa.ColumnElement[bool]:
    """Nothing more to be asked: what is of another kind is NULL.

    A condition that has no statistics would have the planner expect very few rows.
    """
    return sa.true()


def json_length(column: Expression, keys: JsonPath) -> sa.ColumnElement[int]:
    """How many items an array at a path has."""
    return sa.func.jsonb_array_length(_array(json_value(column, keys)), type_=sa.Integer())


def json_items(
    column: Expression, keys: JsonPath
) -> tuple[sa.FromClause, Expression, sa.ColumnElement[str]]:
    """The items of an array at a path as rows: what to select from, the value, its kind."""
    items = sa.func.jsonb_array_elements(_array(json_value(column, keys)))
    rows = items.table_valued(sa.column("value", JSONB()))
    return rows, rows.c.value, _kind_of(rows.c.value)


def json_reached(column: Expression, keys: JsonPath) -> Expression:
    """An array of the values at a path of keys, in each object of arrays on its way."""
    path = sa.literal(_jsonpath(keys), JSONPATH())
    return sa.func.jsonb_path_query_array(_document(column), path, type_=JSONB())


def json_lacking(column: Expression, keys: JsonPath) -> sa.ColumnElement[bool]:
    """Whether an object in an array on the way has nothing at a path of keys."""
    lacking: list[str] = []
    for end in range(1, len(keys)):
        parent, key = _jsonpath(keys[:end]), json.dumps(keys[end])
        lacking.append(f'exists({parent} ? (@.type() == "object" && !exists(@.{key})))')
        if end > 1:  # a scalar has no members
            lacking.append(f'exists({parent}.type() ? (@ != "object" && @ != "array"))')
    path = sa.literal(" || ".join(lacking), JSONPATH())
    return sa.func.jsonb_path_match(_document(column), path, type_=sa.Boolean())


def _jsonpath(keys: JsonPath) -> str:
    """A path that looks into each array on its way by itself."""
    return "$" + "".join(f".{json.dumps(key)}" for key in keys)


def _array(value: Expression) -> Expression:
    """The value if it is an array; else NULL."""
    kind = sa.func.jsonb_typeof(value, type_=sa.Text())
    return sa.case((kind == "array", value))


def json_equal(
    column: Expression, keys: JsonPath, value: object, *, through: bool
) -> sa.ColumnElement[bool] | None:
    """Whether the value at a path, or an item of the array there, equals this: as the index has it.

    What contains an object with this value at this path has the value there.
    """
    if not keys or not isinstance(value, str | int | float):
        return None
    document = _document(column)
    is_key = len(keys) == 1 and isinstance(keys[0], str)
    if (through or is_key) and not _is_negative(value):
        # A single jsonpath query reads the document once.
        path = f"{_jsonpath(keys)} == {json.dumps(value)}"
        return document.op("@@", is_comparison=True)(sa.literal(path, JSONPATH()))
    return sa.or_(
        *(
            document.op("@>", is_comparison=True)(sa.literal(each, JSONB()))
            for each in _nested(keys, value, through=through)
        )
    )


def _is_negative(value: str | float) -> bool:
    """Of a number with a sign, no index knows in a path."""
    return not isinstance(value, str | bool) and value < 0


def _nested(keys: JsonPath, value: object, *, through: bool) -> list[object]:
    """What a document contains that has the value at a path, as it is or in an array."""
    found: list[object] = [value, [value]]
    for at, key in reversed(list(enumerate(keys))):
        found = [[each] if isinstance(key, int) else {key: each} for each in found]
        if at and through and not isinstance(key, int):
            found += [[each] for each in found]
    return found


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
