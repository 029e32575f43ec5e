"""Which fields, arguments, inputs and types of a schema the queries use."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    Node,
    NonNullTypeNode,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    type_from_ast,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Used:
    """Members by the names that errors have for them, and the types that they name."""

    fields: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    arguments: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    certain: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """Arguments that are always sent."""
    inputs: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Members of inputs that are written in documents."""
    types: set[str] = field(default_factory=set[str])
    variables: set[str] = field(default_factory=set[str])
    """Types of variables."""
    given: set[str] = field(default_factory=set[str])
    """Variables that are always sent."""
    unknown: set[str] = field(default_factory=set[str])
    """Members that are selected but not in the schema."""


def used_members(schema: GraphQLSchema, nodes: Iterable[Node]) -> Used:
    """What documents use of a schema; what the schema lacks is listed, and is no error."""
    used = Used()
    info = TypeInfo(schema)
    for node in nodes:
        visit(node, TypeInfoVisitor(info, _Collector(schema, info, used)))
    return used


class _Collector(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo, used: Used) -> None:
        super().__init__()
        self._schema = schema
        self._info = info
        self._used = used

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._info.get_parent_type()
        if parent is None or node.name.value.startswith("__"):
            return
        if self._info.get_field_def() is None:
            self._used.unknown.add(f"{parent.name}.{node.name.value}")
            return
        self._used.fields.add((parent.name, node.name.value))
        self._used.types.add(parent.name)
        kind = get_named_type(self._info.get_type())
        if kind is not None:
            self._used.types.add(kind.name)

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        parent, definition = self._info.get_parent_type(), self._info.get_field_def()
        if parent is None or definition is None or self._info.get_directive() is not None:
            return
        name = self._field_name(definition)
        if name is None:
            return  # __type(name:) and its like
        if node.name.value in definition.args:
            self._used.arguments.add((parent.name, name, node.name.value))
            value = node.value
            if not isinstance(value, VariableNode) or value.name.value in self._used.given:
                self._used.certain.add((parent.name, name, node.name.value))
        else:
            self._used.unknown.add(f"{parent.name}.{name}({node.name.value})")

    def _field_name(self, definition: object) -> str | None:
        parent = self._info.get_parent_type()
        fields: dict[str, object] = getattr(parent, "fields", {})
        return next((name for name, item in fields.items() if item is definition), None)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        parent = get_named_type(self._info.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType):
            if node.name.value in parent.fields:
                self._used.inputs.add((parent.name, node.name.value))
            else:
                self._used.unknown.add(f"{parent.name}.{node.name.value}")

    def enter_inline_fragment(self, *_: object) -> None:
        kind = get_named_type(self._info.get_type())
        if kind is not None:
            self._used.types.add(kind.name)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        kind = get_named_type(type_from_ast(self._schema, node.type))
        if kind is not None:
            self._used.types.add(kind.name)
            self._used.variables.add(kind.name)
        if isinstance(node.type, NonNullTypeNode) or node.default_value is not None:
            self._used.given.add(node.variable.name.value)
