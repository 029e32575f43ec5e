"""Which members of a schema the queries mark ``@optional``."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_named_type,
    visit,
)

from .optional_directive import optional_mark

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Marked:
    """Members that a server may lack."""

    fields: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    arguments: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    inputs: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


def marked_members(schema: GraphQLSchema, nodes: Iterable[Node]) -> Marked:
    """The members that documents mark, or give a marked variable to; unknown ones are left out.

    Args:
        schema: the schema of the documents.
        nodes: the documents as they are written, with ``@optional``.
    """
    marked = Marked()
    info = TypeInfo(schema)
    for node in nodes:
        visit(node, TypeInfoVisitor(info, _Collector(info, marked)))
    return marked


class _Collector(Visitor):
    def __init__(self, info: TypeInfo, marked: Marked) -> None:
        super().__init__()
        self._info = info
        self._marked = marked
        self._variables: set[str] = set()

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        given = node.variable_definitions
        self._variables = {it.variable.name.value for it in given if optional_mark(it)}

    def enter_fragment_definition(self, _node: FragmentDefinitionNode, *_: object) -> None:
        self._variables = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._info.get_parent_type()
        if parent is not None and self._info.get_field_def() and optional_mark(node):
            self._marked.fields.add((parent.name, node.name.value))

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        parent, definition = self._info.get_parent_type(), self._info.get_field_def()
        if parent is None or definition is None or not self._is_marked(node):
            return
        fields: dict[str, object] = getattr(parent, "fields", {})
        name = next(name for name, item in fields.items() if item is definition)
        if node.name.value in definition.args:
            self._marked.arguments.add((parent.name, name, node.name.value))

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        parent = get_named_type(self._info.get_parent_input_type())
        if parent is not None and self._info.get_input_type() and self._is_marked(node):
            self._marked.inputs.add((parent.name, node.name.value))

    def _is_marked(self, node: ArgumentNode | ObjectFieldNode) -> bool:
        return isinstance(node.value, VariableNode) and node.value.name.value in self._variables
