"""Keeps the members that queries mark ``@optional``, which an older server may lack.

A client does without them there, and the models of the queries need them.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from copy import copy, deepcopy
from typing import TYPE_CHECKING, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    assert_input_type,
    assert_output_type,
    get_named_type,
    parse_type,
    type_from_ast,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..queries.marked_members import Marked

Input = TypeVar("Input", GraphQLArgument, GraphQLInputField)
_HAS_FIELDS = (GraphQLObjectType, GraphQLInterfaceType)


def with_optional_members(
    server: GraphQLSchema, present: GraphQLSchema, marked: Marked
) -> tuple[GraphQLSchema, list[str]]:
    """A server's schema with the optional members of ours, and the names of those that it lacks."""
    merged = _Merged(server, present)
    return merged.schema, sorted(merged.add(marked))


class _Merged:
    def __init__(self, server: GraphQLSchema, present: GraphQLSchema) -> None:
        self.schema = deepcopy(server)
        self._present = present.type_map

    def add(self, marked: Marked) -> Iterator[str]:
        """Add what is lacking. Yields the names."""
        for owner, name in sorted(marked.fields):
            if self._add_field(owner, name):
                yield f"{owner}.{name}"
        for owner, name, argument in sorted(marked.arguments):
            if self._add_argument(owner, name, argument):
                yield f"{owner}.{name}({argument})"
        for owner, name in sorted(marked.inputs):
            if self._add_input(owner, name):
                yield f"{owner}.{name}"

    def _add_field(self, owner: str, name: str) -> bool:
        ours, theirs = self._present[owner], self.schema.type_map.get(owner)
        if not isinstance(ours, _HAS_FIELDS) or not isinstance(theirs, _HAS_FIELDS):
            return False
        if name in theirs.fields:
            return False
        theirs.fields[name] = self._field(ours.fields[name])
        if isinstance(ours, GraphQLInterfaceType):
            for kind in self._present.values():
                if isinstance(kind, _HAS_FIELDS) and ours in kind.interfaces:
                    self._add_field(kind.name, name)
        return True

    def _add_argument(self, owner: str, name: str, argument: str) -> bool:
        ours, theirs = self._present[owner], self.schema.type_map.get(owner)
        if not isinstance(ours, _HAS_FIELDS) or not isinstance(theirs, _HAS_FIELDS):
            return False
        field = theirs.fields.get(name)
        if field is None or argument in field.args:
            return False
        field.args[argument] = self._input(ours.fields[name].args[argument])
        return True

    def _add_input(self, owner: str, name: str) -> bool:
        ours, theirs = self._present[owner], self.schema.type_map.get(owner)
        if not isinstance(ours, GraphQLInputObjectType):
            return False
        if not isinstance(theirs, GraphQLInputObjectType) or name in theirs.fields:
            return False
        theirs.fields[name] = self._input(ours.fields[name])
        return True

    def _field(self, ours: GraphQLField) -> GraphQLField:
        made = copy(ours)
        made.type = assert_output_type(self._type(ours.type))
        made.args = {name: self._input(item) for name, item in ours.args.items()}
        return made

    def _input(self, ours: Input) -> Input:
        made = copy(ours)
        made.type = assert_input_type(self._type(ours.type))
        return made

    def _type(self, ours: GraphQLType) -> GraphQLType | None:
        """The server's type of that name, or else ours; as a list, or not null, as ours is."""
        self._add_type(get_named_type(ours))
        return type_from_ast(self.schema, parse_type(str(ours)))

    def _add_type(self, ours: GraphQLNamedType) -> None:
        if ours.name in self.schema.type_map:
            return
        made = self.schema.type_map[ours.name] = copy(ours)
        if isinstance(made, _HAS_FIELDS):
            made.fields.update({name: self._field(it) for name, it in made.fields.items()})
        elif isinstance(made, GraphQLInputObjectType):
            made.fields.update({name: self._input(it) for name, it in made.fields.items()})
