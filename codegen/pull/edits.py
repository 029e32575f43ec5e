"""The smallest text edits that make a definition equal to the server's.

An edit is a span of the file and its replacement. Text that is equal already is not changed, so
that layout, comments and line ends are kept. Descriptions that only the file has are kept too.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import (
    DirectiveNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLArgument,
    GraphQLField,
    InputValueDefinitionNode,
    NamedTypeNode,
    Node,
    StringValueNode,
    TypeNode,
    UnionTypeDefinitionNode,
    print_ast,
)

from ..schema.printing import (
    CONSTRAINTS,
    applied,
    default_text,
    deprecation_text,
    description_text,
    input_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from graphql import GraphQLEnumValue, GraphQLInputField, GraphQLType

Edit = tuple[int, int, str]
"""A span, and what takes its place."""


def edited(text: str, start: int, end: int, edits: Iterable[Edit]) -> str:
    """A part of a text after edits, which must not overlap."""
    parts: list[str] = []
    for first, last, new in sorted(edits, key=lambda edit: edit[:2]):
        parts += [text[start:first], new]
        start = last
    return "".join([*parts, text[start:end]])


def joined(
    text: str,
    nodes: Iterable[tuple[Node, str | None]],
    span_of_part: tuple[int, int],
    new: Sequence[str],
) -> str:
    """Edited nodes, the text between them, and new ones; a removed node's comment goes too.

    What is said behind a node on its line, and in the lines right above it, is said of it.

    Args:
        text: the file.
        nodes: each with what takes its place; ``None`` where it goes.
        span_of_part: the part of the file that they are in.
        new: what comes behind the last one, each with a line end in front.
    """
    (start, end), was_removed, parts = span_of_part, False, [""]
    for node, made in nodes:
        first, last = span(node)
        behind, newline, ahead = _lines(text[start:first])
        if was_removed and newline:
            behind = ""
        if made is None:
            ahead = _without_last_comment(ahead).rstrip()
            newline = newline if ahead else ""
        parts += [behind, newline, ahead, made or ""]
        start, was_removed = last, made is None
    behind, newline, ahead = _lines(text[start:end])
    if was_removed and newline:
        behind = ""
    if new and not newline:
        return "".join([*parts, *new, "\n", behind.lstrip(" ")])
    return "".join([*parts, behind, *new, newline, ahead])


def description_edits(text: str, node: Node, description: str | None) -> Iterator[Edit]:
    """The edits for the server's description, if it has one."""
    given: StringValueNode | None = getattr(node, "description", None)
    if not description or (given is not None and given.value.strip() == description.strip()):
        return
    start, _ = span(node)
    margin = text[text.rfind("\n", 0, start) + 1 : start]
    alone = not margin.strip()
    new = description_text(description, margin if alone else None)
    if given is not None:
        yield (*span(given), new)
    else:
        yield start, start, f"{new}\n{margin}" if alone else f"{new} "


def field_edits(
    text: str,
    node: FieldDefinitionNode,
    member: GraphQLField,
    arguments: Mapping[str, GraphQLArgument],
) -> Iterator[Edit]:
    """The edits of a field and of those of its arguments that the file has or needs."""
    yield from description_edits(text, node, member.description)
    yield from _arguments(text, node, arguments)
    yield from _type(node.type, member.type)
    yield from _directive(text, node, "deprecated", deprecation_text(member.deprecation_reason))


def input_edits(
    text: str, node: InputValueDefinitionNode, member: GraphQLArgument | GraphQLInputField
) -> Iterator[Edit]:
    """The edits of an argument or of an input's member."""
    yield from description_edits(text, node, member.description)
    yield from _type(node.type, member.type)
    (_, end), default = span(node.type), node.default_value
    wanted = default_text(member)
    if default is None and wanted:
        yield end, end, wanted
    elif default is not None and f" = {print_ast(default)}" != wanted:
        yield end, span(default)[1], wanted
    if member.ast_node is not None:  # introspection does not tell applied directives
        yield from _directive(text, node, CONSTRAINTS, applied(member.ast_node, CONSTRAINTS))
    yield from _directive(text, node, "deprecated", deprecation_text(member.deprecation_reason))


