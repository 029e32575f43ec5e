"""Custom scalars: each that the queries use needs a Python type, or ``Any`` would leak out."""

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

from .problem import read_toml, suggestion, table
from .sources import problem_at

if TYPE_CHECKING:
    from pathlib import Path

    from graphql import GraphQLNamedType

    from .problem import Problem
    from .sources import Sources

CONFIG = "codegen/ariadne.toml"
# GraphQL scalar → the annotation of a property, where it is not the model's own.
SCALARS = {
    "ID": "str",
    "String": "str",
    "Int": "int",
    "Int64": "int",
    "Float": "float",
    "Boolean": "bool",
    "DateTime": "datetime",
    "JSONString": "JsonValue",
    "JSON": "JsonValue",
}


def check_scalars(sources: Sources, config: Path) -> None:
    """Raise a ``Problem`` where a query uses a scalar that has no Python type."""
    settings = read_toml(config, CONFIG)
    typed = set(table(table(table(settings, "tool"), "ariadne-codegen"), "scalars"))
    for node, scalar in _used(sources):
        if scalar not in typed or scalar not in SCALARS:
            raise _untyped(node, scalar, typed)


def _untyped(node: Node, scalar: str, typed: set[str]) -> Problem:
    if scalar in typed:
        text = f"scalar {scalar} has no annotation; add it to SCALARS in codegen/scalars.py"
    else:
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
