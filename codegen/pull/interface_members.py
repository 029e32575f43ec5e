"""Checks that types implement the fields and arguments of their interfaces."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    InterfaceTypeDefinitionNode,
    is_required_argument,
)

from ..schema.definitions import leaf_members, name_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from graphql import DocumentNode

    from ..queries.used_members import Used

Arguments = dict[str, set[str]]
"""Field → its arguments."""


@dataclass(frozen=True)
class InterfaceMembers:
    """The members of interfaces in the new file: those of the present file, and used ones."""

    used: Used
    listed: Mapping[str, Arguments]
    """Interface → its members in the present file."""

    def of(self, kind: GraphQLNamedType, interfaces: Collection[str]) -> Arguments:
        """The members and arguments that a type must have for its interfaces.

        Args:
            kind: the type, as the server has it.
            interfaces: the names of the interfaces that the file has.
        """
        found: Arguments = {}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for interface in kind.interfaces:
                if interface.name in interfaces:
                    for name, arguments in self._of_interface(interface).items():
                        found.setdefault(name, set()).update(arguments)
        return found

    def _of_interface(self, interface: GraphQLInterfaceType) -> Arguments:
        listed = self.listed.get(interface.name, {})
        used = {name for owner, name in self.used.fields if owner == interface.name}
        names = {*listed, *used} or {*leaf_members(interface)}
        return {
            name: {
                given
                for given, argument in interface.fields[name].args.items()
                if given in listed.get(name, ())
                or (interface.name, name, given) in self.used.arguments
                or is_required_argument(argument)
            }
            for name in names & interface.fields.keys()
        }


def interface_members_in(document: DocumentNode, used: Used) -> InterfaceMembers:
    """The members of a file's interfaces, and those that the queries use."""
    listed = {
        node.name.value: {
            name_of(member): {name_of(argument) for argument in member.arguments}
            for member in node.fields
        }
        for node in document.definitions
        if isinstance(node, InterfaceTypeDefinitionNode)
    }
    return InterfaceMembers(used, listed)
