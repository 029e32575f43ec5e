"""``@optional`` in ``queries/``: fields and variables that an older server may lack.

On a field it makes the model's attribute optional, and the client can omit the field. On a
variable it lets the client omit the variable with every argument that uses it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TypeVar

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    StringValueNode,
    VariableDefinitionNode,
    Visitor,
    visit,
)

from ..schema.locations import location_in_file

OPTIONAL = "optional"
MarkedT = TypeVar("MarkedT", FieldNode, VariableDefinitionNode)


@dataclass(frozen=True)
class Mark:
    """One ``@optional``: its operation or fragment, and its field or variable."""

    definition: str
    path: tuple[str, ...]
    """Response names from the definition down to the field; ``("$name",)`` for a variable."""
    feature: str | None
    location: tuple[str, int]
    """The file, and the offset of the field or the variable in it."""


def read_marks(document: DocumentNode) -> tuple[DocumentNode, list[Mark]]:
    """The document as it is sent, without ``@optional``, and the marks.

    Raises:
        GraphQLError: a mark is misplaced, or is written otherwise than ``@optional(feature: "F")``.
    """
    reader = _Reader()
    plain = visit(document, reader)
    assert isinstance(plain, DocumentNode)
    return plain, reader.marks


class _Reader(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.marks: list[Mark] = []
        self._definition = ""
        self._path: list[str] = []

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> None:
        self._definition = node.name.value
        _refuse(node)

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        self._definition = node.name.value if node.name else ""
        _refuse(node)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        _refuse(node)
        if node.directives:
            # ariadne-codegen makes the fragment's fields required all the same.
            raise GraphQLError("a directive here is not seen; put it on the fields", [node])

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        _refuse(node)

    def enter_variable_definition(
        self, node: VariableDefinitionNode, *_: object
    ) -> VariableDefinitionNode | None:
        return self._read(node, (f"${node.variable.name.value}",))

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode | None:
        self._path.append(node.alias.value if node.alias else node.name.value)
        return self._read(node, tuple(self._path))

    def leave_field(self, *_: object) -> None:
        self._path.pop()

    def _read(self, node: MarkedT, path: tuple[str, ...]) -> MarkedT | None:
        mark = optional_mark(node)
        if mark is None:
            return None
        if [item.name.value for item in node.directives].count(OPTIONAL) > 1:
            raise GraphQLError(f"@{OPTIONAL} stands here twice", [node])
        self.marks.append(Mark(self._definition, path, _feature(mark), location_in_file(node)))
        kept = tuple(item for item in node.directives if item is not mark)
        plain: MarkedT = copy(node)
        setattr(plain, "directives", kept)  # noqa: B010 - the node types declare it differently
        return plain


def optional_mark(node: Node) -> DirectiveNode | None:
    """The ``@optional`` on a node, if there is one."""
    marks: tuple[DirectiveNode, ...] = getattr(node, "directives", ())
    return next((item for item in marks if item.name.value == OPTIONAL), None)


def _feature(mark: DirectiveNode) -> str | None:
    for argument in mark.arguments:
        if argument.name.value != "feature" or not isinstance(argument.value, StringValueNode):
            raise GraphQLError(f'@{OPTIONAL} takes one argument, feature: "NAME"', [mark])
        return argument.value.value
    return None


def _refuse(node: Node) -> None:
    mark = optional_mark(node)
    if mark is not None:
        raise GraphQLError(f"@{OPTIONAL} marks a field or a variable", [mark])
