"""Which parameter supplies each variable of an operation; reports missing ones."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLNonNull, get_named_type

from ..configuration.mapping import EntityMapping, ListMapping
from ..queries.selection import is_list

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from ..configuration.mapping import Mapping
    from .operation_specs import Variable
    from .routes import Keys, Walk

CURSOR, PER_PAGE = "cursor", "perPage"
PAGING_VARIABLES = {CURSOR, PER_PAGE}
_PAGING = ((CURSOR, {"String", "ID"}, "before"), (PER_PAGE, {"Int"}, "last"))
_NEEDED = f"paging needs ${CURSOR}: String and ${PER_PAGE}: Int"


def parameter_names(entry: ListMapping | EntityMapping) -> list[str]:
    """The parameters of a class, in the order of its signature."""
    keywords = entry.keywords if isinstance(entry, ListMapping) else []
    return [*entry.parameters, *keywords]


def supplied_by(entry: ListMapping | EntityMapping, variable: Variable) -> str:
    """What feeds a variable: a parameter, or something in it."""
    return entry.variables.get(variable.wire, variable.name)


def check_variables(
    mapping: Mapping, name: str, entry: ListMapping | EntityMapping, walks: Table[Keys, Walk]
) -> None:
    """Raise a ``Problem`` where a variable is fed by nothing, or something feeds no variable."""
    operations = " and ".join(dict.fromkeys(walk.operation.name for walk in walks.values()))
    known = [item.wire for walk in walks.values() for item in walk.operation.variables]
    for wire, expression in entry.variables.items():
        keys = (name, "variables", wire)
        if not walks:
            raise mapping.locations.problem(keys, "the class has no operation that takes variables")
        mapping.known(wire, known, keys, f"variable of {operations}")
        if isinstance(entry, ListMapping) and wire in PAGING_VARIABLES:
            raise mapping.locations.problem(keys, "the pager feeds it; leave it out")
        if not all(part.isidentifier() for part in expression.split(".")):
            text = f'"{expression}" is no parameter and no attribute of one'
            raise mapping.locations.problem(keys, text)
        mapping.known(expression.partition(".")[0], parameter_names(entry), keys, "parameter")
    for choice, walk in walks.items():
        if walk.to_list:
            _check_paging(mapping, (*choice, "connection"), walk)
        if walk.steps:  # otherwise a template sends the operation by itself
            _check_fed(mapping, name, entry, walk)


def _check_fed(mapping: Mapping, name: str, entry: ListMapping | EntityMapping, walk: Walk) -> None:
    for variable in walk.operation.variables:
        expression = supplied_by(entry, variable)
        fed = expression.partition(".")[0] in parameter_names(entry)
        paging = walk.to_list and variable.wire in PAGING_VARIABLES
        if not fed and not paging and variable.default is None:
            raise mapping.locations.problem(
                (name, "parameters"),
                f'operation {walk.operation.name} needs ${variable.wire}; add "{variable.name}" '
                "here, or say in variables what feeds it",
            )


def _check_paging(mapping: Mapping, keys: Keys, walk: Walk) -> None:
    connection = walk.steps[-1]
    operation = f"operation {walk.operation.name}"
    variables = {item.wire: item for item in walk.operation.variables}
    for wire, kinds, backward in _PAGING:
        argument = next((key for key, it in connection.arguments.items() if it == wire), None)
        if wire not in variables:
            text = f"{operation} has no variable ${wire}; {_NEEDED}"
        elif argument is None:
            text = f'{operation}: "{connection.name}" does not take ${wire}; {_NEEDED}'
        elif argument == backward:
            text = (
                f'{operation}: "{connection.name}" takes ${wire} as {backward}; paging is forward'
            )
        else:
            kind = variables[wire].kind
            # The request for the first page has no cursor.
            lacking = wire == CURSOR and isinstance(kind, GraphQLNonNull)
            if not is_list(kind) and not lacking and str(get_named_type(kind)) in kinds:
                continue
            text = f"{operation}: ${wire} is {kind}; {_NEEDED}"
        raise mapping.locations.problem(keys, text)
