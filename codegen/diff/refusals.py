"""Why a schema refuses operations, apart from parts that the client can omit."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphql import parse, validate

from typed_artifacts._requests.optional_members import document_without, refused_members
from typed_artifacts.errors import GraphQLErrorItem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLSchema

    from ..queries.optional_parts import OptionalParts


class Refusals:
    """What one schema says of the operations."""

    def __init__(
        self, documents: Mapping[str, tuple[str, OptionalParts]], schema: GraphQLSchema
    ) -> None:
        self._documents = documents
        self._schema = schema
        self._said: dict[str, list[str]] = {}

    def of(self, operation: str) -> list[str]:
        """Why an operation is refused; nothing where it is not."""
        if operation not in self._said:
            self._said[operation] = self._asked(*self._documents[operation])
        return self._said[operation]

    def mention(self, operation: str, *types: str) -> bool:
        """Whether an operation is refused with words about one of these types."""
        words = {word for said in self.of(operation) for word in re.findall(r"\w+", said)}
        return not words.isdisjoint(types)

    def _asked(self, document: str, cut: OptionalParts) -> list[str]:
        lacking: frozenset[str] = frozenset()
        while True:
            numbers = (number for number, it in enumerate(cut.members) if it.name in lacking)
            text = document_without(document, cut.cuts, frozenset(numbers))
            said = [error.message for error in validate(self._schema, parse(text))]
            refused = refused_members(map(GraphQLErrorItem, said), cut.members) - lacking
            if not refused:
                return said
            lacking |= refused
