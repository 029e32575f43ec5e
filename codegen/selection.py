"""Walks selections: which field a dotted path means, its type, its null, its model's attribute."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ariadne_codegen.utils import str_to_snake_case
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources import Sources

# GraphQL scalar → (annotation, how a read value becomes what users get)
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


@dataclass(frozen=True)
class Place:
    """An object in a reply: its GraphQL type and what is selected of it."""

    type: GraphQLNamedType
    selections: SelectionSetNode
    sources: Sources

    def fields(self) -> Iterator[Selected]:
        """Every selected field, through fragment spreads, in order."""
        yield from self._of(self.selections)

    def field(self, name: str) -> Selected | None:
        """The field of that response name, if it is selected."""
        return next((field for field in self.fields() if field.name == name), None)

    def fragments(self) -> list[str]:
        """The fragments spread here directly."""
        return [
            node.name.value
            for node in self.selections.selections
            if isinstance(node, FragmentSpreadNode)
        ]

    def _of(self, selections: SelectionSetNode) -> Iterator[Selected]:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield Selected(node, self)
            elif isinstance(node, FragmentSpreadNode):
                yield from self._of(self.sources.fragments[node.name.value].selection_set)
            elif isinstance(node, InlineFragmentNode):
                yield from self._of(node.selection_set)


@dataclass(frozen=True)
class Selected:
    """One selected field."""

    node: FieldNode
    parent: Place

    @property
    def name(self) -> str:
        """The key of the field in the reply."""
        return self.node.alias.value if self.node.alias else self.node.name.value

    @property
    def attribute(self) -> str:
        """The attribute of the generated model."""
        if self.name == "__typename":
            return "typename__"
        snake = str_to_snake_case(self.name)
        return f"{snake}_" if snake in {"type", "id_", "from", "global"} else snake

    @property
    def words(self) -> str:
        """The field's name in words: ``artifactType`` is an "artifact type"."""
        return str_to_snake_case(self.name).replace("_", " ")

    @property
    def type(self) -> GraphQLOutputType:
        """The field's GraphQL type."""
        if self.node.name.value == "__typename":
            string = self.parent.sources.schema.type_map["String"]
            assert isinstance(string, GraphQLScalarType)
            return GraphQLNonNull(string)
        parent = self.parent.type
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        found: GraphQLOutputType = parent.fields[self.node.name.value].type
        return found

    @property
    def nullable(self) -> bool:
        """Whether the model's attribute may be ``None``: by type, or by a condition."""
        return not isinstance(self.type, GraphQLNonNull) or bool(self.node.directives)

    @property
    def is_list(self) -> bool:
        """Whether it is a list, null or not."""
        kind = self.type.of_type if isinstance(self.type, GraphQLNonNull) else self.type
        return isinstance(kind, GraphQLList)

    @property
    def is_leaf(self) -> bool:
        """Whether it is a scalar or an enum (or a list of them)."""
        return isinstance(get_named_type(self.type), GraphQLScalarType | GraphQLEnumType)

    @property
    def place(self) -> Place:
        """The object that the field holds."""
        assert self.node.selection_set is not None
        return Place(get_named_type(self.type), self.node.selection_set, self.parent.sources)

    @property
    def variables(self) -> list[str]:
        """The variables that its arguments take, in order."""
        return [
            argument.value.name.value
            for argument in self.node.arguments
            if isinstance(argument.value, VariableNode)
        ]

    @property
    def scalar(self) -> str:
        """The Python annotation of a leaf, without null and list."""
        named = get_named_type(self.type)
        return (
            named.name if isinstance(named, GraphQLEnumType) else SCALARS.get(named.name, "object")
        )


def operation_place(sources: Sources, operation: str) -> Place:
    """The root of an operation's reply."""
    node = sources.operations[operation]
    root = sources.schema.get_root_type(node.operation)
    assert root is not None
    return Place(root, node.selection_set, sources)


def fragment_place(sources: Sources, fragment: str) -> Place:
    """The object that a fragment describes."""
    node = sources.fragments[fragment]
    named = sources.schema.type_map[node.type_condition.name.value]
    return Place(named, node.selection_set, sources)
