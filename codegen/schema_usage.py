"""What each operation touches of a schema, for the doctor and for the difference of two schemas."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import (
    DocumentNode,
    FragmentSpreadNode,
    GraphQLInputObjectType,
    GraphQLNamedType,
    Visitor,
    get_named_type,
    is_required_input_field,
    print_ast,
    visit,
)

from .members import Used, used_members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLSchema, Node

    from .cutting import Cutting
    from .sources import Sources


@dataclass(frozen=True)
class SchemaUsage:
    """What one operation touches."""

    operation: str
    used: Used
    optional: frozenset[str]
    """Names of members that it can do without."""
    fields: dict[str, dict[str, str]]
    """Type → field → its type, as the schema that was generated from has it."""
    arguments: dict[str, tuple[str, ...]]
    """``Type.field`` → the arguments that are sent; with ``!`` those that are never left out."""
    inputs: dict[str, tuple[str, ...]]
    """Input type → its members that may be sent; with ``!`` those that must be."""

    @property
    def written(self) -> list[str]:
        """The members of inputs that the document writes out."""
        return sorted(f"{owner}.{name}" for owner, name in self.used.inputs)


def document_of(sources: Sources, operation: str) -> DocumentNode:
    """An operation with the fragments that it needs."""
    definitions: list[Node] = [sources.operations[operation]]
    names: list[str] = []

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            if node.name.value not in names:
                names.append(node.name.value)
                definitions.append(sources.fragments[node.name.value])
                visit(definitions[-1], self)

    visit(definitions[0], Spreads())
    return DocumentNode(definitions=tuple(definitions))


def document_text(sources: Sources, operation: str) -> str:
    """The same as text."""
    return print_ast(document_of(sources, operation))


def used_by_operation(
    sources: Sources, schema: GraphQLSchema, cutting: Cutting, operation: str
) -> SchemaUsage:
    """What an operation touches of a schema."""
    used = used_members(schema, document_of(sources, operation).definitions)
    fields: dict[str, dict[str, str]] = {}
    arguments: dict[str, list[str]] = {}
    for owner, name in sorted(used.fields):
        kind = schema.type_map[owner]
        fields.setdefault(owner, {})[name] = str(kind.fields[name].type)  # type: ignore[attr-defined]  # has fields
        arguments[f"{owner}.{name}"] = []
    for owner, name, argument in sorted(used.arguments):
        certain = "!" if (owner, name, argument) in used.certain else ""
        arguments[f"{owner}.{name}"].append(f"{argument}{certain}")
    inputs = {
        kind.name: tuple(
            f"{member}!" if is_required_input_field(item) else member
            for member, item in kind.fields.items()
        )
        for name in sorted(used.variables | {owner for owner, _ in used.inputs})
        for kind in _inputs_below(schema.type_map[name], set())
    }
    return SchemaUsage(
        operation,
        used,
        frozenset(member.name for member in cutting.members),
        fields,
        {name: tuple(given) for name, given in arguments.items()},
        dict(sorted(inputs.items())),
    )


def _inputs_below(kind: GraphQLNamedType, seen: set[str]) -> list[GraphQLInputObjectType]:
    if not isinstance(kind, GraphQLInputObjectType) or kind.name in seen:
        return []
    seen.add(kind.name)
    below = [get_named_type(member.type) for member in kind.fields.values()]
    return [kind, *(found for inner in below for found in _inputs_below(inner, seen))]


def schema_usage_of(sources: Sources, cuttings: Mapping[str, Cutting]) -> list[SchemaUsage]:
    """What every operation touches of the schema that it is generated from."""
    return [
        used_by_operation(sources, sources.schema, cuttings[name], name)
        for name in sorted(sources.operations)
    ]
