"""A server's whole schema → the slice that this project speaks, as an edit of the present file.

What the file has and the server still has the same stays byte for byte, comments and order
included; so the file's diff is the schema's diff. New members come to the end of their type, new
types to the end of the file. A member comes in because a query asks for it, because an input
requires it, or because a type would be empty without.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import (
    DefinitionNode,
    FieldDefinitionNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    InputValueDefinitionNode,
    Node,
    TypeDefinitionNode,
    get_named_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
)

from .printing import field_text, head_text, input_text, value_text
from .shapes import (
    KINDS,
    Member,
    constraints_on,
    is_type,
    member_nodes,
    members_of,
    name_of,
    plain_members,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .members import Used


@dataclass
class Slice:
    """The new text of the file, and what became of its members."""

    text: str = ""
    added: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    kept_constraints: int = 0


def slice_schema(text: str, server: GraphQLSchema, used: Used) -> Slice:
    """The present file's text, brought up to a server's schema."""
    return _Slicer(text, server, used).run()


class _Slicer:
    def __init__(self, text: str, server: GraphQLSchema, used: Used) -> None:
        self._text = text
        self._server = server
        self._used = used
        self._document = parse(text)
        self._known = {name_of(node) for node in self._document.definitions if is_type(node)}
        self._wanted = set(used.types) - self._known
        self.slice = Slice()

    def run(self) -> Slice:
        parts: list[str] = []
        end = 0
        for node in self._document.definitions:
            assert node.loc is not None
            parts.append(self._text[end : node.loc.start])
            kept = self._definition(node)
            if kept is None:
                parts.pop()
            else:
                parts.append(kept)
            end = node.loc.end
        parts.append(self._text[end:].rstrip("\n"))
        parts += [f"\n\n{text}" for text in self._new_types()]
        self.slice.text = "".join(parts) + "\n"
        return self.slice

    def _definition(self, node: DefinitionNode) -> str | None:
        if not isinstance(node, TypeDefinitionNode):
            return self._raw(node)
        name = node.name.value
        kind = self._server.type_map.get(name)
        if kind is None:
            self.slice.removed.append(name)
            return None
        if isinstance(kind, GraphQLUnionType):
            return self._union(node, kind)
        if type(kind) is not KINDS.get(type(node)):
            return self._raw(node) if isinstance(kind, GraphQLScalarType) else self._whole(kind)
        return self._members(node, kind)

    def _union(self, node: Node, kind: GraphQLUnionType) -> str:
        assert node.loc is not None
        listed = [item.name.value for item in getattr(node, "types", ())]
        names = {item.name for item in kind.types}
        kept = [name for name in listed if name in names]
        kept += sorted((names & self._used.types) - set(kept))
        if kept == listed:
            return self._raw(node)
        self.slice.changed.append(kind.name)
        self._want(kept)
        return f"union {kind.name} = {' | '.join(kept)}"

    def _members(self, node: TypeDefinitionNode, kind: GraphQLNamedType) -> str | None:
        there = members_of(kind)
        nodes = member_nodes(node)
        assert node.loc is not None
        text = self._head(node, kind, nodes[0])
        end, count = self._brace(nodes[0]) + 1, 0
        for member in nodes:
            assert member.loc is not None
            name = name_of(member)
            if name in there:
                text += self._text[end : member.loc.start]
                text += self._member(kind, name, there[name], member)
                count += 1
            else:
                self.slice.removed.append(f"{kind.name}.{name}")
            end = member.loc.end
        present = {name_of(member) for member in nodes}
        for name in self._wanted_members(kind, present):
            self.slice.added.append(f"{kind.name}.{name}")
            text += f"\n  {self._member(kind, name, there[name], None)}"
            count += 1
        if not count:
            self.slice.removed.append(kind.name)
            return None
        return text + self._text[end : node.loc.end]

    def _head(self, node: TypeDefinitionNode, kind: GraphQLNamedType, first: Node) -> str:
        assert node.loc is not None
        brace = self._brace(first)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            listed = [item.name.value for item in getattr(node, "interfaces", ())]
            names = {item.name for item in kind.interfaces}
            kept = [name for name in listed if name in names]
            kept += sorted((names & self._known) - set(kept))
            if kept != listed:
                self.slice.changed.append(f"{kind.name} (implements)")
                return f"{head_text(kind, kept)} {{"
        return self._text[node.loc.start : brace + 1]

    def _brace(self, first: Node) -> int:
        assert first.loc is not None
        return self._text.rindex("{", 0, first.loc.start)

    def _member(self, kind: GraphQLNamedType, name: str, member: Member, node: Node | None) -> str:
        """The member as the file has it where that says the same, else as the server has it."""
        if isinstance(member, GraphQLEnumValue):
            return self._raw(node) if node else value_text(name, member)
        self._want([get_named_type(member.type).name])
        if isinstance(member, GraphQLField):
            arguments = self._arguments(kind, name, member, node)
            new, old = field_text(name, member, arguments, node), None
            if isinstance(node, FieldDefinitionNode):
                old = field_text(name, None, {}, node)
        else:
            new, old = input_text(name, member, node), None
            if isinstance(node, InputValueDefinitionNode):
                old = input_text(name, None, node)
        if node is None:
            return new
        if member.ast_node is None:
            self.slice.kept_constraints += constraints_on(node)
        if new == old:
            return self._raw(node)
        self.slice.changed.append(f"{kind.name}.{name}")
        return new

    def _arguments(
        self, kind: GraphQLNamedType, name: str, member: GraphQLField, node: Node | None
    ) -> dict[str, GraphQLArgument]:
        listed = [item.name.value for item in getattr(node, "arguments", ())]
        kept = {given: member.args[given] for given in listed if given in member.args}
        for given, argument in sorted(member.args.items()):
            asked = (kind.name, name, given) in self._used.arguments
            if given not in kept and (asked or is_required_argument(argument)):
                kept[given] = argument
        self._want(get_named_type(argument.type).name for argument in kept.values())
        return kept

    def _wanted_members(self, kind: GraphQLNamedType, present: set[str]) -> list[str]:
        if isinstance(kind, GraphQLEnumType):
            return [name for name in kind.values if name not in present]
        if isinstance(kind, GraphQLInputObjectType):
            return [
                name
                for name, member in sorted(kind.fields.items())
                if name not in present
                and (is_required_input_field(member) or (kind.name, name) in self._used.inputs)
            ]
        asked = {name for owner, name in self._used.fields if owner == kind.name}
        if isinstance(kind, GraphQLObjectType):
            # What its interfaces promise, it must have.
            for interface in kind.interfaces:
                if interface.name in self._known | self._wanted:
                    asked |= {name for owner, name in self._used.fields if owner == interface.name}
        return sorted(asked - present)

    def _new_types(self) -> Iterator[str]:
        done: set[str] = set()
        while names := sorted(self._wanted - done - self._known):
            for name in names:
                done.add(name)
                kind = self._server.type_map.get(name)
                if kind is not None and not is_specified_scalar_type(kind):
                    self.slice.added.append(name)
                    yield self._whole(kind)

    def _whole(self, kind: GraphQLNamedType) -> str:
        """A type that the file does not have."""
        if isinstance(kind, GraphQLScalarType):
            return f"scalar {kind.name}"
        if isinstance(kind, GraphQLUnionType):
            names = [item.name for item in kind.types]
            asked = [name for name in names if name in self._used.types] or names
            self._want(asked)
            return f"union {kind.name} = {' | '.join(asked)}"
        there = members_of(kind)
        names = self._wanted_members(kind, set())
        if isinstance(kind, GraphQLInputObjectType):
            names = list(there)
        names = names or plain_members(kind)
        interfaces = [
            item.name for item in getattr(kind, "interfaces", ()) if item.name in self._known
        ]
        lines = [f"  {self._member(kind, name, there[name], None)}" for name in names]
        return "\n".join([f"{head_text(kind, interfaces)} {{", *lines, "}"])

    def _want(self, names: Iterable[str]) -> None:
        self._wanted |= set(names) - self._known

    def _raw(self, node: Node) -> str:
        assert node.loc is not None
        return self._text[node.loc.start : node.loc.end]
