"""Reads a schema from SDL or from the JSON of an introspection."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    Source,
    build_ast_schema,
    build_client_schema,
    parse,
    validate_schema,
)
from graphql.validation.validate import validate_sdl

from ..project.files import read_text
from ..project.layout import QUERIES
from ..project.problem import Problem
from .locations import problem_at, problem_here

if TYPE_CHECKING:
    from pathlib import Path

_UNRESOLVED = re.compile(r"^(\w+) fields cannot be resolved\.")


def load_schema(path: Path, shown: str) -> GraphQLSchema:
    """A schema from its SDL.

    Raises:
        Problem: it cannot be parsed, or contradicts itself.
    """
    return schema_of(read_text(path, shown), shown)


@lru_cache(maxsize=8)
def schema_of(text: str, shown: str) -> GraphQLSchema:
    """A schema from the text of its SDL, immutable; raises as ``load_schema`` does."""
    check_not_empty(text, shown)
    try:
        document = parse(Source(text, shown))
    except GraphQLError as error:
        raise problem_at(error, shown) from error
    try:
        errors = validate_sdl(document)
        if errors:
            raise problem_at(errors[0], shown)
        for node in document.definitions:
            if isinstance(node, ExecutableDefinitionNode):
                raise problem_here(
                    node, f"is not read here; operations and fragments stand in {QUERIES}/"
                )
        schema = build_ast_schema(document, assume_valid_sdl=True)
    except GraphQLError as error:
        raise problem_at(error, shown) from error
    except TypeError as error:
        raise _build_problem(document, shown, error) from error
    errors = validate_schema(schema)
    if errors:
        raise problem_at(errors[0], shown)
    return schema


def _build_problem(document: DocumentNode, shown: str, error: TypeError) -> Problem:
    """The error for a schema that graphql-core cannot build, such as a recursive default."""
    found = _UNRESOLVED.match(str(error))
    name = found[1] if found and "recursion" in str(error) else None
    for node in document.definitions:
        if isinstance(node, InputObjectTypeDefinitionNode) and node.name.value == name:
            text = f"input {name}: the default of a member of it contains itself"
            return problem_here(node, text)
    return Problem(shown, None, str(error))


def check_not_empty(text: str, shown: str) -> None:
    """Raise a ``Problem`` for a file without definitions: the parser's error would be unclear."""
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        raise Problem(shown, None, "there is no definition in it")


def schema_from_text(text: str, shown: str) -> GraphQLSchema:
    """A schema from its SDL or from the JSON of an introspection.

    Raises:
        Problem: it is neither.
    """
    if not text.lstrip().startswith("{"):
        return schema_of(text, shown)
    try:
        found = json.loads(text)
        schema = build_client_schema(found.get("data", found))
    except (ValueError, TypeError, KeyError, AttributeError, GraphQLError) as error:
        raise Problem(shown, None, f"not the JSON of an introspection: {error}") from error
    if schema.query_type is None:
        raise Problem(shown, None, "not the JSON of an introspection: it has no query type")
    return schema


def schema_from_file(path: Path) -> GraphQLSchema:
    """A schema from a file of either kind; raises as ``schema_from_text`` does."""
    return schema_from_text(read_text(path, str(path)), str(path))
