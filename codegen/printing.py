"""Members of a schema in the layout of schema.graphql: one line each."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

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
    GraphQLNamedType,
    Node,
    StringValueNode,
    Undefined,
    ast_from_value,
    print_ast,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONSTRAINTS = "constraints"


def head_text(kind: GraphQLNamedType, interfaces: Sequence[str]) -> str:
    """The line of a type up to its brace."""
    words: dict[type[GraphQLNamedType], str] = {
        GraphQLInterfaceType: "interface",
        GraphQLInputObjectType: "input",
        GraphQLEnumType: "enum",
    }
    head = f"{words.get(type(kind), 'type')} {kind.name}"
    return f"{head} implements {' & '.join(interfaces)}" if interfaces else head


def field_text(
    name: str,
    member: GraphQLField | None,
    arguments: Mapping[str, GraphQLArgument],
    node: Node | None,
) -> str:
    """A field: of the server (``member``), with the file's constraints, or of the file alone."""
    there = {item.name.value: item for item in getattr(node, "arguments", ())}
    if member is None:
        listed = [input_text(given, None, item) for given, item in there.items()]
        shown, deprecated = print_ast(_type_of(node)), _directive(node, "deprecated")
    else:
        listed = [input_text(key, item, there.get(key)) for key, item in arguments.items()]
        shown, deprecated = str(member.type), _deprecated(member.deprecation_reason)
    given = f"({', '.join(listed)})" if listed else ""
    return f"{name}{given}: {shown}{deprecated}"


def input_text(
    name: str, member: GraphQLArgument | GraphQLInputField | None, node: Node | None
) -> str:
    """An argument or a member of an input, likewise."""
    if member is None:
        default = getattr(node, "default_value", None)
        shown = print_ast(_type_of(node))
        ending = f" = {print_ast(default)}" if default else ""
        marks = _directive(node, CONSTRAINTS) + _directive(node, "deprecated")
        return f"{name}: {shown}{ending}{marks}"
    ending = ""
    if member.default_value is not Undefined:
        value = ast_from_value(member.default_value, member.type)
        ending = f" = {print_ast(value)}" if value else ""
    # Introspection does not tell applied directives: what the file says stays.
    source = member.ast_node or node
    constraints = _directive(source, CONSTRAINTS)
    return f"{name}: {member.type}{ending}{constraints}{_deprecated(member.deprecation_reason)}"


def value_text(name: str, member: GraphQLEnumValue) -> str:
    """A value of an enum."""
    return f"{name}{_deprecated(member.deprecation_reason)}"


def _type_of(node: Node | None) -> Node:
    kind: Node = node.type  # type: ignore[union-attr]  # every member has a type
    return kind


def _directive(node: Node | None, name: str) -> str:
    for directive in getattr(node, "directives", ()):
        if directive.name.value == name:
            return f" {print_ast(directive)}"
    return ""


def _deprecated(reason: str | None) -> str:
    if reason is None:
        return ""
    if reason == DEFAULT_DEPRECATION_REASON:
        return " @deprecated"
    return f" @deprecated(reason: {print_ast(StringValueNode(value=reason))})"
