"""Operations as methods: their names, and their variables as typed parameters."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from graphql import (
    EnumValueNode,
    GraphQLNonNull,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    value_from_ast_untyped,
)

from ..python.names import variable_name
from ..python.type_expressions import default_fits
from ..queries.selection import is_list
from ..schema.locations import origin_of
from .annotations import sent_type
from .operation_specs import OperationSpec, Variable

if TYPE_CHECKING:
    from graphql import GraphQLType

    from ..configuration.scalars import Scalars
    from ..queries.sources import Sources


def operation_specs(sources: Sources, scalars: Scalars) -> dict[str, OperationSpec]:
    """Every operation by name."""
    return {
        name: _operation(name, node, sources, scalars)
        for name, node in sorted(sources.operations.items())
    }


def _operation(
    name: str, node: OperationDefinitionNode, sources: Sources, scalars: Scalars
) -> OperationSpec:
    variables = [_variable(item, sources, scalars) for item in node.variable_definitions]
    # Parameters without a default come first; all are passed by name.
    variables.sort(key=lambda item: item.default is not None)
    origin = origin_of(node, f"operation {name}")
    return OperationSpec(name, node.operation.value, tuple(variables), origin)


def _variable(node: VariableDefinitionNode, sources: Sources, scalars: Scalars) -> Variable:
    kind = sources.type_of(node.type)
    annotation = sent_type(kind, scalars)
    default = None if isinstance(kind, GraphQLNonNull) else "None"
    if node.default_value is not None:
        default = _literal(node.default_value, kind)
        if not default_fits(default, annotation.text):
            default = "None"  # the document has the default
    if default == "None":
        annotation = annotation.optional
    graphql_name = node.variable.name.value
    name = variable_name(graphql_name)
    origin = origin_of(node, f"variable ${graphql_name}")
    return Variable(graphql_name, name, annotation.text, default, annotation.imports, kind, origin)


def _literal(node: ValueNode, kind: GraphQLType) -> str:
    """A default as a Python literal; any other stays in the document alone."""
    value: object = value_from_ast_untyped(node)
    if value == [] and is_list(kind):
        return "()"
    plain = isinstance(value, str | int | float) and not isinstance(node, EnumValueNode)
    plain = plain and value not in {inf, -inf}  # Python has no literal for it
    return repr(value) if plain and not is_list(kind) else "None"
