"""Type names that a model refuses, so that an object is parsed by the class of its type.

For an interface or a union there is a class for each type that the selection names, and pydantic
chooses the class with the most matching fields. If two classes match equally, the type name
decides. Type names that are not in the schema are accepted: a newer server may have more types.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import GraphQLInterfaceType, GraphQLSchema, GraphQLUnionType

from ..python.names import model_class
from ..queries.selection import fragment_selection, operation_selection
from ..schema.locations import problem_here
from .result_names import type_suffixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from graphql import GraphQLNamedType

    from ..queries.selection import ObjectSelection, Selected
    from ..queries.sources import Sources


_ABSTRACT = (GraphQLInterfaceType, GraphQLUnionType)


@dataclass(frozen=True)
class OtherTypes:
    """The type names that a class refuses, and the field with the type name."""

    names: tuple[str, ...]
    field: Selected


def other_types(sources: Sources) -> dict[str, OtherTypes]:
    """Class → what it refuses, for classes that could parse objects of another class's type.

    Raises:
        Problem: no field would tell the types apart.
    """
    selections = {name: fragment_selection(sources, name) for name in sources.fragments}
    selections |= {name: operation_selection(sources, name) for name in sources.operations}
    return {
        class_name: other
        for name, selection in selections.items()
        for class_name, other in _in_fields(sources.schema, selection.fields(), model_class(name))
    }


def _in_fields(
    schema: GraphQLSchema, fields: Iterable[Selected], class_name: str
) -> Iterator[tuple[str, OtherTypes]]:
    """Collect them for nested objects."""
    for field in fields:
        if field.is_leaf:
            continue
        classes = [*_classes_of(field.selection, class_name + model_class(field.attribute))]
        for one in classes:
            names = {name for other in classes for name in one.refused(other, schema)}
            if names:
                yield one.name, OtherTypes(tuple(sorted(names)), one.type_name(field, classes))
            yield from _in_fields(schema, one.fields.values(), one.name)


@dataclass(frozen=True)
class _Class:
    """One of the classes for an object."""

    name: str
    type: GraphQLNamedType
    objects: frozenset[str]
    """The object types of this class."""
    fields: dict[str, Selected]

    @property
    def required(self) -> set[str]:
        """The fields that are required in this class."""
        fields = self.fields.items()
        return {name for name, it in fields if not it.node.directives and not it.is_marked}

    def is_like(self, other: _Class) -> bool:
        """Whether one response could be valid for both classes."""
        if not self.fields or not other.fields:
            return False
        return self.required <= other.fields.keys() and other.required <= self.fields.keys()

    def refused(self, other: _Class, schema: GraphQLSchema) -> frozenset[str]:
        """The types of another class whose objects this class could parse."""
        if other is self or not self.is_like(other):
            return frozenset()
        is_part = other.objects < self.objects or _is_one(schema, other.type, self.type)
        return other.objects if is_part else other.objects - self.objects

    def type_name(self, field: Selected, classes: Iterable[_Class]) -> Selected:
        """The field with the type name."""
        for selected in self.fields.values():
            if selected.node.name.value == "__typename" and not selected.node.directives:
                return selected
        alike = " and ".join(it.type.name for it in classes if it is self or it.is_like(self))
        text = f'nothing tells {alike} in "{field.name}" apart; ask for __typename as well'
        raise problem_here(field.node, text)


def _classes_of(selection: ObjectSelection, name: str) -> Iterator[_Class]:
    schema, selected_fields = selection.sources.schema, [*selection.every_field()]
    for suffix in type_suffixes(selection):
        kind = schema.type_map[suffix] if suffix else selection.type
        fields: dict[str, Selected] = {}
        for field in selected_fields:
            if field.narrows is None or _is_one(schema, kind, schema.type_map[field.narrows]):
                fields.setdefault(field.name, field)
        objects = [kind.name]
        if isinstance(kind, _ABSTRACT):
            objects = [it.name for it in schema.get_possible_types(kind)]
        yield _Class(name + suffix, kind, frozenset(objects), fields)


def _is_one(schema: GraphQLSchema, kind: GraphQLNamedType, wider: GraphQLNamedType) -> bool:
    return kind is wider or (isinstance(wider, _ABSTRACT) and schema.is_sub_type(wider, kind))
