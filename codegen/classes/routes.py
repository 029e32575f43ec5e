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
from .route_specs import Hop, Route

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
    """Whose things a way leads to, where the client may have to find that out."""

    wires: tuple[str, ...]
    """The variables that say it: the owner's name first."""
    local: str
    """The name of the local variable that has it once it is known."""
    method: str
    """The method of a client that finds it out, given what the variables are fed with."""


@dataclass(frozen=True)
class Walk:
    """The fields from an operation's reply down to what a class is about.

    What a variable means is told by the argument that it feeds here, whatever it is called.
    """

    operation: OperationSpec
    steps: tuple[Selected, ...]
    to_list: bool

    @property
    def end(self) -> ObjectSelection:
        """What the class is about."""
        return self.steps[-1].selection

    @property
    def order(self) -> str | None:
        """The variable that sorts the list."""
        return self.steps[-1].arguments.get("order") if self.to_list else None

    @property
    def owner(self) -> Owner | None:
        """The owner of a project whose things are listed, or the organization."""
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
        kinds = {item.wire: item.kind for item in self.operation.variables}
        named = [
            (argument != _OWNER, wire)
            for argument, wire in step.arguments.items()
            if str(get_named_type(kinds[wire])) in {"String", "ID"}
        ]
        return [wire for _, wire in sorted(named, key=lambda item: item[0])]

    def argument(self, wire: str) -> GraphQLArgument | None:
        """The argument that a variable feeds on the way."""
        for step in self.steps:
            for name, found in step.arguments.items():
                if found == wire and step.definition is not None:
                    return step.definition.args.get(name)
        return None


@dataclass(frozen=True)
class Router:
    """Finds routes and paths; every check knows the key that it is about."""

    mapping: Mapping
    sources: Sources
    operations: dict[str, OperationSpec]
    scalars: Scalars
    walked: set[str] = field(default_factory=set[str])
    """The fields that ways went through so far."""

    def walk(self, keys: Keys, operation: str, path: str | None) -> Walk:
        """The way from an operation's reply to what a class is about; none without a path."""
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
        return Walk(self.operations[operation], tuple(steps), to_list)

    def route(self, walk: Walk, arguments: Table[str, str]) -> Route:
        """The same way, ready to print.

        Args:
            walk: the way.
            arguments: what each variable is sent with.
        """
        hops: list[Hop] = []
        parent = "data"
        for step in walk.steps:
            shown = "/".join(f"{{{arguments[it]}}}" for it in walk.names(step) if it in arguments)
            self.walked.add(step.name)
            display_name = self.mapping.display_names.get(step.name, step.display_name)
            variable = _unused(f"in_{step.attribute}", {hop.variable for hop in hops})
            hop = Hop(
                parent, step.attribute, variable, step.nullable, display_name, shown, step.feature
            )
            hops.append(hop)
            parent = variable
        return Route(walk.operation, tuple(arguments.items()), tuple(hops))

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
    """A name for a local variable: the same one twice would have two types."""
    unused, number = name, 1
    while unused in taken:
        number += 1
        unused = f"{name}_{number}"
    return unused


def _narrowed(step: str, under: str, selected: Selected, selection: ObjectSelection) -> str:
    return (
        f'"{step}"{under} is asked for where it is a {selected.narrows} alone, and it may be '
        f"another {selection.type.name}; a path needs what is always there"
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
