"""The file and the line of nodes and errors of GraphQL."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from graphql import (
    GraphQLError,
    Node,
)

from ..project.problem import Origin, Problem


def problem_here(node: Node, text: str) -> Problem:
    """A problem with a node."""
    return problem_at(GraphQLError(text, [node]), "queries")


def origin_of(node: Node, name: str) -> Origin:
    """The file and line of a node, with a name for errors."""
    assert node.loc is not None
    source = node.loc.source
    return Origin(source.name, source.get_location(node.loc.start).line, name)


def location_of(node: Node) -> str:
    """The file and the line of a node."""
    found = origin_of(node, "")
    return f"{found.file}:{found.line}"


def problem_at(error: GraphQLError, fallback: str) -> Problem:
    """A parser's or validator's error as a problem with its file and line."""
    line = error.locations[0].line if error.locations else None
    return Problem(error.source.name if error.source else fallback, line, error.message)


def location_in_file(node: Node) -> tuple[str, int]:
    """The file of a node, and the offset of its first character."""
    assert node.loc is not None
    return node.loc.source.name, node.loc.start
