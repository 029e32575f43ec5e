"""Two schemas compared: every breaking, dangerous and additive change, by the member it is about.

graphql-core finds what is breaking or dangerous for clients in general; what merely came, or became
stricter, is found here.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql.utilities import find_breaking_changes, find_dangerous_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

# graphql-core gives a sentence; where in it the member is, by the kind of change.
_PLACES = {
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
_Members = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType


@dataclass(frozen=True)
class Change:
    """One change and the member that it is about."""

    kind: str
    words: str
    owner: str
    name: str | None = None
    argument: str | None = None

    @property
    def member(self) -> str:
        """``Type``, ``Type.field`` or ``Type.field(argument)``."""
        dotted = f"{self.owner}.{self.name}" if self.name else self.owner
        return f"{dotted}({self.argument})" if self.argument else dotted


def changes_between(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    """Every change, sorted by member."""
    found = {change.member: change for change in _additions(old, new)}
    # graphql-core calls these named tuples, and does not say of what to type checkers.
    for kind, words in (*find_breaking_changes(old, new), *find_dangerous_changes(old, new)):
        change = _located(kind.name, words)
        found[change.member] = change
    return sorted(found.values(), key=lambda change: (change.member, change.kind))


def _located(kind: str, words: str) -> Change:
    match = re.search(_PLACES.get(kind, r"^(?P<owner>[\w@]+)"), words)
    parts = match.groupdict() if match else {"owner": words}
    return Change(kind, words, parts["owner"], parts.get("name"), parts.get("argument"))


def _additions(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    for owner, kind in new.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        before = old.type_map.get(owner)
        if before is None:
            yield Change("TYPE_ADDED", f"{owner} was added.", owner)
        elif isinstance(kind, GraphQLEnumType) and isinstance(before, GraphQLEnumType):
            yield from _deprecations(owner, before.values, kind.values)
        elif isinstance(kind, _Members) and isinstance(before, _Members):
            yield from _members(owner, before, kind)


def _members(owner: str, before: _Members, kind: _Members) -> Iterator[Change]:
    for name, member in kind.fields.items():
        was = before.fields.get(name)
        if was is None:
            yield Change("FIELD_ADDED", f"{owner}.{name} was added.", owner, name)
        elif str(was.type) != str(member.type):
            # What graphql-core calls breaking takes this one's place.
            words = f"{owner}.{name} changed type from {was.type} to {member.type}."
            yield Change("FIELD_NARROWED", words, owner, name)
        for given, argument in getattr(member, "args", {}).items():
            known = getattr(was, "args", {}).get(given)
            if known is not None and str(known.type) != str(argument.type):
                words = (
                    f"{owner}.{name} arg {given} changed type from {known.type} to {argument.type}."
                )
                yield Change("ARG_WIDENED", words, owner, name, given)
    yield from _deprecations(owner, before.fields, kind.fields)


def _deprecations(owner: str, before: object, after: object) -> Iterator[Change]:
    members: dict[str, object] = after  # type: ignore[assignment]  # fields or values by name
    known: dict[str, object] = before  # type: ignore[assignment]  # the same
    for name, member in members.items():
        reason = getattr(member, "deprecation_reason", None)
        if name in known and reason and not getattr(known[name], "deprecation_reason", None):
            words = f"{owner}.{name} is deprecated: {reason}"
            yield Change("DEPRECATED", words, owner, name)