def value_edits(
    text: str, node: EnumValueDefinitionNode, member: GraphQLEnumValue
) -> Iterator[Edit]:
    """The edits of an enum's value."""
    yield from description_edits(text, node, member.description)
    yield from _directive(text, node, "deprecated", deprecation_text(member.deprecation_reason))


def union_edits(node: UnionTypeDefinitionNode, names: Sequence[str]) -> Iterator[Edit]:
    """The edits of a union's members."""
    listed = [item.name.value for item in node.types]
    if listed and listed != names:
        yield span(node.types[0])[0], span(node.types[-1])[1], " | ".join(names)


def interface_edits(
    node: Node, listed: Sequence[NamedTypeNode], names: Sequence[str], brace: int
) -> Iterator[Edit]:
    """The edits of the interfaces that a type implements."""
    if [item.name.value for item in listed] != names:
        name: Node = getattr(node, "name")  # noqa: B009 - not every node class declares it
        marks: tuple[DirectiveNode, ...] = getattr(node, "directives", ())
        end = span(marks[0])[0] if marks else brace
        clause = f" implements {' & '.join(names)} " if names else " "
        yield span(name)[1], end, clause


def span(node: Node) -> tuple[int, int]:
    """The offsets of a node's start and end in its file."""
    assert node.loc is not None
    return node.loc.start, node.loc.end


def _type(node: TypeNode, kind: GraphQLType) -> Iterator[Edit]:
    if print_ast(node) != str(kind):
        yield (*span(node), str(kind))


def _directive(text: str, node: Node, name: str, wanted: str) -> Iterator[Edit]:
    present = applied(node, name)
    if present == wanted:
        return
    marks: tuple[DirectiveNode, ...] = getattr(node, "directives", ())
    for mark in marks:
        if mark.name.value == name:
            start, end = span(mark)
            yield start - text[:start].endswith(" "), end, wanted
            return
    _, end = span(node)
    yield end, end, wanted


def _arguments(
    text: str, node: FieldDefinitionNode, wanted: Mapping[str, GraphQLArgument]
) -> Iterator[Edit]:
    known = {item.name.value for item in node.arguments}
    added = [input_text(name, item) for name, item in wanted.items() if name not in known]
    kept = [item for item in node.arguments if item.name.value in wanted]
    for item in kept:
        yield from input_edits(text, item, wanted[item.name.value])
    if not node.arguments:
        _, end = span(node.name)
        if added:
            yield end, end, f"({', '.join(added)})"
        return
    first, last = span(node.arguments[0])[0], span(node.arguments[-1])[1]
    if not kept:
        listed = ", ".join(added)
        start, end = (first, last) if added else (span(node.name)[1], text.index(")", last) + 1)
        yield start, end, listed
        return
    yield from _removals(node.arguments, kept)
    if added:
        between = text[span(node.name)[1] : first]
        comma = f"\n{between.rpartition(chr(10))[2]}" if "\n" in between else ", "
        end = span(kept[-1])[1]
        yield end, end, "".join(f"{comma}{item}" for item in added)


def _removals(
    listed: Sequence[InputValueDefinitionNode], kept: Sequence[InputValueDefinitionNode]
) -> Iterator[Edit]:
    """The edits that remove arguments, with their commas."""
    first, _ = span(kept[0])
    start, _ = span(listed[0])
    if start < first:
        yield start, first, ""
    for item, following in zip(kept, [*kept[1:], None], strict=True):
        _, end = span(item)
        limit = span(following)[0] if following else None
        run = [it for it in listed if span(it)[0] >= end and (not limit or span(it)[0] < limit)]
        if run:
            yield end, span(run[-1])[1], ""


def _lines(text: str) -> tuple[str, str, str]:
    """The rest of a line, its end, and the text below."""
    behind, newline, ahead = text.partition("\n")
    if behind.endswith("\r"):
        return behind[:-1], f"\r{newline}", ahead
    return behind, newline, ahead


def _without_last_comment(text: str) -> str:
    """The text before a member, without the comment directly above it."""
    lines = text.splitlines(keepends=True)
    while lines and (lines[-1].strip().startswith("#") or not lines[-1].endswith("\n")):
        lines.pop()
    return "".join(lines)
