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

# graphql-core gives a sentence; where in it the member is, by the kind of change.
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
    """The interfaces that a type came to, of which there are now more kinds."""

    @property
    def member(self) -> str:
        """``Type``, ``Type.field`` or ``Type.field(argument)``."""
        dotted = f"{self.owner}.{self.name}" if self.name else self.owner
        return f"{dotted}({self.argument})" if self.argument else dotted


def changes_between(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    """Every change, sorted by member."""
    # Of several changes of a member the first is told, and a deprecation comes last.
    found = {change.member: change for change in reversed([*_additions(old, new)])}
    # graphql-core calls these named tuples, and does not say of what to type checkers.
    with _plain_defaults(old), _plain_defaults(new):
        told = [*find_breaking_changes(old, new), *find_dangerous_changes(old, new)]
    for kind, words in told:
        change = _located(kind.name, words)
        found[change.member] = change
    return sorted(found.values(), key=lambda change: (change.member, change.kind))


@contextmanager
def _plain_defaults(schema: GraphQLSchema) -> Generator[None]:
    """Without defaults that are objects of a scalar, which graphql-core cannot print."""
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


def _located(kind: str, words: str) -> Change:
    match = re.search(_LOCATIONS.get(kind, r"^(?:Standard scalar )?(?P<owner>[\w@]+)"), words)
    parts = match.groupdict() if match else {"owner": words}
    name = parts.get("name")
    implements = (name,) if name and kind == "IMPLEMENTED_INTERFACE_ADDED" else ()
    return Change(kind, words, parts["owner"], name, parts.get("argument"), implements)


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
    words = f"{owner} was added, and implements {' and '.join(interfaces)}."
    return Change("IMPLEMENTATION_ADDED", words, owner, implements=interfaces)


def _members(owner: str, before: _Members, kind: _Members) -> Iterator[Change]:
    for name, member in kind.fields.items():
        was = before.fields.get(name)
        if was is None:
            yield Change("FIELD_ADDED", f"{owner}.{name} was added.", owner, name)
            continue
        yield from _arguments(f"{owner}.{name}", was, member)
        if str(was.type) != str(member.type):
            # What graphql-core calls breaking takes this one's place.
            words = f"{owner}.{name} changed type from {was.type} to {member.type}."
            yield Change("FIELD_NARROWED", words, owner, name)
    yield from _deprecations(owner, before.fields, kind.fields)


def _arguments(member: str, was: _Field, now: _Field) -> Iterator[Change]:
    """What became of the arguments of a field, or of the default of a member of an input."""
    owner, _, name = member.partition(".")
    if isinstance(was, GraphQLInputField) and isinstance(now, GraphQLInputField):
        if said := _defaults(was, now):
            yield Change("INPUT_DEFAULT_VALUE_CHANGE", f"{member} {said}", owner, name)
        return
    known: dict[str, GraphQLArgument] = getattr(was, "args", {})
    arguments: dict[str, GraphQLArgument] = getattr(now, "args", {})
    for given in known.keys() & arguments.keys():
        old, new = known[given], arguments[given]
        if str(old.type) != str(new.type):
            words = f"{member} arg {given} changed type from {old.type} to {new.type}."
            yield Change("ARG_WIDENED", words, owner, name, given)
        elif said := _defaults(old, new):
            words = f"{member} arg {given} {said}"
            yield Change("ARG_DEFAULT_VALUE_CHANGE", words, owner, name, given)
        elif said := _deprecated(f"{member} arg {given}", old, new):
            yield Change("ARG_DEPRECATED", said, owner, name, given)


def _defaults(
    was: GraphQLArgument | GraphQLInputField, now: GraphQLArgument | GraphQLInputField
) -> str | None:
    """How a default changed, in words."""
    old, new = (default_text(it).removeprefix(" = ") for it in (was, now))
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
        if name in known and (words := _deprecated(f"{owner}.{name}", known[name], member)):
            yield Change("DEPRECATED", words, owner, name)


def _deprecated(member: str, was: object, now: object) -> str | None:
    """That a member became deprecated, in words."""
    reason: str | None = getattr(now, "deprecation_reason", None)
    if not reason or getattr(was, "deprecation_reason", None):
        return None
    return f"{member} is deprecated: {reason}"
