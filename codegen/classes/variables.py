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
    from .routes import Keys, ResponsePath

CURSOR, PER_PAGE = "cursor", "perPage"
PAGING_VARIABLES = {CURSOR, PER_PAGE}
_PAGING = ((CURSOR, {"String", "ID"}, "before"), (PER_PAGE, {"Int"}, "last"))
_NEEDED = f"paging needs ${CURSOR}: String and ${PER_PAGE}: Int"


def parameter_names(entry: ListMapping | EntityMapping) -> list[str]:
    """The parameters of a class, in the order of its signature."""
    keywords = entry.keywords if isinstance(entry, ListMapping) else []
    return [*entry.parameters, *keywords]


def supplied_by(entry: ListMapping | EntityMapping, variable: Variable) -> str:
    """The expression for a variable: a parameter, or an attribute of one."""
    return entry.variables.get(variable.graphql_name, variable.name)


def check_variables(
    mapping: Mapping,
    name: str,
    entry: ListMapping | EntityMapping,
    response_paths: Table[Keys, ResponsePath],
) -> None:
    """Raise a ``Problem`` for a variable without a value, or a value without a variable."""
    operations = " and ".join(
        dict.fromkeys(response_path.operation.name for response_path in response_paths.values())
    )
    known = [
        item.graphql_name
        for response_path in response_paths.values()
        for item in response_path.operation.variables
    ]
    for graphql_name, expression in entry.variables.items():
        keys = (name, "variables", graphql_name)
        if not response_paths:
            raise mapping.locations.problem(keys, "the class has no operation that takes variables")
        mapping.known(graphql_name, known, keys, f"variable of {operations}")
        if isinstance(entry, ListMapping) and graphql_name in PAGING_VARIABLES:
            raise mapping.locations.problem(keys, "the pager feeds it; leave it out")
        if not all(part.isidentifier() for part in expression.split(".")):
            text = f'"{expression}" is no parameter and no attribute of one'
            raise mapping.locations.problem(keys, text)
        mapping.known(expression.partition(".")[0], parameter_names(entry), keys, "parameter")
    for choice, response_path in response_paths.items():
        if response_path.to_list:
            _check_paging(mapping, (*choice, "connection"), response_path)
        if response_path.steps:  # otherwise a template sends the operation by itself
            _check_supplied(mapping, name, entry, response_path)


def _check_supplied(
    mapping: Mapping, name: str, entry: ListMapping | EntityMapping, response_path: ResponsePath
) -> None:
    for variable in response_path.operation.variables:
        expression = supplied_by(entry, variable)
        supplied = expression.partition(".")[0] in parameter_names(entry)
        paging = response_path.to_list and variable.graphql_name in PAGING_VARIABLES
        if not supplied and not paging and variable.default is None:
            raise mapping.locations.problem(
                (name, "parameters"),
                f"operation {response_path.operation.name} needs ${variable.graphql_name}; add "
                f'"{variable.name}" here, or say in variables what feeds it',
            )


def _check_paging(mapping: Mapping, keys: Keys, response_path: ResponsePath) -> None:
    connection = response_path.steps[-1]
    operation = f"operation {response_path.operation.name}"
    variables = {item.graphql_name: item for item in response_path.operation.variables}
    for graphql_name, kinds, backward in _PAGING:
        argument = next(
            (key for key, it in connection.arguments.items() if it == graphql_name), None
        )
        if graphql_name not in variables:
            text = f"{operation} has no variable ${graphql_name}; {_NEEDED}"
        elif argument is None:
            text = f'{operation}: "{connection.name}" does not take ${graphql_name}; {_NEEDED}'
        elif argument == backward:
            text = f'{operation}: "{connection.name}" takes ${graphql_name} as {backward}; '
            text += "paging is forward"
        else:
            kind = variables[graphql_name].kind
            # The request for the first page has no cursor.
            lacking = graphql_name == CURSOR and isinstance(kind, GraphQLNonNull)
            if not is_list(kind) and not lacking and str(get_named_type(kind)) in kinds:
                continue
            text = f"{operation}: ${graphql_name} is {kind}; {_NEEDED}"
        raise mapping.locations.problem(keys, text)
