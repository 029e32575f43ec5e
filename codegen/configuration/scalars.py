"""Scalars: their types in models, variables and properties, from one table.

The table is ``[tool.ariadne-codegen.scalars]`` in ``ariadne.toml``. It must have every scalar that
the queries use, because ariadne-codegen types others as ``Any``.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import specified_scalar_types

from ..project.problem import suggestion

if TYPE_CHECKING:
    from ..project.toml import TomlLocations

Scalars = Mapping[str, "Scalar"]
"""Every scalar that has a Python type, by GraphQL's name."""
BUILT_IN = {"ID": "str", "String": "str", "Int": "int", "Float": "float", "Boolean": "bool"}
_FUNCTIONS = ("parser", "parameter", "check", "writer")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
# Column of the table → the type of its values; ariadne-codegen's columns first.
_OF_ARIADNE: dict[str, type] = {"type": str, "serialize": str, "parse": str}
_COLUMNS = {
    **_OF_ARIADNE,
    "variable": str,
    "property": str,
    "parser": str,
    "parser_takes_name": bool,
    "parameter": str,
    "check": str,
    "writer": str,
}


@dataclass(frozen=True)
class Scalar:
    """The Python types of a scalar: names of builtins or dotted paths."""

    type_name: str
    """The name of its type in a model."""
    sent: str
    """The type of a variable, which must be JSON."""
    shown: str
    """The type of a property."""
    parser: str | None = None
    """The function that converts a model's value for the property."""
    parser_takes_name: bool = False
    """Whether that function also takes the field's name, for its errors."""
    parameter: str | None = None
    """The type of a constructor's parameter, if it differs from that of the variable."""
    check: str | None = None
    """The function that validates an argument; it takes the value and the parameter's name."""
    writer: str | None = None
    """The function that converts an argument to the variable's value."""


def scalars_of(
    rows: Mapping[str, object], keys: tuple[str, ...], locations: TomlLocations
) -> dict[str, Scalar]:
    """The scalars of the table and GraphQL's own.

    Raises:
        Problem: a row of the table is wrong.
    """
    found = {name: Scalar(kind, kind, kind) for name, kind in BUILT_IN.items()}
    for name, row in rows.items():
        row_keys = (*keys, name)
        if name in specified_scalar_types:
            raise locations.problem(row_keys, "GraphQL has this scalar by itself; leave it out")
        if not isinstance(row, dict):
            raise locations.problem(row_keys, 'must be a table, such as { type = "str" }')
        cells: dict[str, str | bool] = {}
        for key, value in row.items():
            cells[key] = _cell(key, value, (*row_keys, key), locations)
        if "type" not in cells:
            raise locations.problem(row_keys, '"type" is missing: what it is in a model')
        kind = str(cells["type"])
        found[name] = Scalar(
            kind.rpartition(".")[2],
            sent=str(cells.get("variable", kind)),
            shown=str(cells.get("property", kind)),
            **{key: str(cells[key]) for key in _FUNCTIONS if key in cells},
            parser_takes_name=bool(cells.get("parser_takes_name")),
        )
    return found


def _cell(
    key: str, value: object, row_keys: tuple[str, ...], locations: TomlLocations
) -> str | bool:
    if key not in _COLUMNS:
        raise locations.problem(row_keys, f"unknown key{suggestion(key, _COLUMNS)}")
    if _COLUMNS[key] is bool:
        if not isinstance(value, bool):
            raise locations.problem(row_keys, "must be true or false")
        return value
    if not isinstance(value, str):
        raise locations.problem(row_keys, "must be a string")
    if not _DOTTED.fullmatch(value):
        raise locations.problem(row_keys, f"{value!r} is no name of a builtin and no dotted path")
    return value


def ariadne_columns(rows: Mapping[str, object]) -> dict[str, object]:
    """The table with only the columns that ariadne-codegen knows."""
    return {
        name: {key: value for key, value in row.items() if key in _OF_ARIADNE}
        for name, row in rows.items()
        if isinstance(row, dict)
    }
