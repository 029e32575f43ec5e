"""Checks GraphQL names as Python names: valid, and unique."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    Node,
    get_named_type,
)

from ..project.layout import SCHEMA
from ..python.names import (
    enum_member,
    is_name,
    model_attribute,
    model_class,
    operation_constant,
    operation_module,
    variable_name,
)
from ..queries.type_uses import type_uses
from ..schema.locations import location_of, problem_at
from .result_names import ResultNames

if TYPE_CHECKING:
    from ..configuration.scalars import Scalars
    from ..project.problem import Problem
    from ..queries.sources import Sources

# Modules of ``_graphql`` that belong to no single operation.
_MODULES = {"base_model", "enums", "fragments", "input_types", "operations"}
# Names that the modules of models import, besides the scalars' types.
_IMPORTED = {
    *("Annotated", "Any", "BaseModel", "BeforeValidator", "Field", "Literal", "OpenEnum"),
    *("Optional", "OtherThan", "PlainSerializer", "Union", "Upload", "list"),
}


def check_names(sources: Sources, scalars: Scalars) -> dict[str, str]:
    """Class of a model → its definition: enum, input or fragment.

    Raises:
        Problem: a name of schema or queries is not valid or not unique in Python.
    """
    names = _Names(sources, scalars)
    names.check()
    # An operation may have the name of its class.
    return {
        name: f"{definition} at {location_of(node)}"
        for name, (definition, node) in names.classes.items()
        if node is not None and not definition.startswith("operation ")
    }


@dataclass
class _Names:
    sources: Sources
    scalars: Scalars
    classes: dict[str, tuple[str, Node | None]] = field(
        default_factory=dict[str, tuple[str, Node | None]]
    )
    """Class name → its definition and node, for classes whose names must be unique."""

    def check(self) -> None:
        imported = {scalar.type_name for scalar in self.scalars.values()}
        for name in _IMPORTED | imported:
            self.classes[name] = ("what the models import", None)
        for name, kind in self.sources.schema.type_map.items():
            if isinstance(kind, GraphQLEnumType) and not name.startswith("__"):
                self._class(name, f"enum {name}", kind.ast_node)
                self._members(kind)
        for kind in self._inputs():
            self._class(kind.name, f"input {kind.name}", kind.ast_node)
            self._fields(kind)
        self._operations()
        self._fragments()
        ResultNames(self.sources, self.classes).check()

    def _class(self, name: str, definition: str, node: Node | None) -> None:
        if not is_name(name):
            raise _problem(node, f"{definition}: Python takes no class of that name")
        if name in self.classes:
            other, other_node = self.classes[name]
            if other_node is None:
                advice = self._advice(definition.partition(" ")[0], name)
                text = f"{definition}: the models import something else of this name; {advice}"
                raise _problem(node, text)
            both = f"{definition} and {other} at {location_of(other_node)}"
            raise _problem(node, f"{both} are one name in Python: {name}")
        self.classes[name] = (definition, node)

    def _advice(self, kind: str, name: str) -> str:
        """How to solve the conflict with a name that the models import."""
        if kind not in {"enum", "input"}:
            return "give it another name"
        uses = [node for node, used in type_uses(self.sources) if used.name == name]
        instruction = f"from {SCHEMA} with every member of its type"
        if not uses:
            return f"no query needs it: take it {instruction}"
        return f"{location_of(uses[0])} needs it: take that out, and the {kind} {instruction}"

    def _members(self, kind: GraphQLEnumType) -> None:
        members: dict[str, str] = {}
        for value, definition in kind.values.items():
            member, node = enum_member(value), definition.ast_node
            _check_unique(f"values of enum {kind.name}", value, member, members, node)

    def _inputs(self) -> list[GraphQLInputObjectType]:
        """The inputs that operations take, and those in them."""
        found: dict[str, GraphQLInputObjectType] = {}

        def add(kind: object) -> None:
            named = get_named_type(kind)  # type: ignore[call-overload]  # a type, or nothing
            if isinstance(named, GraphQLInputObjectType) and named.name not in found:
                found[named.name] = named
                for member in named.fields.values():
                    add(member.type)

        for node in self.sources.operations.values():
            for variable in node.variable_definitions:
                add(self.sources.type_of(variable.type))
        return list(found.values())

    def _fields(self, kind: GraphQLInputObjectType) -> None:
        attributes: dict[str, str] = {}
        for name, member in kind.fields.items():
            members = f"fields of input {kind.name}"
            _check_unique(members, name, model_attribute(name), attributes, member.ast_node)

    def _operations(self) -> None:
        modules: dict[str, tuple[str, Node]] = {}
        for name, node in sorted(self.sources.operations.items()):
            _check_class_name(f"operation {name}", name, node)
            if operation_constant(name) == name:
                other = name.capitalize()
                advice = "give it another name" if other == name else f"write it as {other}"
                text = f"operation {name}: its constant is called like its model; {advice}"
                raise _problem(node, text)
            module = operation_module(name)
            if module in _MODULES:
                raise _problem(node, f'operation {name}: the name "{module}" is taken')
            _check_module("operations", name, node, module, modules)
            self._class(name, f"operation {name}", node)
            if node.variable_definitions:
                takes = f"{name}Variables"
                self._class(takes, f"what operation {name} takes", node)
            variables: dict[str, str] = {}
            for variable in node.variable_definitions:
                graphql_name = variable.variable.name.value
                members = f"variables of operation {name}"
                _check_unique(
                    members, f"${graphql_name}", variable_name(graphql_name), variables, variable
                )

    def _fragments(self) -> None:
        modules: dict[str, tuple[str, Node]] = {}
        for name, node in self.sources.fragments.items():
            _check_class_name(f"fragment {name}", name, node)
            _check_module("fragments", name, node, operation_module(name), modules)
            self._class(name, f"fragment {name}", node)


def _check_class_name(definition: str, name: str, node: Node) -> None:
    made = model_class(name)
    if not is_name(made):
        raise _problem(node, f"{definition}: Python takes no class of that name")
    if made != name:
        raise _problem(node, f"{definition}: its model is called {made}; write it like that")


def _check_module(
    kinds: str, name: str, node: Node, module: str, modules: dict[str, tuple[str, Node]]
) -> None:
    """Add a module; raise a ``Problem`` if another has its name."""
    if module in modules:
        other, other_node = modules[module]
        text = f"{kinds} {name} and {other}, at {location_of(other_node)}, are one name"
        raise _problem(node, f"{text} in Python: {module}")
    modules[module] = (name, node)


def _check_unique(
    members: str, name: str, python: str, known: dict[str, str], node: Node | None
) -> None:
    """Add the Python name of a member; raise a ``Problem`` if another has it."""
    if not is_name(python):
        raise _problem(node, f'{members}: "{name}" has no name in Python')
    if python in known:
        text = f'{members}: "{known[python]}" and "{name}" are one name in Python: {python}'
        raise _problem(node, text)
    known[python] = name


def _problem(node: Node | None, text: str) -> Problem:
    return problem_at(GraphQLError(text, [node] if node else None), SCHEMA)
