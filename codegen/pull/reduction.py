"""Reduces a server's schema to the part that this project uses, as an edit of the present file.

Definitions that are the same on the server are kept byte for byte, with comments and order, so that
the diff of the file is the diff of the schema. New members are added at the end of their type, and
new types at the end of the file. A member is added if a query selects it, if it is required in an
input, if an interface of its type has it, or if its type would be empty without it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import (
    DefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    InputValueDefinitionNode,
    NamedTypeNode,
    Node,
    Source,
    TypeDefinitionNode,
    TypeExtensionNode,
    UnionTypeDefinitionNode,
    get_named_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
)

from ..project.layout import SCHEMA
from ..schema.definitions import (
    KINDS,
    Member,
    constraints_on,
    is_type,
    leaf_members,
    member_nodes,
    members_of,
    name_of,
)
from ..schema.locations import problem_at
from ..schema.printing import MARGIN, described, field_text, head_text, input_text, value_text
from .edits import (
    Edit,
    description_edits,
    edited,
    field_edits,
    input_edits,
    interface_edits,
    joined,
    span,
    union_edits,
    value_edits,
)
from .interface_members import Arguments, interface_members_in
from .result import PullResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..queries.used_members import Used


def reduce_schema(text: str, server: GraphQLSchema, used: Used) -> PullResult:
    """The present file's text, updated from a server's schema.

    Raises:
        Problem: the file extends a type.
    """
    made = last = _Reducer(text, server, used).run()
    # A new type may be an interface of types in the file, which the next pass declares.
    while any("." not in name for name in last.added):
        last = _Reducer(made.text, server, used).run()
        made = made.and_then(last)
    return made


class _Reducer:
    def __init__(self, text: str, server: GraphQLSchema, used: Used) -> None:
        self._text = text
        self._server = server
        self._used = used
        self._document = parse(Source(text, SCHEMA))
        self._interface_members = interface_members_in(self._document, used)
        self._known = {name_of(node) for node in self._document.definitions if is_type(node)}
        self._wanted = set(used.types) - self._known
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self.result = PullResult()

    def run(self) -> PullResult:
        kept = [(node, self._definition(node)) for node in self._document.definitions]
        text = joined(self._text, kept, (0, len(self._text)), ())
        new = [self._in_file(f"\n\n{made}") for made in self._new_types()]
        self.result.text = "".join([text.rstrip("\r\n"), *new, self._newline]) if new else text
        return self.result

    def _in_file(self, text: str) -> str:
        """A text with the line ends of the file."""
        return text.replace("\n", self._newline)

    def _definition(self, node: DefinitionNode) -> str | None:
        if isinstance(node, TypeExtensionNode):
            name = name_of(node)
            text = f"what extends {name} is not compared with a server; put it into {name} itself"
            raise problem_at(GraphQLError(text, [node]), SCHEMA)
        if not isinstance(node, TypeDefinitionNode):
            return self._raw(node)
        name = node.name.value
        kind = self._server.type_map.get(name)
        if kind is None:
            self.result.removed.append(name)
            return None
        if type(kind) is not KINDS.get(type(node)):
            self.result.changed.append(name)
            return self._in_file(self._whole(kind, node))
        edits = [*description_edits(self._text, node, kind.description)]
        if isinstance(node, UnionTypeDefinitionNode) and isinstance(kind, GraphQLUnionType):
            edits += self._union(node, kind)
        elif member_nodes(node):
            return self._members(node, kind, edits)
        return self._edited(node, name, edits)

    def _edited(self, node: Node, name: str, edits: Iterable[Edit]) -> str:
        """The text of a node with the edits that it needs."""
        needed = [(start, end, self._in_file(new)) for start, end, new in edits]
        if needed:
            self.result.changed.append(name)
        return edited(self._text, *span(node), needed)

    def _union(self, node: UnionTypeDefinitionNode, kind: GraphQLUnionType) -> Iterator[Edit]:
        listed = [item.name.value for item in node.types]
        names = {item.name for item in kind.types}
        kept = [name for name in listed if name in names]
        kept += sorted((names & self._used.types) - set(kept))
        self._want(kept)
        return union_edits(node, kept)

    def _members(
        self, node: TypeDefinitionNode, kind: GraphQLNamedType, edits: list[Edit]
    ) -> str | None:
        members, nodes = members_of(kind), member_nodes(node)
        _, end = span(node)
        body = self._text.rindex("{", 0, span(nodes[0])[0]) + 1
        head = self._head(node, kind, body - 1, edits)
        kept: list[tuple[Node, str | None]] = []
        for member in nodes:
            name = name_of(member)
            if name in members:
                kept.append((member, self._member(kind, name, members[name], member)))
            else:
                self.result.removed.append(f"{kind.name}.{name}")
                kept.append((member, None))
        new: list[str] = []
        names = self._wanted_members(kind, {name_of(member) for member in nodes})
        if all(made is None for _, made in kept):
            names = names or leaf_members(kind)  # what refers to it is still there
        for name in names:
            self.result.added.append(f"{kind.name}.{name}")
            new.append(self._new_member(kind, name, members[name]))
        added = [self._in_file(f"\n{member}") for member in new]
        return head + joined(self._text, kept, (body, end), added)

    def _head(
        self, node: TypeDefinitionNode, kind: GraphQLNamedType, brace: int, description: list[Edit]
    ) -> str:
        """A type up to its first member, with the interfaces that both schemas have."""
        start, _ = span(node)
        edits = list(description)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            found: tuple[NamedTypeNode, ...] = getattr(node, "interfaces", ())
            names = {item.name for item in kind.interfaces}
            kept = [item.name.value for item in found if item.name.value in names]
            kept += sorted((names & self._known) - set(kept))
            changes = [*interface_edits(node, found, kept, brace)]
            if changes:
                self.result.changed.append(f"{kind.name} (implements)")
            edits += changes
        if description:
            self.result.changed.append(kind.name)
        needed = [(first, last, self._in_file(new)) for first, last, new in edits]
        return edited(self._text, start, brace + 1, needed)

    def _member(self, kind: GraphQLNamedType, name: str, member: Member, node: Node) -> str:
        """A member of the file, with the changes of the server."""
        edits: Iterable[Edit] = ()
        if isinstance(node, EnumValueDefinitionNode) and isinstance(member, GraphQLEnumValue):
            edits = value_edits(self._text, node, member)
        elif isinstance(node, FieldDefinitionNode) and isinstance(member, GraphQLField):
            self._want([get_named_type(member.type).name])
            arguments = self._arguments(kind, name, member, node)
            edits = field_edits(self._text, node, member, arguments)
        elif isinstance(node, InputValueDefinitionNode) and isinstance(member, GraphQLInputField):
            self._want([get_named_type(member.type).name])
            edits = input_edits(self._text, node, member)
        if not isinstance(member, GraphQLEnumValue) and member.ast_node is None:
            self.result.kept_constraints += constraints_on(node)
        return self._edited(node, f"{kind.name}.{name}", edits)

    def _new_member(
        self, kind: GraphQLNamedType, name: str, member: Member, before: Node | None = None
    ) -> str:
        """The lines of a member that the file does not have, or has in a type of another kind."""
        description = f"{MARGIN}{described(member.description, MARGIN)}"
        if isinstance(member, GraphQLEnumValue):
            return description + value_text(name, member)
        self._want([get_named_type(member.type).name])
        if isinstance(member, GraphQLField):
            given = self._arguments(kind, name, member, before)
            return description + field_text(name, member, given)
        return description + input_text(name, member)

    def _arguments(
        self, kind: GraphQLNamedType, name: str, member: GraphQLField, node: Node | None
    ) -> dict[str, GraphQLArgument]:
        listed = [item.name.value for item in getattr(node, "arguments", ())]
        kept = {given: member.args[given] for given in listed if given in member.args}
        inherited = self._from_interfaces(kind).get(name, ())
        for given, argument in sorted(member.args.items()):
            is_used = (kind.name, name, given) in self._used.arguments or given in inherited
            if given not in kept and (is_used or is_required_argument(argument)):
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
        used = {name for owner, name in self._used.fields if owner == kind.name}
        return sorted((used | self._from_interfaces(kind).keys()) - present)

    def _from_interfaces(self, kind: GraphQLNamedType) -> Arguments:
        """The members that a type needs because of an interface of the file."""
        return self._interface_members.of(kind, self._known | self._wanted)

    def _new_types(self) -> Iterator[str]:
        done: set[str] = set()
        while names := sorted(self._wanted - done - self._known):
            for name in names:
                done.add(name)
                kind = self._server.type_map.get(name)
                if kind is not None and not is_specified_scalar_type(kind):
                    self.result.added.append(name)
                    yield self._whole(kind)

    def _whole(self, kind: GraphQLNamedType, before: Node | None = None) -> str:
        """A type that the file does not have, or has as one of another kind."""
        if isinstance(kind, GraphQLScalarType):
            return f"{described(kind.description, '')}scalar {kind.name}"
        if isinstance(kind, GraphQLUnionType):
            names = [item.name for item in kind.types]
            used = [name for name in names if name in self._used.types] or names
            self._want(used)
            return f"{described(kind.description, '')}union {kind.name} = {' | '.join(used)}"
        members = members_of(kind)
        nodes = {name_of(node): node for node in member_nodes(before)} if before else {}
        names = [name for name in nodes if name in members]
        names += self._wanted_members(kind, {*names})
        if isinstance(kind, GraphQLInputObjectType):
            names = list(members)
        names = names or leaf_members(kind)
        interfaces = [
            item.name
            for item in getattr(kind, "interfaces", ())
            if item.name in self._known | self._wanted
        ]
        lines = [self._new_member(kind, name, members[name], nodes.get(name)) for name in names]
        return "\n".join([f"{head_text(kind, interfaces)} {{", *lines, "}"])

    def _want(self, names: Iterable[str]) -> None:
        self._wanted |= set(names) - self._known

    def _raw(self, node: Node) -> str:
        assert node.loc is not None
        return self._text[node.loc.start : node.loc.end]
