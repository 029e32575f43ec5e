"""Checks `@constraints` of the schema for every input."""

# graphql-core leaves out the parameter of its wrapping types (`[T]`, `T!`): unknown to pyright.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import re
from collections.abc import Callable, Mapping, Sequence

from graphql import (
    DirectiveNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    IntValueNode,
    StringValueNode,
    get_named_type,
)

from ..errors import RegistryRefused

# The server's own pattern for names of types takes exponential time in Python's `re` on a text
# that almost fits; the same language, without the ambiguity.
_SAME = {r"^[-\w]+([ ]*[-.\w]+)*$": r"^[-\w]([-.\w ]*[-.\w])?$"}

Check = Callable[[Mapping[str, object]], None]


def constraint_checks(member: GraphQLField) -> list[Check]:
    """The checks of a field's arguments; none if nothing below them is constrained."""
    checks: list[Check] = []
    for name, argument in member.args.items():
        if _constrained(argument, set()):
            checks.append(_argument_check(name, argument))
    return checks


def _argument_check(name: str, argument: GraphQLArgument) -> Check:
    def check(arguments: Mapping[str, object]) -> None:
        _check(arguments.get(argument.out_name or name), argument, name)

    return check


def _constrained(location: GraphQLArgument | GraphQLInputField, visited: set[str]) -> bool:
    if _directive(location) is not None:
        return True
    kind = get_named_type(location.type)
    if not isinstance(kind, GraphQLInputObjectType) or kind.name in visited:
        return False
    visited.add(kind.name)
    return any(_constrained(member, visited) for member in kind.fields.values())


def _directive(location: GraphQLArgument | GraphQLInputField) -> DirectiveNode | None:
    node = location.ast_node
    for directive in node.directives if node else ():
        if directive.name.value == "constraints":
            return directive
    return None


def _check(value: object, location: GraphQLArgument | GraphQLInputField, path: str) -> None:
    if value is None:
        return
    directive = _directive(location)
    if directive is not None:
        _check_directive(value, directive, path)
    _check_nested(value, location.type, path)


def _check_nested(value: object, kind: GraphQLInputType, path: str) -> None:
    if isinstance(kind, GraphQLNonNull):
        _check_nested(value, kind.of_type, path)
    elif isinstance(kind, GraphQLList) and isinstance(value, Sequence):
        for position, item in enumerate(value):
            _check_nested(item, kind.of_type, f"{path}[{position}]")
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, Mapping):
        for name, member in kind.fields.items():
            _check(value.get(member.out_name or name), member, f"{path}.{name}")


def _check_directive(value: object, directive: DirectiveNode, path: str) -> None:
    limits = {argument.name.value: argument.value for argument in directive.arguments}
    low, high, pattern = limits.get("min"), limits.get("max"), limits.get("pattern")
    if isinstance(value, int | float) and not isinstance(value, bool):
        size, unit = value, ""
    elif isinstance(value, str):
        size, unit = len(value), " characters"
    elif isinstance(value, Sequence):
        size, unit = len(value), " items"
    else:
        return
    if isinstance(high, IntValueNode) and size > int(high.value):
        raise RegistryRefused(f"{path}: at most {high.value}{unit} are allowed, not {size}.")
    if isinstance(low, IntValueNode) and size < int(low.value):
        raise RegistryRefused(f"{path}: at least {low.value}{unit} are needed, not {size}.")
    fits = not isinstance(pattern, StringValueNode) or _fits(pattern.value, str(value))
    if not fits or (pattern is not None and str(value).endswith("\n")):
        raise RegistryRefused(
            f"{path}: {str(value)[:60]!r} does not have the form that is allowed."
        )


def _fits(pattern: str, text: str) -> bool:
    return re.search(_SAME.get(pattern, pattern), text) is not None
