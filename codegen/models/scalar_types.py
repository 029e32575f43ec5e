"""Checks that every scalar that the queries use has a Python type."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLScalarType,
    Node,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    is_specified_scalar_type,
    type_from_ast,
    visit,
)

from ..configuration.scalars import BUILT_IN, Scalars
from ..project.layout import CONFIG
from ..project.problem import suggestion
from ..schema.locations import problem_at

if TYPE_CHECKING:
    from graphql import GraphQLNamedType

    from ..project.problem import Problem
    from ..queries.sources import Sources


def check_scalars(sources: Sources, scalars: Scalars) -> None:
    """Raise a ``Problem`` where a query uses a scalar that has no Python type."""
    for node, scalar in _used(sources):
        if scalar not in scalars:
            raise _untyped(node, scalar, set(scalars) - set(BUILT_IN))


def _untyped(node: Node, scalar: str, typed: set[str]) -> Problem:
    near = suggestion(scalar, typed).replace("did you mean", "or did you mean")
    text = f"scalar {scalar} has no Python type; add it to {CONFIG}{near}"
    return problem_at(GraphQLError(text, [node]), "queries")


def _used(sources: Sources) -> list[tuple[Node, str]]:
    found: list[tuple[Node, str]] = []
    info = TypeInfo(sources.schema)

    class Used(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            self.add(node, info.get_type())

        def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
            self.add(node, type_from_ast(sources.schema, node.type))

        def add(self, node: Node, kind: object) -> None:
            named = get_named_type(kind)  # type: ignore[call-overload]  # a type, or nothing
            found.extend((node, name) for name in _scalars_of(named, set()))

    for definition in (*sources.operations.values(), *sources.fragments.values()):
        visit(definition, TypeInfoVisitor(info, Used()))
    return found


def _scalars_of(kind: GraphQLNamedType | None, seen: set[str]) -> list[str]:
    """The custom scalars that a value of a type can hold: itself, or an input's members."""
    if isinstance(kind, GraphQLScalarType):
        return [] if is_specified_scalar_type(kind) else [kind.name]
    if not isinstance(kind, GraphQLInputObjectType) or kind.name in seen:
        return []
    seen.add(kind.name)
    members = kind.fields.values()
    return [name for item in members for name in _scalars_of(get_named_type(item.type), seen)]
