"""Where documents use a scalar, an enum or an input."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLInputObjectType,
    Node,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    type_from_ast,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLNamedType

    from .sources import Sources


def type_uses(sources: Sources) -> Iterator[tuple[Node, GraphQLNamedType]]:
    """Every type of a field, a variable or an argument, and of the members of its inputs."""
    found: list[tuple[Node, GraphQLNamedType]] = []
    info = TypeInfo(sources.schema)

    class Uses(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            self.add(node, info.get_type())

        def enter_argument(self, node: ArgumentNode, *_: object) -> None:
            argument = info.get_argument()
            self.add(node, argument.type if argument else None)

        def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
            self.add(node, type_from_ast(sources.schema, node.type))

        def add(self, node: Node, kind: object) -> None:
            named = get_named_type(kind)  # type: ignore[call-overload]  # a type, or nothing
            found.extend((node, inner) for inner in _with_input_members(named, set()))

    for definition in (*sources.operations.values(), *sources.fragments.values()):
        visit(definition, TypeInfoVisitor(info, Uses()))
    yield from found


def _with_input_members(
    kind: GraphQLNamedType | None, visited: set[str]
) -> Iterator[GraphQLNamedType]:
    """A type, and those of an input's members."""
    if kind is None or kind.name in visited:
        return
    visited.add(kind.name)
    yield kind
    for member in kind.fields.values() if isinstance(kind, GraphQLInputObjectType) else ():
        yield from _with_input_members(get_named_type(member.type), visited)
