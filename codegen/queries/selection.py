"""Walks selections: the field at a dotted path, its type, nullability and model attribute."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ariadne_codegen.utils import str_to_snake_case
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLType,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from ..python.names import model_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .optional_directive import Mark
    from .sources import Sources


@dataclass(frozen=True)
class ObjectSelection:
    """An object in a response: its GraphQL type, its selections, and their document."""

    type: GraphQLNamedType
    selections: SelectionSetNode | None
    sources: Sources
    definition: str
    path: tuple[str, ...] = ()

    def fields(self) -> Iterator[Selected]:
        """Every selected field once, through fragment spreads, in order."""
        names: set[str] = set()
        # Fields of every type come first: only these can be steps of a path.
        for selected in sorted(self.every_field(), key=lambda it: it.narrows is not None):
            if selected.name not in names:
                names.add(selected.name)
                yield selected

    def field(self, name: str) -> Selected | None:
        """The field of that response name, if it is selected."""
        return next((field for field in self.fields() if field.name == name), None)

    def fragments(self) -> list[str]:
        """The fragments that are spread directly in this selection."""
        return [
            node.name.value
            for node in (self.selections.selections if self.selections else ())
            if isinstance(node, FragmentSpreadNode)
        ]

    def models(self) -> set[str]:
        """The fragments whose models the object's model is, directly or through others."""
        found: set[str] = set()
        ahead = self.fragments()
        while ahead:
            selection = fragment_selection(self.sources, name := ahead.pop())
            if name not in found and selection.type is self.type:
                found.add(name)
                ahead += selection.fragments()
        return found

    def every_field(self) -> Iterator[Selected]:
        """Every selected field, repeated ones too, through fragment spreads, in order."""
        for node in self.selections.selections if self.selections else ():
            if isinstance(node, FieldNode):
                yield Selected(node, self)
            elif isinstance(node, FragmentSpreadNode):
                yield from self._through(fragment_selection(self.sources, node.name.value))
            elif isinstance(node, InlineFragmentNode):
                yield from self._through(self.narrowed(node))

    def _through(self, inner: ObjectSelection) -> Iterator[Selected]:
        for selected in inner.every_field():
            narrows = None if self.is_always(inner.type) else inner.type.name
            yield replace(selected, narrows=narrows) if narrows else selected

    def is_always(self, kind: GraphQLNamedType) -> bool:
        """Whether every object here is of that type."""
        if kind is self.type:
            return True
        if not isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            return False
        return self.sources.schema.is_sub_type(kind, self.type)

    def narrowed(self, node: InlineFragmentNode) -> ObjectSelection:
        """The object with the selections of an inline fragment."""
        # graphql-core does not say so, but the type condition is None where there is none.
        condition: NamedTypeNode | None = node.type_condition
        named = self.sources.schema.type_map[condition.name.value] if condition else self.type
        return replace(self, type=named, selections=node.selection_set)


@dataclass(frozen=True)
class Selected:
    """One selected field."""

    node: FieldNode
    parent: ObjectSelection
    narrows: str | None = None
    """The type that the object must have for the field, if it may have another."""

    @property
    def name(self) -> str:
        """The key of the field in the reply."""
        return self.node.alias.value if self.node.alias else self.node.name.value

    @property
    def attribute(self) -> str:
        """The attribute of the generated model."""
        return model_attribute(self.name)

    @property
    def display_name(self) -> str:
        """The field's name in error messages: ``artifactType`` is an "artifact type"."""
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
        certain = isinstance(self.type, GraphQLNonNull) and not self.node.directives
        return not certain or self.is_marked

    @property
    def feature(self) -> str | None:
        """The server feature that ``@optional`` names, if any."""
        mark = self._mark
        return mark.feature if mark else None

    @property
    def is_marked(self) -> bool:
        """Whether it has ``@optional``."""
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
    def selection(self) -> ObjectSelection:
        """The selection of the field's object; for a leaf, without fields."""
        path = (*self.parent.path, self.name)
        selections = self.node.selection_set
        return replace(
            self.parent, type=get_named_type(self.type), selections=selections, path=path
        )

    @property
    def arguments(self) -> dict[str, str]:
        """Argument → variable, for its arguments that are variables, in order."""
        return {
            argument.name.value: argument.value.name.value
            for argument in self.node.arguments
            if isinstance(argument.value, VariableNode)
        }

    @property
    def definition(self) -> GraphQLField | None:
        """The field in the schema; ``None`` for ``__typename``."""
        fields: dict[str, GraphQLField] = getattr(self.parent.type, "fields", {})
        return fields.get(self.node.name.value)


def present(kind: GraphQLType) -> GraphQLType:
    """A type without its ``!``."""
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def is_list(kind: GraphQLType) -> bool:
    """Whether a type is a list, null or not."""
    return isinstance(present(kind), GraphQLList)


def is_list_of_strings(kind: GraphQLType) -> bool:
    """Whether a type is a list, null or not, of strings that are not null."""
    inner = present(kind)
    if not isinstance(inner, GraphQLList) or not isinstance(inner.of_type, GraphQLNonNull):
        return False
    return str(inner.of_type.of_type) in {"String", "ID"}


def operation_selection(sources: Sources, operation: str) -> ObjectSelection:
    """The selection at the root of an operation."""
    node = sources.operations[operation]
    root = sources.schema.get_root_type(node.operation)
    assert root is not None
    return ObjectSelection(root, node.selection_set, sources, operation)


def fragment_selection(sources: Sources, fragment: str) -> ObjectSelection:
    """The selection of a fragment."""
    node = sources.fragments[fragment]
    named = sources.schema.type_map[node.type_condition.name.value]
    return ObjectSelection(named, node.selection_set, sources, fragment)
