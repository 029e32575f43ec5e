"""Routes: from an operation's reply down a dotted path, each step checked against its selection."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ariadne_codegen.utils import str_to_snake_case

from .mapping import EntityMapping, ListMapping, Mapping
from .problem import suggestion
from .reading import read_chain
from .selection import Place, Selected, operation_place
from .specs import Hop, OperationSpec, Route, Variable

if TYPE_CHECKING:
    from .annotations import Annotation
    from .scalars import Scalars
    from .sources import Sources

CURSOR, PER_PAGE = "cursor", "perPage"
_NOT_NAMES = {CURSOR, PER_PAGE, "filters", "order"}
Keys = tuple[str, ...]


@dataclass(frozen=True)
class Router:
    """Finds routes and paths; every check knows the key that it is about."""

    mapping: Mapping
    sources: Sources
    operations: dict[str, OperationSpec]
    scalars: Scalars

    def route(self, keys: Keys, operation: str, path: str) -> Route:
        """The way from an operation's reply to what a class is about."""
        self.mapping.known(operation, self.operations, (*keys, "operation"), "operation")
        spec = self.operations[operation]
        owner = self.mapping.classes[keys[0]]
        arguments = self._arguments(keys[0], owner, spec)
        last = "connection" if isinstance(owner, ListMapping) else "object"
        place, parent, walked = operation_place(self.sources, operation), "data", ""
        hops: list[Hop] = []
        for step in path.split("."):
            selected = place.field(step)
            problem = self._wrong_step(operation, place, step, walked, selected)
            if selected is None or problem:
                raise self.mapping.places.problem((*keys, last), problem)
            variable = f"in_{selected.attribute}"
            hops.append(self._hop(selected, parent, variable, arguments))
            parent, walked, place = variable, step, selected.place
        return Route(spec, tuple(arguments.items()), tuple(hops), place)

    def _wrong_step(
        self, operation: str, place: Place, step: str, walked: str, selected: Selected | None
    ) -> str:
        under = f" under {walked}" if walked else ""
        if selected is None:
            near = suggestion(step, [item.name for item in place.fields()])
            return f'operation {operation} has no field "{step}"{under}{near}'
        if selected.is_leaf:
            return f'operation {operation}: "{step}"{under} is a value, not an object'
        if selected.is_list:
            return f'operation {operation}: "{step}"{under} is a list, and a path needs one object'
        return ""

    def _arguments(
        self, name: str, owner: ListMapping | EntityMapping, spec: OperationSpec
    ) -> dict[str, str]:
        """What each variable is sent with; an optional one that nothing feeds is left out."""
        parameters = _parameters(owner)
        for wire, expression in owner.variables.items():
            keys = (name, "variables", wire)
            known = [item.wire for item in spec.variables]
            self.mapping.known(wire, known, keys, f"variable of {spec.name}")
            self.mapping.known(expression.partition(".")[0], parameters, keys, "parameter")
        arguments: dict[str, str] = {}
        for variable in spec.variables:
            expression = owner.variables.get(variable.wire, variable.name)
            fed = expression.partition(".")[0] in parameters
            paging = isinstance(owner, ListMapping) and variable.wire in {CURSOR, PER_PAGE}
            if fed or paging:
                arguments[variable.wire] = _source(variable, expression, owner)
            elif variable.default is None:
                raise self.mapping.places.problem(
                    (name, "parameters"),
                    f'operation {spec.name} needs ${variable.wire}; add "{variable.name}" here, '
                    "or say in variables what feeds it",
                )
        return arguments

    def _hop(
        self, selected: Selected, parent: str, variable: str, arguments: dict[str, str]
    ) -> Hop:
        # What is asked for by name is what a person calls it by: entity/project, type, collection.
        named = [it for it in selected.variables if it in arguments and it not in _NOT_NAMES]
        named.sort(key=lambda item: item != "entity")
        shown = "/".join(f"{{{arguments[item]}}}" for item in named)
        words = self.mapping.words.get(selected.name, selected.words)
        return Hop(parent, selected.attribute, variable, selected.nullable, words, shown)

    def path(self, place: Place, path: str, root: str, keys: Keys) -> tuple[str, Annotation, str]:
        """A dotted path as (expression, annotation, first attribute); lists become lists."""
        chain: list[Selected] = []
        for step in path.split("."):
            here = chain[-1].place if chain else place
            under = f" under {chain[-1].name}" if chain else ""
            selected = here.field(step)
            if selected is None:
                near = suggestion(step, [item.name for item in here.fields()])
                text = f'there is no field "{step}"{under}{near}'
                raise self.mapping.places.problem(keys, text)
            chain.append(selected)
        if not chain[-1].is_leaf:
            known = " or ".join(f'"{path}.{item.name}"' for item in chain[-1].place.fields())
            text = f'"{path}" is an object; a path ends at a value: {known}'
            raise self.mapping.places.problem(keys, text)
        expression, annotation = read_chain(root, chain, self.scalars)
        return expression, annotation, chain[0].attribute


def _parameters(owner: ListMapping | EntityMapping) -> list[str]:
    return [*owner.parameters, *(owner.keywords if isinstance(owner, ListMapping) else [])]


def _source(variable: Variable, expression: str, owner: ListMapping | EntityMapping) -> str:
    """Where an instance keeps what a variable is sent with."""
    if isinstance(owner, ListMapping):
        if variable.wire in {CURSOR, PER_PAGE}:
            return str_to_snake_case(variable.wire)
        return "entity" if expression == "entity" else f"self.{expression}"
    return f"self.{'_' if expression in owner.properties else ''}{expression}"
