"""Checks that the attributes and classes of results have distinct names."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import GraphQLUnionType, Node, print_ast

from ..python.names import is_name, model_class
from ..queries.optional_directive import OPTIONAL
from ..queries.selection import Selected, fragment_selection, operation_selection
from ..queries.sources import Sources
from ..schema.locations import location_in_file, location_of, problem_here
from .narrowed_fragments import check_fragments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..queries.selection import ObjectSelection


@dataclass
class ResultNames:
    """The names of attributes and classes in results."""

    sources: Sources
    classes: Mapping[str, tuple[str, Node | None]]
    """Class name → its definition and node, for existing classes."""

    def check(self) -> None:
        """Raise a ``Problem`` if two fields become one attribute, or two objects one class."""
        made: dict[str, tuple[str, Node]] = {}
        for name in self.sources.fragments:
            self._object(fragment_selection(self.sources, name), name, made)
        for name in self.sources.operations:
            # Each operation has its own module, whose classes conflict only with imported ones.
            self._object(operation_selection(self.sources, name), name, {})

    def _object(
        self, selection: ObjectSelection, class_name: str, made: dict[str, tuple[str, Node]]
    ) -> None:
        check_fragments(selection)
        attributes: dict[str, Selected] = {}
        for selected in selection.every_field():
            self._attribute(selected, attributes)
        for selected in selection.every_field():
            if selected.parent.definition == selection.definition and selected.node.selection_set:
                # ariadne-codegen makes a class for each type of a narrowed object.
                owner = class_name + (selected.narrows or "")
                name = owner + model_class(selected.attribute)
                for made_of in type_suffixes(selected.selection):
                    self._class(name + made_of, selected, made)
                self._object(selected.selection, name, made)

    def _attribute(self, selected: Selected, attributes: dict[str, Selected]) -> None:
        if selected.definition is None and selected.node.name.value != "__typename":
            text = f'"{selected.node.name.value}" asks for the schema; that is pulled, not queried'
            raise problem_here(selected.node, text)
        if not is_name(selected.attribute):
            raise problem_here(selected.node, f'field "{selected.name}" has no name in Python')
        other = attributes.setdefault(selected.attribute, selected)
        if other.node is selected.node:
            return
        if None not in {other.narrows, selected.narrows} and other.narrows != selected.narrows:
            return  # these types have separate classes
        location = location_of(other.node)
        if other.name != selected.name:
            text = f'fields "{selected.name}" and "{other.name}" (at {location}) are one name'
            raise problem_here(selected.node, f"{text} in Python: {selected.attribute}")
        same = self._conditions(other) == self._conditions(selected)
        if selected.node.selection_set or not same:
            text = f'field "{selected.name}" is asked for at {location} as well'
            raise problem_here(selected.node, f"{text}, and a model has one of them; write it once")

    def _conditions(self, selected: Selected) -> list[str]:
        marked = location_in_file(selected.node) in {mark.location for mark in self.sources.marks}
        return [*(print_ast(item) for item in selected.node.directives), *([OPTIONAL] * marked)]

    def _class(self, name: str, selected: Selected, made: dict[str, tuple[str, Node]]) -> None:
        definition = f'the object "{selected.name}"'
        known: tuple[str, Node | None] | None = made.get(name) or self.classes.get(name)
        if known is not None and known[1] is not selected.node:
            other, other_node = known
            location = f" at {location_of(other_node)}" if other_node else ""
            text = f"{definition} and {other}{location} are one class in Python: {name}"
            raise problem_here(selected.node, f"{text}; give it an alias")
        made[name] = (definition, selected.node)


def type_suffixes(selection: ObjectSelection) -> list[str]:
    """The suffixes of the names of the classes for an object."""
    narrowed = {field.narrows for field in selection.every_field() if field.narrows}
    if isinstance(selection.type, GraphQLUnionType):
        return [kind.name for kind in selection.type.types]
    return sorted({selection.type.name, *narrowed}) if narrowed else [""]
