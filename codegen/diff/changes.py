"""Compares two schemas: every breaking, dangerous and additive change, by field or type.

graphql-core finds what is breaking or dangerous for clients in general; what merely came, or became
stricter, is found here.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql.utilities import find_breaking_changes, find_dangerous_changes

from ..schema.printing import default_text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# graphql-core describes a change in a sentence; these patterns find the member in it.
_LOCATIONS = {
    "FIELD_REMOVED": r"^(?P<owner>\w+)\.(?P<name>\w+) was removed",
    "FIELD_CHANGED_KIND": r"^(?P<owner>\w+)\.(?P<name>\w+) changed type",
    "REQUIRED_ARG_ADDED": r"arg (?P<argument>\w+) on (?P<owner>\w+)\.(?P<name>\w+) was added",
    "OPTIONAL_ARG_ADDED": r"arg (?P<argument>\w+) on (?P<owner>\w+)\.(?P<name>\w+) was added",
    "ARG_REMOVED": r"^(?P<owner>\w+)\.(?P<name>\w+) arg (?P<argument>\w+) was removed",
    "ARG_CHANGED_KIND": r"^(?P<owner>\w+)\.(?P<name>\w+) arg (?P<argument>\w+) has changed type",
    "ARG_DEFAULT_VALUE_CHANGE": r"^(?P<owner>\w+)\.(?P<name>\w+) arg (?P<argument>\w+) has",
    "VALUE_REMOVED_FROM_ENUM": r"^(?P<name>\w+) was removed from enum type (?P<owner>\w+)",
    "VALUE_ADDED_TO_ENUM": r"^(?P<name>\w+) was added to enum type (?P<owner>\w+)",
    "REQUIRED_INPUT_FIELD_ADDED": r"field (?P<name>\w+) on input type (?P<owner>\w+) was added",
    "OPTIONAL_INPUT_FIELD_ADDED": r"field (?P<name>\w+) on input type (?P<owner>\w+) was added",
    "TYPE_REMOVED_FROM_UNION": r"^(?P<name>\w+) was removed from union type (?P<owner>\w+)",
    "TYPE_ADDED_TO_UNION": r"^(?P<name>\w+) was added to union type (?P<owner>\w+)",
    "IMPLEMENTED_INTERFACE_REMOVED": (
        r"^(?P<owner>\w+) no longer implements interface (?P<name>\w+)"
    ),
    "IMPLEMENTED_INTERFACE_ADDED": (
        r"^(?P<name>\w+) added to interfaces implemented by (?P<owner>\w+)"
    ),
}
_Field = GraphQLField | GraphQLInputField
_Members = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType


@dataclass(frozen=True)
class Change:
    """One change and the member that it is about."""

    kind: str
    words: str
    owner: str
    name: str | None = None
    argument: str | None = None
    implements: tuple[str, ...] = ()
    """The interfaces that a type newly implements."""

    @property
    def member(self) -> str:
        """``Type``, ``Type.field`` or ``Type.field(argument)``."""
        dotted = f"{self.owner}.{self.name}" if self.name else self.owner
        return f"{dotted}({self.argument})" if self.argument else dotted


def changes_between(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    """Every change, sorted by member."""
    # Of several changes of a member only the first is reported; a deprecation comes last.
    found = {change.member: change for change in reversed([*_additions(old, new)])}
    # In graphql-core these are named tuples without types: they are unpacked below.
    with _plain_defaults(old), _plain_defaults(new):
        reported = [*find_breaking_changes(old, new), *find_dangerous_changes(old, new)]
    for kind, description in reported:
        change = _located(kind.name, description)
        found[change.member] = change
    return sorted(found.values(), key=lambda change: (change.member, change.kind))


@contextmanager
def _plain_defaults(schema: GraphQLSchema) -> Generator[None]:
    """The schema without object defaults of scalars, which graphql-core cannot print."""
    hidden: list[tuple[GraphQLArgument, object]] = []
    for kind in schema.type_map.values():
        for member in getattr(kind, "fields", {}).values():
            arguments: dict[str, GraphQLArgument] = getattr(member, "args", {})
            for argument in arguments.values():
                if isinstance(argument.default_value, dict | list):
                    hidden.append((argument, argument.default_value))
                    argument.default_value = None
    try:
        yield
    finally:
        for argument, value in hidden:
            argument.default_value = value


def _located(kind: str, description: str) -> Change:
    match = re.search(_LOCATIONS.get(kind, r"^(?:Standard scalar )?(?P<owner>[\w@]+)"), description)
    parts = match.groupdict() if match else {"owner": description}
    name = parts.get("name")
    implements = (name,) if name and kind == "IMPLEMENTED_INTERFACE_ADDED" else ()
    return Change(kind, description, parts["owner"], name, parts.get("argument"), implements)


def _additions(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    for owner, kind in new.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        before = old.type_map.get(owner)
        if before is None:
            yield _type_added(owner, kind)
        elif isinstance(kind, GraphQLEnumType) and isinstance(before, GraphQLEnumType):
            yield from _deprecations(owner, before.values, kind.values)
        elif isinstance(kind, _Members) and isinstance(before, _Members):
            yield from _members(owner, before, kind)


def _type_added(owner: str, kind: GraphQLNamedType) -> Change:
    interfaces = tuple(item.name for item in getattr(kind, "interfaces", ()))
    if not isinstance(kind, GraphQLObjectType) or not interfaces:
        return Change("TYPE_ADDED", f"{owner} was added.", owner)
    description = f"{owner} was added, and implements {' and '.join(interfaces)}."
    return Change("IMPLEMENTATION_ADDED", description, owner, implements=interfaces)


def _members(owner: str, before: _Members, kind: _Members) -> Iterator[Change]:
    for name, member in kind.fields.items():
        old_member = before.fields.get(name)
        if old_member is None:
            yield Change("FIELD_ADDED", f"{owner}.{name} was added.", owner, name)
            continue
        yield from _arguments(f"{owner}.{name}", old_member, member)
        if str(old_member.type) != str(member.type):
            # Where graphql-core reports it as breaking, that change replaces this one.
            description = f"{owner}.{name} changed type from {old_member.type} to {member.type}."
            yield Change("FIELD_NARROWED", description, owner, name)
    yield from _deprecations(owner, before.fields, kind.fields)


def _arguments(member: str, before: _Field, after: _Field) -> Iterator[Change]:
    """The changes of a field's arguments, or of the default of an input's member."""
    owner, _, name = member.partition(".")
    if isinstance(before, GraphQLInputField) and isinstance(after, GraphQLInputField):
        if difference := _defaults(before, after):
            yield Change("INPUT_DEFAULT_VALUE_CHANGE", f"{member} {difference}", owner, name)
        return
    known: dict[str, GraphQLArgument] = getattr(before, "args", {})
    arguments: dict[str, GraphQLArgument] = getattr(after, "args", {})
    for given in known.keys() & arguments.keys():
        old, new = known[given], arguments[given]
        if str(old.type) != str(new.type):
            description = f"{member} arg {given} changed type from {old.type} to {new.type}."
            yield Change("ARG_WIDENED", description, owner, name, given)
        elif difference := _defaults(old, new):
            description = f"{member} arg {given} {difference}"
            yield Change("ARG_DEFAULT_VALUE_CHANGE", description, owner, name, given)
        elif difference := _deprecated(f"{member} arg {given}", old, new):
            yield Change("ARG_DEPRECATED", difference, owner, name, given)


def _defaults(
    before: GraphQLArgument | GraphQLInputField, after: GraphQLArgument | GraphQLInputField
) -> str | None:
    """The sentence on a changed default."""
    old, new = (default_text(it).removeprefix(" = ") for it in (before, after))
    if old == new:
        return None
    if not old:
        return f"came to have the default {new}."
    if not new:
        return f"has no default any more; it was {old}."
    return f"changed its default from {old} to {new}."


def _deprecations(owner: str, before: object, after: object) -> Iterator[Change]:
    members: dict[str, object] = after  # type: ignore[assignment]  # fields or values by name
    known: dict[str, object] = before  # type: ignore[assignment]  # the same
    for name, member in members.items():
        if name in known and (description := _deprecated(f"{owner}.{name}", known[name], member)):
            yield Change("DEPRECATED", description, owner, name)


def _deprecated(member: str, before: object, after: object) -> str | None:
    """The sentence on a member that became deprecated."""
    reason: str | None = getattr(after, "deprecation_reason", None)
    if not reason or getattr(before, "deprecation_reason", None):
        return None
    return f"{member} is deprecated: {reason}"
