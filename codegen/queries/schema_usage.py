"""What each operation uses of a schema, for the doctor and for comparing schemas."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import (
    DocumentNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    Visitor,
    get_named_type,
    print_ast,
    visit,
)

from typed_artifacts._domain.doctor.compatible import leaf

from ..schema.printing import default_text
from .used_members import Used, used_members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from graphql import GraphQLSchema, Node

    from ..configuration.scalars import Scalars
    from .optional_parts import OptionalParts
    from .sources import Sources


@dataclass(frozen=True)
class SchemaUsage:
    """What one operation uses of a schema."""

    operation: str
    used: Used
    optional: frozenset[str]
    """Names of members that it can omit."""
    fields: dict[str, dict[str, str]]
    """Type → field → the field's type, in the schema of the generated code."""
    inputs: dict[str, dict[str, str]]
    """Input type → its members that may be sent, and their types with their defaults."""
    filled: frozenset[str]
    """The inputs whose members callers choose; of others the document fixes the members."""
    enums: dict[str, tuple[str, ...]]
    """Enum → its values, for enums that may be sent."""

    def may_send(self, owner: str, member: str) -> bool:
        """Whether it may send a member of an input."""
        return owner in self.filled or (owner, member) in self.used.inputs

    @property
    def sent(self) -> set[str]:
        """The types of all values that it may send."""
        members = (kind for row in self.inputs.values() for kind in row.values())
        return self.used.variables | {leaf(kind.partition(" = ")[0]) for kind in members}


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
    """An operation with the fragments that it needs, as text."""
    return print_ast(document_of(sources, operation))


def used_by_operation(
    sources: Sources, schema: GraphQLSchema, cutting: OptionalParts, operation: str
) -> SchemaUsage:
    """What an operation uses of a schema."""
    used = used_members(schema, document_of(sources, operation).definitions)
    fields: dict[str, dict[str, str]] = {}
    for owner, name in sorted(used.fields):
        kind = schema.type_map[owner]
        fields.setdefault(owner, {})[name] = str(kind.fields[name].type)  # type: ignore[attr-defined]  # has fields
    given = [schema.type_map[name] for name in used.variables]
    filled = {kind.name: kind for it in given for kind in _inputs_below(it, set())}
    # Of an input that a document writes out, what leads to other inputs is written as well, or is a
    # variable.
    written = [schema.type_map[name] for name, _ in used.inputs]
    inputs = filled | {it.name: it for it in written if isinstance(it, GraphQLInputObjectType)}
    members = [get_named_type(it.type) for kind in inputs.values() for it in kind.fields.values()]
    enums = {it.name: it for it in [*given, *members] if isinstance(it, GraphQLEnumType)}
    return SchemaUsage(
        operation,
        used,
        frozenset(member.name for member in cutting.members),
        fields,
        {
            name: {
                member: f"{item.type}{default_text(item)}" for member, item in kind.fields.items()
            }
            for name, kind in sorted(inputs.items())
        },
        frozenset(filled),
        {name: tuple(kind.values) for name, kind in sorted(enums.items())},
    )


def _inputs_below(kind: GraphQLNamedType, visited: set[str]) -> list[GraphQLInputObjectType]:
    if not isinstance(kind, GraphQLInputObjectType) or kind.name in visited:
        return []
    visited.add(kind.name)
    below = [get_named_type(member.type) for member in kind.fields.values()]
    return [kind, *(found for inner in below for found in _inputs_below(inner, visited))]


@dataclass(frozen=True)
class Tables:
    """What all operations together use of the schema."""

    roots: dict[str, str]
    """``query`` or ``mutation`` → its root type."""
    fields: dict[str, dict[str, str]]
    inputs: dict[str, dict[str, str]]
    enums: dict[str, tuple[str, ...]]
    scalars: dict[str, tuple[str, str]]
    """Scalar → its type in a model, and in a variable."""


def usage_tables(
    sources: Sources, optional_parts: Mapping[str, OptionalParts], scalars: Scalars
) -> Tables:
    """The tables that the doctor reads."""
    schema, names = sources.schema, sorted(sources.operations)
    usages = [used_by_operation(sources, schema, optional_parts[name], name) for name in names]
    roots = {"query": schema.query_type, "mutation": schema.mutation_type}
    return Tables(
        {kind: root.name for kind, root in roots.items() if root},
        _merged_tables(item.fields for item in usages),
        dict(sorted(it for usage in usages for it in usage.inputs.items())),
        dict(sorted(it for usage in usages for it in usage.enums.items())),
        scalar_kinds(scalars),
    )


def scalar_kinds(scalars: Scalars) -> dict[str, tuple[str, str]]:
    """Scalar → its type in a model, and in a variable."""
    return {
        name: (scalar.type_name, scalar.sent.rpartition(".")[2])
        for name, scalar in sorted(scalars.items())
    }


def _merged_tables(tables: Iterable[Mapping[str, Mapping[str, str]]]) -> dict[str, dict[str, str]]:
    """Tables of tables, merged and sorted."""
    merged: dict[str, dict[str, str]] = {}
    for table in tables:
        for name, row in table.items():
            merged.setdefault(name, {}).update(row)
    return {name: dict(sorted(row.items())) for name, row in sorted(merged.items())}


def left_out(
    fields: Mapping[str, Mapping[str, str]], lacking: Callable[[str, str], bool]
) -> set[str]:
    """The types that an operation no longer selects if optional fields are omitted.

    Args:
        fields: type → field that is asked for → the field's type.
        lacking: whether a field is left out, given its type's name and its own.
    """
    found: set[str] = set()
    while True:
        reached: dict[str, list[bool]] = {}
        for owner, row in fields.items():
            for name, kind in row.items():
                is_left_out = owner in found or lacking(owner, name)
                reached.setdefault(kind.strip("[]!"), []).append(is_left_out)
        now = {kind for kind, all_gone in reached.items() if all(all_gone)}
        if now == found:
            return found
        found = now
