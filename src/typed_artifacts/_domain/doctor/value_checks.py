"""Checks the values that an operation sends against a server's inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._operations.schema_usage import ENUMS, INPUTS
from .compatible import is_list, leaf, sends_leaf, still_sends
from .documents import EnumValue, Variable
from .findings import OURS, Finding, broken, degraded, server_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .documents import Value, VariableDefinition
    from .introspection import Input, Schema, Type, TypeReference

_LARGEST_INT = 2**31


class GivenValues:
    """The values of one operation."""

    def __init__(self, variables: Mapping[str, VariableDefinition], server: Schema) -> None:
        self._variables = variables
        self._server = server

    def has(self, name: str, given: Mapping[str, Value]) -> bool:
        """Whether an argument, or a member of an input, is given whatever callers leave out."""
        return name in given and not self._may_be_left_out(given[name])

    def _may_be_left_out(self, value: Value) -> bool:
        if not isinstance(value, Variable):
            return False
        definition = self._variables[value.name]
        return not definition.type.endswith("!") and definition.default is None

    def at(self, place: str, value: Value, taken: Input) -> Iterator[Finding]:
        """What is wrong with a value for an argument, or for a member of an input."""
        if taken.required and self._may_be_left_out(value):
            return  # another check reports that it must be given
        yield from self._value(
            place, value, taken.type, has_default=taken.default_value is not None
        )

    def _value(
        self, place: str, value: Value, kind: TypeReference, *, has_default: bool = False
    ) -> Iterator[Finding]:
        if isinstance(value, Variable):
            yield from self._variable(place, value, kind, has_default=has_default)
        elif value is None:
            if kind.kind == "NON_NULL":
                yield broken(f"{place} is {kind.shown} there, which null is not")
        elif kind.kind == "NON_NULL" and kind.of_type:
            yield from self._value(place, value, kind.of_type)
        elif kind.kind == "LIST" and kind.of_type:
            for item in value if isinstance(value, list) else [value]:
                yield from self._value(place, item, kind.of_type)
        else:
            yield from self._literal(place, value, kind)

    def _literal(self, place: str, value: Value, kind: TypeReference) -> Iterator[Finding]:
        server_type = self._server.by_name.get(kind.shown)
        if server_type is None:
            yield broken(f"the server has no type {kind.shown}")
        elif server_type.kind == "INPUT_OBJECT" and isinstance(value, dict):
            yield from self._object(server_type, value)
        elif server_type.kind == "ENUM" and isinstance(value, EnumValue):
            if value.name not in _values(server_type):
                yield broken(f"the server's {server_type.name} has no {value.name}")
        elif not _is_literal_of(value, server_type):
            yield broken(f"{place} is {kind.shown} there, which {_shown(value)} is not")

    def _object(self, server_type: Type, members: Mapping[str, Value]) -> Iterator[Finding]:
        """An input that the document writes out."""
        known = {item.name: item for item in server_type.input_fields or ()}
        for name, value in members.items():
            if name not in known:
                yield broken(f"the server has no {server_type.name}.{name}")
            else:
                yield from self.at(f"{server_type.name}.{name}", value, known[name])
        for item in known.values():
            if item.required and not self.has(item.name, members):
                yield broken(f"{server_type.name} needs {item.name} there")

    def _variable(
        self, place: str, value: Variable, kind: TypeReference, *, has_default: bool
    ) -> Iterator[Finding]:
        definition = self._variables[value.name]
        given = definition.type
        if has_default or definition.default is not None:
            given = f"{given.removesuffix('!')}!"
        if not _may_stand_for(given, kind.shown):
            yield broken(f"{place} is {kind.shown} there, not {definition.type}")
            return
        if definition.default is not None:
            yield from self._value(f"${value.name}", definition.default, kind)
        yield from self._sent(leaf(definition.type), kind, set())

    def _sent(
        self, own_name: str, kind: TypeReference, visited: set[tuple[str, str]]
    ) -> Iterator[Finding]:
        """What callers, or this package, put into a variable."""
        server_type = self._server.by_name.get(kind.leaf.name or "")
        if server_type is None:
            yield broken(f"the server has no type {kind.leaf.name}")
        elif server_type.kind == "ENUM":
            yield from _enum(ENUMS.get(own_name, "").split(), server_type)
        elif (
            server_type.kind == "INPUT_OBJECT"
            and own_name in INPUTS
            and (own_name, server_type.name) not in visited
        ):
            visited.add((own_name, server_type.name))
            yield from self._members(own_name, server_type, visited)

    def _members(
        self, own_name: str, server_type: Type, visited: set[tuple[str, str]]
    ) -> Iterator[Finding]:
        """The members of an input; all that need not be given may be."""
        known = {item.name: item for item in server_type.input_fields or ()}
        needed = {
            name
            for name, declared in INPUTS[own_name].items()
            if declared.endswith("!")  # a type with a default does not end with "!"
        }
        for name, declared in INPUTS[own_name].items():
            type_text = declared.partition(" = ")[0]
            if name not in known:
                problem = f"the server has no {own_name}.{name}"
            elif known[name].required and name not in needed:
                continue  # reported below
            elif self._takes(type_text, known[name].type):
                yield from self._sent(leaf(type_text), known[name].type, visited)
                continue
            else:
                problem = f"{own_name}.{name} is {known[name].type.shown} there, not {type_text}"
            yield broken(problem) if name in needed else degraded(f"{problem}: not to be given")
        for name, item in known.items():
            if item.required and name not in INPUTS[own_name]:
                yield broken(f"{own_name} needs {name} there")
            elif item.required and name not in needed:
                yield degraded(f"{own_name} needs {name} there: to be given")

    def _takes(self, type_text: str, kind: TypeReference) -> bool:
        def fits(old: str, new: str) -> bool:
            if old in INPUTS:
                return kind.leaf.kind == "INPUT_OBJECT"
            return sends_leaf(old, new, OURS, server_types(kind))

        # A value that is None is omitted, so only other values must fit.
        shown = kind.shown if type_text.endswith("!") else kind.shown.removesuffix("!")
        return still_sends(type_text, shown, fits)


def _enum(values: list[str], server_type: Type) -> Iterator[Finding]:
    for value in values:
        problem = f"the server's {server_type.name} has no {value.removesuffix('!')}"
        if value.removesuffix("!") not in _values(server_type):
            yield (
                broken(problem) if value.endswith("!") else degraded(f"{problem}: not to be given")
            )


def _values(server_type: Type) -> set[str]:
    return {item.name for item in server_type.enum_values or ()}


def _may_stand_for(variable: str, kind: str) -> bool:
    """Whether a variable of one type may stand where the server takes another; by the standard."""
    if kind.endswith("!"):
        return variable.endswith("!") and _may_stand_for(variable[:-1], kind[:-1])
    variable = variable.removesuffix("!")
    if is_list(kind):
        return is_list(variable) and _may_stand_for(variable[1:-1], kind[1:-1])
    return variable == kind


def _is_literal_of(value: Value, server_type: Type) -> bool:
    """Whether a document may write a value so; scalars of a server's own decide by themselves."""
    if server_type.kind != "SCALAR":
        return False
    if server_type.name == "Boolean":
        return isinstance(value, bool)
    if (
        server_type.name in {"Int", "Float", "ID"}
        and isinstance(value, int)
        and not isinstance(value, bool)
    ):
        return server_type.name != "Int" or -_LARGEST_INT <= value < _LARGEST_INT
    if server_type.name in {"String", "ID"}:
        return isinstance(value, str)
    if server_type.name == "Float":
        return isinstance(value, float)
    return server_type.name != "Int"


def _shown(value: Value) -> str:
    if isinstance(value, EnumValue):
        return value.name
    return f'"{value}"' if isinstance(value, str) else str(value)
