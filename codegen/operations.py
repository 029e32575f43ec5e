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
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    NonNullTypeNode,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    get_named_type,
    type_from_ast,
    value_from_ast_untyped,
)

from .scalars import SCALARS
from .sources import Sources, problem_at
from .specs import OperationSpec, Variable

if TYPE_CHECKING:
    from graphql import GraphQLType

# Modules of ``_graphql`` that are not one operation's.
_TAKEN = {"base_model", "enums", "fragments", "input_types", "operations"}
# What a variable of these types takes is their text; models read them into something richer.
_SENT_AS_TEXT = {"DateTime", "JSONString"}


def operation_specs(sources: Sources) -> dict[str, OperationSpec]:
    """Every operation by name.

    Raises:
        Problem: two operations would share a module, or one would take another module's place.
    """
    specs: dict[str, OperationSpec] = {}
    modules: dict[str, str] = {}
    for name, node in sorted(sources.operations.items()):
        spec = _operation(name, node, sources)
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


def _operation(name: str, node: OperationDefinitionNode, sources: Sources) -> OperationSpec:
    variables = [_variable(item, sources) for item in node.variable_definitions]
    # Parameters without a default come first; all are passed by name.
    variables.sort(key=lambda item: item.default is not None)
    return OperationSpec(name, node.operation.value, tuple(variables))


def _variable(node: VariableDefinitionNode, sources: Sources) -> Variable:
    kind = type_from_ast(sources.schema, node.type)
    assert kind is not None  # validated
    named = get_named_type(kind)
    annotation = _annotation(kind)
    default = None if isinstance(kind, GraphQLNonNull) else "None"
    if node.default_value is not None and not isinstance(named, GraphQLEnumType):
        default = _literal(node.default_value)
    elif node.default_value is not None:
        default = "None"  # left out, so that the server takes the document's default
    if not isinstance(node.type, NonNullTypeNode) or default == "None":
        annotation += " | None"
    wire = node.variable.name.value
    name = str_to_snake_case(wire)
    own = isinstance(named, GraphQLInputObjectType | GraphQLEnumType)
    module = "enums" if isinstance(named, GraphQLEnumType) else "input_types"
    imports = frozenset({(module, named.name)} if own else ())
    return Variable(wire, f"{name}_" if iskeyword(name) else name, annotation, default, imports)


def _annotation(kind: GraphQLType) -> str:
    if isinstance(kind, GraphQLNonNull):
        return _annotation(kind.of_type)
    if isinstance(kind, GraphQLList):
        inner = _annotation(kind.of_type)
        optional = "" if isinstance(kind.of_type, GraphQLNonNull) else " | None"
        return f"Sequence[{inner}{optional}]"
    named = get_named_type(kind)
    assert named is not None
    return "str" if named.name in _SENT_AS_TEXT else SCALARS.get(named.name, named.name)


def _literal(node: ValueNode) -> str:
    value = value_from_ast_untyped(node)
    return "()" if value == [] else repr(value)
