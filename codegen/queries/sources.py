"""Reads and validates schema and queries; errors have a file and a line."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLType,
    Node,
    OperationDefinitionNode,
    OperationType,
    Source,
    TypeNode,
    parse,
    type_from_ast,
    validate,
)

from ..project.files import read_text
from ..project.layout import QUERIES, SCHEMA
from ..project.problem import Problem, suggestion
from ..schema.loading import check_not_empty, load_schema
from ..schema.locations import location_of, problem_at, problem_here
from .optional_directive import OPTIONAL, Mark, read_marks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_UNKNOWN = re.compile(r"^Unknown (fragment|directive) '@?(\w+)'\.$")


@dataclass(frozen=True)
class Sources:
    """The schema and the documents, parsed and validated."""

    root: Path
    schema: GraphQLSchema
    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    marked: tuple[DocumentNode, ...]
    """The documents as they are written, with ``@optional``."""
    marks: tuple[Mark, ...]

    def mark(self, definition: str, path: tuple[str, ...]) -> Mark | None:
        """The ``@optional`` on a field or variable, if there is one."""
        for mark in self.marks:
            if (mark.definition, mark.path) == (definition, path):
                return mark
        return None

    def type_of(self, node: TypeNode) -> GraphQLType:
        """The type that a validated document names."""
        found = type_from_ast(self.schema, node)
        assert found is not None
        return found


def load_sources(root: Path, schema: GraphQLSchema | None = None) -> Sources:
    """Read ``schema.graphql`` and ``queries/*.graphql`` below a folder.

    Args:
        root: the folder.
        schema: a schema to read the queries with instead.

    Raises:
        Problem: a file cannot be parsed, or a document does not fit the schema.
    """
    schema = schema or load_schema(root / SCHEMA, SCHEMA)
    read = _documents(root)
    documents = [document.plain for document in read]
    operations: dict[str, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for document in documents:
        for node in document.definitions:
            _register(node, operations, fragments)
    _check_roots(schema, operations)
    _validate(schema, documents, set(fragments))
    marks = tuple(mark for document in read for mark in document.marks)
    marked = tuple(document.marked for document in read)
    return Sources(root, schema, operations, fragments, marked, marks)


def read_documents(root: Path) -> list[DocumentNode]:
    """The documents of ``queries/`` without ``@optional``, parsed but not validated.

    Raises:
        Problem: a file cannot be parsed.
    """
    return [document.plain for document in _documents(root)]


def read_marked_documents(root: Path) -> list[DocumentNode]:
    """The same as they are written, with ``@optional``."""
    return [document.marked for document in _documents(root)]


@dataclass(frozen=True)
class _Document:
    """A file of ``queries/``."""

    marked: DocumentNode
    plain: DocumentNode
    marks: list[Mark]


def _documents(root: Path) -> list[_Document]:
    shown = {path: f"{QUERIES}/{path.name}" for path in _query_files(root / QUERIES)}
    return [_document(read_text(path, name), name) for path, name in shown.items()]


@lru_cache(maxsize=64)
def _document(text: str, shown: str) -> _Document:
    check_not_empty(text, shown)
    try:
        marked = parse(Source(text, shown))
        return _Document(marked, *read_marks(marked))
    except GraphQLError as error:
        raise problem_at(error, shown) from error


def _query_files(folder: Path) -> list[Path]:
    """The files of the folder. Others are refused, because they would be ignored."""
    found: list[Path] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or path.suffix == ".md":
            continue
        files = [path] if path.is_file() else [it for it in path.rglob("*") if it.is_file()]
        if files and (files != [path] or path.suffix != ".graphql"):
            shown = f"{QUERIES}/{min(files).relative_to(folder).as_posix()}"
            text = f"is not read; operations and fragments stand in {QUERIES}/NAME.graphql"
            raise Problem(shown, None, text)
        found += files
    if not found:
        raise Problem(QUERIES, None, "there is no .graphql file")
    return found


def _register(
    node: Node,
    operations: dict[str, OperationDefinitionNode],
    fragments: dict[str, FragmentDefinitionNode],
) -> None:
    if isinstance(node, OperationDefinitionNode):
        if node.name is None:
            raise problem_here(node, "an operation needs a name")
        name = node.name.value
        if name in operations:
            raise problem_here(
                node, f'operation "{name}" is also at {location_of(operations[name])}'
            )
        if node.operation is OperationType.SUBSCRIPTION:
            raise problem_here(
                node, f"{name} is a subscription; the client sends queries and mutations"
            )
        operations[name] = node
    elif isinstance(node, FragmentDefinitionNode):
        name = node.name.value
        if name in fragments:
            raise problem_here(node, f'fragment "{name}" is also at {location_of(fragments[name])}')
        fragments[name] = node
    else:
        raise problem_here(node, "queries/ holds operations and fragments only")


def _check_roots(schema: GraphQLSchema, operations: Mapping[str, OperationDefinitionNode]) -> None:
    """Raise a ``Problem`` for kinds of operations that the schema lacks: validation skips them."""
    for name, node in operations.items():
        if schema.get_root_type(node.operation) is None:
            kind = node.operation.value
            raise problem_here(node, f"{name} is a {kind}, and {SCHEMA} has no type {kind.title()}")


def _validate(schema: GraphQLSchema, documents: list[DocumentNode], fragments: set[str]) -> None:
    together = DocumentNode(
        definitions=tuple(node for document in documents for node in document.definitions)
    )
    errors = [error for error in validate(schema, together) if not _is_unused(error)]
    if not errors:
        return
    first = min(errors, key=_position)
    found = _UNKNOWN.match(first.message)
    if found:
        known = fragments if found[1] == "fragment" else {OPTIONAL, "include", "skip"}
        text = f'there is no {found[1]} "{found[2]}"{suggestion(found[2], known)}'
        raise problem_at(GraphQLError(text, first.nodes), "queries")
    raise problem_at(first, "queries")


def _is_unused(error: GraphQLError) -> bool:
    # A fragment that no operation uses is allowed: a class may use its model.
    return error.message.startswith("Fragment ") and error.message.endswith(" is never used.")


def _position(error: GraphQLError) -> tuple[str, int]:
    line = error.locations[0].line if error.locations else 0
    return (error.source.name if error.source else "", line)
