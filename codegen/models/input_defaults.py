"""Defaults of input fields as Python; others are left to the server."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    StringValueNode,
)

from ..configuration.scalars import BUILT_IN
from ..python.names import enum_member

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLInputType, ValueNode


def input_default(
    node: ValueNode, kind: GraphQLInputType, types: Mapping[str, str]
) -> ast.expr | None:
    """A default as an expression of the type that the member has in Python.

    Args:
        node: the default, as the schema writes it.
        kind: the member's type.
        types: what scalars are in Python, by their names.

    Returns:
        ``None`` where it takes more than a literal: an object, or a value of another class.
    """
    if isinstance(node, NullValueNode):
        return ast.Constant(None)
    if isinstance(kind, GraphQLNonNull):
        return input_default(node, kind.of_type, types)
    if isinstance(kind, GraphQLList):
        # GraphQL takes a single value for a list of one.
        values = node.values if isinstance(node, ListValueNode) else (node,)
        items = [input_default(value, kind.of_type, types) for value in values]
        whole = [item for item in items if item is not None]
        return ast.List(whole) if len(whole) == len(items) else None
    if isinstance(kind, GraphQLEnumType) and isinstance(node, EnumValueNode):
        return ast.Attribute(ast.Name(kind.name), enum_member(node.value))
    if isinstance(kind, GraphQLScalarType):
        return _literal(node, types.get(kind.name) or BUILT_IN.get(kind.name))
    return None


def _literal(node: ValueNode, python: str | None) -> ast.expr | None:
    if python == "str" and isinstance(node, StringValueNode):
        return ast.Constant(node.value)
    if python == "bool" and isinstance(node, BooleanValueNode):
        return ast.Constant(node.value)
    if python in {"int", "float"} and isinstance(node, IntValueNode):
        return ast.Constant(int(node.value))
    if python == "float" and isinstance(node, FloatValueNode):
        return ast.Constant(float(node.value))
    return None


def set_default(field: ast.AnnAssign, value: ast.expr) -> None:
    """Replace the default of a member.

    A list stands as it is, for pydantic copies it: of what a function gives, mypy sees no more
    than what is in it.
    """
    given = field.value.keywords if isinstance(field.value, ast.Call) else []
    kept = [item for item in given if item.arg == "alias"]
    default = ast.keyword("default", value)
    field.value = ast.Call(ast.Name("Field"), [], [*kept, default]) if kept else value
