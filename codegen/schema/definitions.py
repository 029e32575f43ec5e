"""Helpers for definitions and types of the schema, of any kind."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import (
    EnumTypeDefinitionNode,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from .printing import CONSTRAINTS

if TYPE_CHECKING:
    from collections.abc import Mapping

Member = GraphQLField | GraphQLInputField | GraphQLEnumValue
KINDS: dict[type[Node], type[GraphQLNamedType]] = {
    ObjectTypeDefinitionNode: GraphQLObjectType,
    InterfaceTypeDefinitionNode: GraphQLInterfaceType,
    InputObjectTypeDefinitionNode: GraphQLInputObjectType,
    EnumTypeDefinitionNode: GraphQLEnumType,
    ScalarTypeDefinitionNode: GraphQLScalarType,
    UnionTypeDefinitionNode: GraphQLUnionType,
}


def is_type(node: Node) -> bool:
    """Whether a definition is one of a type."""
    return isinstance(node, TypeDefinitionNode)


def name_of(node: Node) -> str:
    """The name of a definition or a member."""
    named: NameNode = getattr(node, "name")  # noqa: B009 - not every node class declares it
    return named.value


def member_nodes(node: Node) -> list[Node]:
    """The fields or values that a type's definition lists."""
    found: tuple[Node, ...] = getattr(node, "fields", ()) or getattr(node, "values", ())
    return [*found]


def members_of(kind: GraphQLNamedType) -> Mapping[str, Member]:
    """The fields or values of a type."""
    if isinstance(kind, GraphQLEnumType):
        return kind.values
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType)
    fields: Mapping[str, Member] = kind.fields
    return fields


def leaf_members(kind: GraphQLNamedType) -> list[str]:
    """The scalar and enum fields of a type without required arguments; otherwise one member."""
    members = members_of(kind)
    values = [
        name
        for name, member in sorted(members.items())
        if isinstance(member, GraphQLField)
        and is_leaf_type(get_named_type(member.type))
        and not any(is_required_argument(argument) for argument in member.args.values())
    ]
    return values or sorted(members)[:1]


def constraints_on(node: Node) -> int:
    """The number of ``@constraints`` on a member and its arguments."""
    names = [item.name.value for item in getattr(node, "directives", ())]
    inside: list[Node] = [*getattr(node, "arguments", ())]
    return names.count(CONSTRAINTS) + sum(constraints_on(item) for item in inside)
