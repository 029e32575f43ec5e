"""Operations as methods: names, and each variable as a typed parameter."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from keyword import iskeyword
from typing import TYPE_CHECKING

from ariadne_codegen.utils import str_to_snake_case
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLNonNull,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    get_named_type,
    type_from_ast,
    value_from_ast_untyped,
)

from .annotations import sent_type
from .sources import Sources, problem_at
from .specs import OperationSpec, Variable

if TYPE_CHECKING:
    from .scalars import Scalars

# Modules of ``_graphql`` that are not one operation's.
_TAKEN = {"base_model", "enums", "fragments", "input_types", "operations"}


def operation_specs(sources: Sources, scalars: Scalars) -> dict[str, OperationSpec]:
    """Every operation by name.

    Raises:
        Problem: two operations would share a module, or one would take another module's place.
    """
    specs: dict[str, OperationSpec] = {}
    modules: dict[str, str] = {}
    for name, node in sorted(sources.operations.items()):
        spec = _operation(name, node, sources, scalars)
        if spec.module in _TAKEN or iskeyword(spec.module):
            raise _problem(node, f'operation {name}: the name "{spec.module}" is taken')
        if spec.module in modules:
            other = modules[spec.module]
            raise _problem(node, f"operations {other} and {name} are one name in Python")
        modules[spec.module] = name
        specs[name] = spec
    return specs


def _problem(node: OperationDefinitionNode, text: str) -> Exception:
    return problem_at(GraphQLError(text, [node]), "queries")


def _operation(
    name: str, node: OperationDefinitionNode, sources: Sources, scalars: Scalars
) -> OperationSpec:
    variables = [_variable(item, sources, scalars) for item in node.variable_definitions]
    # Parameters without a default come first; all are passed by name.
    variables.sort(key=lambda item: item.default is not None)
    return OperationSpec(name, node.operation.value, tuple(variables))


def _variable(node: VariableDefinitionNode, sources: Sources, scalars: Scalars) -> Variable:
    kind = type_from_ast(sources.schema, node.type)
    assert kind is not None  # validated
    named = get_named_type(kind)
    annotation = sent_type(kind, scalars)
    default = None if isinstance(kind, GraphQLNonNull) else "None"
    if node.default_value is not None and not isinstance(named, GraphQLEnumType):
        default = _literal(node.default_value)
    elif node.default_value is not None:
        default = "None"  # left out, so that the server takes the document's default
    if default == "None":
        annotation = annotation.optional
    wire = node.variable.name.value
    name = str_to_snake_case(wire)
    python = f"{name}_" if iskeyword(name) else name
    return Variable(wire, python, annotation.text, default, annotation.imports, kind)


def _literal(node: ValueNode) -> str:
    value = value_from_ast_untyped(node)
    return "()" if value == [] else repr(value)
