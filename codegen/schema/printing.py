"""Prints members of a schema in the layout of schema.graphql: description, then one line each."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from graphql import (
    DEFAULT_DEPRECATION_REASON,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLScalarType,
    Node,
    StringValueNode,
    Undefined,
    ast_from_value,
    is_specified_scalar_type,
    print_ast,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import GraphQLInputType

CONSTRAINTS = "constraints"
MARGIN = "  "


def head_text(kind: GraphQLNamedType, interfaces: Sequence[str]) -> str:
    """The description of a type, and its line up to the brace."""
    keywords: dict[type[GraphQLNamedType], str] = {
        GraphQLInterfaceType: "interface",
        GraphQLInputObjectType: "input",
        GraphQLEnumType: "enum",
    }
    head = f"{keywords.get(type(kind), 'type')} {kind.name}"
    listed = f" implements {' & '.join(interfaces)}" if interfaces else ""
    return f"{described(kind.description, '')}{head}{listed}"


def field_text(name: str, member: GraphQLField, arguments: Mapping[str, GraphQLArgument]) -> str:
    """A field with some of its arguments."""
    listed = ", ".join(input_text(key, item) for key, item in arguments.items())
    given = f"({listed})" if listed else ""
    deprecated = deprecation_text(member.deprecation_reason)
    return f"{name}{given}: {member.type}{deprecated}"


def input_text(name: str, member: GraphQLArgument | GraphQLInputField) -> str:
    """An argument with its description in front, or a member of an input without it."""
    description = ""
    if isinstance(member, GraphQLArgument) and member.description:
        description = f"{description_text(member.description, None)} "
    constraints = applied(member.ast_node, CONSTRAINTS)
    deprecated = deprecation_text(member.deprecation_reason)
    return f"{description}{name}: {member.type}{default_text(member)}{constraints}{deprecated}"


def value_text(name: str, member: GraphQLEnumValue) -> str:
    """A value of an enum."""
    return f"{name}{deprecation_text(member.deprecation_reason)}"


def described(description: str | None, margin: str) -> str:
    """A description as lines before a member with that margin; empty without a description."""
    return f"{description_text(description, margin)}\n{margin}" if description else ""


def description_text(description: str, margin: str | None) -> str:
    """A description in quotes; without a margin, on one line."""
    if margin is None:
        return print_ast(StringValueNode(value=description))
    lines = print_ast(StringValueNode(value=description, block=True)).splitlines()
    return "\n".join([lines[0], *(f"{margin}{line}" if line else "" for line in lines[1:])])


def default_text(member: GraphQLArgument | GraphQLInputField) -> str:
    """`` = `` and the default of a member; empty without a default."""
    if member.default_value is Undefined:
        return ""
    return f" = {literal_text(member.default_value, member.type)}"


def literal_text(value: object, kind: GraphQLInputType | None) -> str:
    """A value in SDL; without a type, a value of a JSON scalar."""
    if isinstance(kind, GraphQLNonNull):
        return literal_text(value, kind.of_type)
    if isinstance(value, list):
        inner = kind.of_type if isinstance(kind, GraphQLList) else None
        return f"[{', '.join(literal_text(item, inner) for item in value)}]"
    if isinstance(kind, GraphQLList):
        return literal_text(value, kind.of_type)
    if isinstance(value, dict):
        members = kind.fields if isinstance(kind, GraphQLInputObjectType) else {}
        types = {name: member.type for name, member in members.items()}
        pairs = (f"{name}: {literal_text(it, types.get(name))}" for name, it in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(kind, GraphQLEnumType | GraphQLScalarType) and _is_known(kind):
        node = ast_from_value(value, kind)
        return print_ast(node) if node else "null"
    return print_ast(StringValueNode(value=value)) if isinstance(value, str) else json.dumps(value)


def _is_known(kind: GraphQLEnumType | GraphQLScalarType) -> bool:
    return isinstance(kind, GraphQLEnumType) or is_specified_scalar_type(kind)


def applied(node: Node | None, name: str) -> str:
    """The directive of that name on a node, with a space in front; empty without it."""
    for directive in getattr(node, "directives", ()):
        if directive.name.value == name:
            return f" {print_ast(directive)}"
    return ""


def deprecation_text(reason: str | None) -> str:
    """The ``@deprecated`` directive for a reason; empty without a reason."""
    if reason is None:
        return ""
    if reason == DEFAULT_DEPRECATION_REASON:
        return " @deprecated"
    return f" @deprecated(reason: {print_ast(StringValueNode(value=reason))})"
