"""Follows a dotted path through an operation's response, and checks each step."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import get_named_type

from ..configuration.mapping import ListMapping, Mapping
from ..project.problem import suggestion
from ..queries.selection import ObjectSelection, Selected, operation_selection
from .expressions import read_chain
from .operation_specs import OperationSpec
from .route_specs import PathStep, Route

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from graphql import GraphQLArgument

    from ..configuration.scalars import Scalars
    from ..queries.sources import Sources
    from .annotations import Annotation

Keys = tuple[str, ...]
# The root fields whose owner a client can look up, and their arguments.
_PROJECT, _OWNER, _NAME, _ORGANIZATION = "project", "entityName", "name", "organization"


@dataclass(frozen=True)
class Owner:
    """The owner of a list's items, which the client may have to look up."""

    variable_names: tuple[str, ...]
    """The variables that identify it; the owner's name is the first."""
    local: str
    """The name of the local variable with the result of the look-up."""
    method: str
    """The method of a client that looks it up; it takes the values of the variables."""


@dataclass(frozen=True)
class ResponsePath:
    """The fields from the root of an operation's response to the object or list of a class.

    The meaning of a variable is that of the argument to which it is passed on this path.
    """

    operation: OperationSpec
    steps: tuple[Selected, ...]
    to_list: bool

    @property
    def end(self) -> ObjectSelection:
        """The object at the end: that of the class, or its connection."""
        return self.steps[-1].selection

    @property
    def order(self) -> str | None:
        """The variable that sorts the list, if it is a string."""
        name = self.steps[-1].arguments.get("order") if self.to_list else None
        kinds = {str(it.kind) for it in self.operation.variables if it.graphql_name == name}
        return name if kinds and kinds <= {"String", "String!"} else None

    @property
    def owner(self) -> Owner | None:
        """The owner of the project, or the organization, whose items are listed."""
        if not self.steps or not self.to_list:
            return None
        root, arguments = self.steps[0].node.name.value, self.steps[0].arguments
        if root == _PROJECT and {_OWNER, _NAME} <= arguments.keys():
            return Owner((arguments[_OWNER], arguments[_NAME]), "entity", "locate")
        if root == _ORGANIZATION and _NAME in arguments:
            return Owner((arguments[_NAME],), "organization", "organization")
        return None

    def names(self, step: Selected) -> list[str]:
        """The variables that identify the object of a step; the owner comes first."""
        if self.to_list and step is self.steps[-1]:
            return []  # these select items, and do not identify the list
        kinds = {item.graphql_name: item.kind for item in self.operation.variables}
        named = [
            (argument != _OWNER, graphql_name)
            for argument, graphql_name in step.arguments.items()
            if str(get_named_type(kinds[graphql_name])) in {"String", "ID"}
        ]
        return [graphql_name for _, graphql_name in sorted(named, key=lambda item: item[0])]

    def argument(self, graphql_name: str) -> GraphQLArgument | None:
        """The argument on this path to which a variable is passed."""
        for step in self.steps:
            for name, found in step.arguments.items():
                if found == graphql_name and step.definition is not None:
                    return step.definition.args.get(name)
        return None


@dataclass(frozen=True)
class Router:
    """Finds paths in responses; an error names the key of the mapping that it is about."""

    mapping: Mapping
    sources: Sources
    operations: dict[str, OperationSpec]
    scalars: Scalars
    used_fields: set[str] = field(default_factory=set[str])
    """The names of the fields on all paths so far."""

    def response_path(self, keys: Keys, operation: str, path: str | None) -> ResponsePath:
        """The fields from an operation's response to a class's object; none without a path."""
        self.mapping.known(operation, self.operations, (*keys, "operation"), "operation")
        to_list = isinstance(self.mapping.classes[keys[0]], ListMapping)
        selection, previous = operation_selection(self.sources, operation), ""
        steps: list[Selected] = []
        for step in path.split(".") if path is not None else ():
            selected = selection.field(step)
            problem = _wrong_step(operation, selection, step, previous, selected)
            if selected is None or problem:
                last = "connection" if to_list else "object"
                raise self.mapping.locations.problem((*keys, last), problem)
            steps.append(selected)
            previous, selection = step, selected.selection
        return ResponsePath(self.operations[operation], tuple(steps), to_list)

    def route(self, response_path: ResponsePath, arguments: Table[str, str]) -> Route:
        """The path with the expressions that templates print.

        Args:
            response_path: the path.
            arguments: the expression for each variable, by its GraphQL name.
        """
        steps: list[PathStep] = []
        parent = "data"
        for selected in response_path.steps:
            names = [name for name in response_path.names(selected) if name in arguments]
            step = PathStep(
                parent,
                selected.attribute,
                _unused(f"in_{selected.attribute}", {step.variable for step in steps}),
                selected.nullable,
                self.mapping.display_names.get(selected.name, selected.display_name),
                "/".join(f"{{{arguments[name]}}}" for name in names),
                selected.feature,
            )
            self.used_fields.add(selected.name)
            steps.append(step)
            parent = step.variable
        return Route(response_path.operation, tuple(arguments.items()), tuple(steps))

    def path(
        self, selection: ObjectSelection, path: str, root: str, keys: Keys
    ) -> tuple[str, Annotation, str]:
        """A dotted path as (expression, annotation, first attribute); lists become lists."""
        chain: list[Selected] = []
        for step in path.split("."):
            current = chain[-1].selection if chain else selection
            under = f" under {chain[-1].name}" if chain else ""
            selected = current.field(step)
            if selected is None:
                near = suggestion(step, [item.name for item in current.fields()])
                text = f'there is no field "{step}"{under}{near}'
                raise self.mapping.locations.problem(keys, text)
            if selected.narrows:
                raise self.mapping.locations.problem(
                    keys, _narrowed(step, under, selected, current)
                )
            chain.append(selected)
        if not chain[-1].is_leaf:
            known = " or ".join(f'"{path}.{item.name}"' for item in chain[-1].selection.fields())
            text = f'"{path}" is an object; a path ends at a value: {known}'
            raise self.mapping.locations.problem(keys, text)
        expression, annotation = read_chain(root, chain, self.scalars)
        return expression, annotation, chain[0].attribute


def _unused(name: str, taken: set[str]) -> str:
    """A new name for a local variable: type checkers refuse two types for one name."""
    unused, number = name, 1
    while unused in taken:
        number += 1
        unused = f"{name}_{number}"
    return unused


def _narrowed(step: str, under: str, selected: Selected, selection: ObjectSelection) -> str:
    return (
        f'"{step}"{under} is asked for only where that is of type {selected.narrows}, and it may '
        f"be another {selection.type.name}; a path needs what is always there"
    )


def _wrong_step(
    operation: str, selection: ObjectSelection, step: str, previous: str, selected: Selected | None
) -> str:
    under = f" under {previous}" if previous else ""
    if selected is None:
        near = suggestion(step, [item.name for item in selection.fields()])
        return f'operation {operation} has no field "{step}"{under}{near}'
    if selected.narrows:
        return f"operation {operation}: {_narrowed(step, under, selected, selection)}"
    if selected.is_leaf:
        return f'operation {operation}: "{step}"{under} is a value, not an object'
    if selected.is_list:
        return f'operation {operation}: "{step}"{under} is a list, and a path needs one object'
    return ""
