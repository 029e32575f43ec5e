"""Walks selections: which field a dotted path means, its type, its null, its model's attribute."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ariadne_codegen.utils import process_name, str_to_snake_case
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
    NamedTypeNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .marks import Mark
    from .sources import Sources


@dataclass(frozen=True)
class Place:
    """An object in a reply: its GraphQL type, what is selected of it, and where that is written."""

    type: GraphQLNamedType
    selections: SelectionSetNode | None
    sources: Sources
    definition: str
    path: tuple[str, ...] = ()

    def fields(self) -> Iterator[Selected]:
        """Every selected field once, through fragment spreads, in order."""
        seen: set[str] = set()
        for selected in self._of(self.selections):
            if selected.name not in seen:
                seen.add(selected.name)
                yield selected

    def field(self, name: str) -> Selected | None:
        """The field of that response name, if it is selected."""
        return next((field for field in self.fields() if field.name == name), None)

    def fragments(self) -> list[str]:
        """The fragments spread here directly."""
        return [
            node.name.value
            for node in (self.selections.selections if self.selections else ())
            if isinstance(node, FragmentSpreadNode)
        ]

    def _of(self, selections: SelectionSetNode | None) -> Iterator[Selected]:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                yield Selected(node, self)
            elif isinstance(node, FragmentSpreadNode):
                yield from fragment_place(self.sources, node.name.value).fields()
            elif isinstance(node, InlineFragmentNode):
                yield from self.narrowed(node).fields()

    def narrowed(self, node: InlineFragmentNode) -> Place:
        """The same object seen through an inline fragment."""
        # graphql-core does not say so, but the type condition is None where there is none.
        condition: NamedTypeNode | None = node.type_condition
        named = self.sources.schema.type_map[condition.name.value] if condition else self.type
        return replace(self, type=named, selections=node.selection_set)


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
        return process_name(
            self.name,
            convert_to_snake_case=True,
            trim_leading_underscore=True,
            handle_pydantic_resrved_field_names=True,  # as ariadne-codegen spells it
        )

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
    def feature(self) -> str | None:
        """The feature without which a server lacks the field, where ``@optional`` names one."""
        mark = self._mark
        return mark.feature if mark else None

    @property
    def is_marked(self) -> bool:
        """Whether ``@optional`` stands on it."""
        return self._mark is not None

    @property
    def _mark(self) -> Mark | None:
        return self.parent.sources.mark(self.parent.definition, (*self.parent.path, self.name))

    @property
    def is_list(self) -> bool:
        """Whether it is a list, null or not."""
        return is_list(self.type)

    @property
    def is_leaf(self) -> bool:
        """Whether it is a scalar or an enum (or a list of them)."""
        return isinstance(get_named_type(self.type), GraphQLScalarType | GraphQLEnumType)

    @property
    def place(self) -> Place:
        """The object that the field holds; without fields where it is a leaf."""
        path = (*self.parent.path, self.name)
        selections = self.node.selection_set
        return replace(
            self.parent, type=get_named_type(self.type), selections=selections, path=path
        )

    @property
    def variables(self) -> list[str]:
        """The variables that its arguments take, in order."""
        return [
            argument.value.name.value
            for argument in self.node.arguments
            if isinstance(argument.value, VariableNode)
        ]


def is_list(kind: GraphQLOutputType) -> bool:
    """Whether a type is a list, null or not."""
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def operation_place(sources: Sources, operation: str) -> Place:
    """The root of an operation's reply."""
    node = sources.operations[operation]
    root = sources.schema.get_root_type(node.operation)
    assert root is not None
    return Place(root, node.selection_set, sources, operation)


def fragment_place(sources: Sources, fragment: str) -> Place:
    """The object that a fragment describes."""
    node = sources.fragments[fragment]
    named = sources.schema.type_map[node.type_condition.name.value]
    return Place(named, node.selection_set, sources, fragment)


def spread_below(sources: Sources, names: list[str]) -> set[str]:
    """Fragments, and those that they spread directly or through others."""
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += fragment_place(sources, name).fragments()
    return found
