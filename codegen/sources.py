"""Schema and queries: parsed, marked fields made plain, validated with file and line."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Source,
    StringValueNode,
    Visitor,
    build_schema,
    parse,
    print_ast,
    validate,
    visit,
)

from .problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

OPTIONAL = "optional"
# ariadne-codegen's way to a field that may be missing: a constant condition.
_CONDITION = "@include(if: true)"


@dataclass(frozen=True)
class OptionalField:
    """A field that an older server may lack."""

    parent_fragment: str
    field: str
    feature: str | None


@dataclass(frozen=True)
class Sources:
    """What every later step works on."""

    root: Path
    schema: GraphQLSchema
    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    files: dict[str, str]
    """File name → text for ariadne-codegen, ``@optional`` replaced by its condition."""
    optional: tuple[OptionalField, ...]


def load_sources(root: Path) -> Sources:
    """Read ``schema.graphql`` and ``queries/*.graphql`` below a folder.

    Raises:
        Problem: a file cannot be parsed, or a document does not fit the schema.
    """
    schema = _schema(root)
    operations: dict[str, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    documents: list[DocumentNode] = []
    files: dict[str, str] = {}
    optional: list[OptionalField] = []
    paths = sorted((root / "queries").glob("*.graphql"))
    if not paths:
        raise Problem("queries", None, "there is no .graphql file")
    for path in paths:
        shown = f"queries/{path.name}"
        document = _parse(path.read_text(encoding="utf-8"), shown)
        plain = _plain(document, optional)
        documents.append(plain)
        files[path.name] = print_ast(plain)
        for node in plain.definitions:
            _register(node, operations, fragments)
    _validate(schema, documents)
    return Sources(root, schema, operations, fragments, files, tuple(optional))


def _schema(root: Path) -> GraphQLSchema:
    path = root / "schema.graphql"
    try:
        return build_schema(Source(path.read_text(encoding="utf-8"), "schema.graphql"))
    except (GraphQLError, TypeError) as error:
        raise _at(error, "schema.graphql") from error


def _parse(text: str, shown: str) -> DocumentNode:
    try:
        return parse(Source(text, shown))
    except GraphQLError as error:
        raise _at(error, shown) from error


def _register(
    node: object,
    operations: dict[str, OperationDefinitionNode],
    fragments: dict[str, FragmentDefinitionNode],
) -> None:
    if isinstance(node, OperationDefinitionNode):
        if node.name is None:
            raise _here(node, "an operation needs a name")
        if node.name.value in operations:
            raise _here(node, f'there is another operation "{node.name.value}"')
        operations[node.name.value] = node
    elif isinstance(node, FragmentDefinitionNode):
        if node.name.value in fragments:
            raise _here(node, f'there is another fragment "{node.name.value}"')
        fragments[node.name.value] = node


def _validate(schema: GraphQLSchema, documents: list[DocumentNode]) -> None:
    together = DocumentNode(
        definitions=tuple(node for document in documents for node in document.definitions)
    )
    errors = [error for error in validate(schema, together) if not _is_unused(error)]
    if errors:
        raise _at(errors[0], "queries")


def _is_unused(error: GraphQLError) -> bool:
    # A fragment may be there for a class alone; ariadne-codegen makes a model of it.
    return error.message.startswith("Fragment ") and error.message.endswith(" is never used.")


class _Marks(Visitor):
    """Collects ``@optional`` and replaces it."""

    def __init__(self, found: list[OptionalField]) -> None:
        super().__init__()
        self._found = found
        self._fragment = ""

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> None:
        self._fragment = node.name.value

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        self._fragment = node.name.value if node.name else ""

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode | None:
        marks = [item for item in node.directives if item.name.value == OPTIONAL]
        if not marks:
            return None
        self._found.append(OptionalField(self._fragment, node.name.value, _feature(marks[0])))
        kept = [item for item in node.directives if item.name.value != OPTIONAL]
        condition = _parse(f"{{ x {_CONDITION} }}", "").definitions[0]
        assert isinstance(condition, OperationDefinitionNode)
        selected = condition.selection_set.selections[0]
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=node.arguments,
            directives=(*kept, *selected.directives),
            selection_set=node.selection_set,
            loc=node.loc,
        )


def _feature(mark: DirectiveNode) -> str | None:
    for argument in mark.arguments:
        if argument.name.value != "feature" or not isinstance(argument.value, StringValueNode):
            raise _here(mark, f'@{OPTIONAL} takes one argument, feature: "NAME"')
        return argument.value.value
    return None


def _plain(document: DocumentNode, optional: list[OptionalField]) -> DocumentNode:
    plain = visit(document, _Marks(optional))
    assert isinstance(plain, DocumentNode)
    return plain


def _here(node: object, text: str) -> Problem:
    return _at(GraphQLError(text, [node]), "queries")  # type: ignore[list-item]  # any AST node


def _at(error: Exception, fallback: str) -> Problem:
    if not isinstance(error, GraphQLError):
        return Problem(fallback, None, str(error))
    line = error.locations[0].line if error.locations else None
    return Problem(error.source.name if error.source else fallback, line, error.message)
