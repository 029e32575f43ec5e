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
    """The validation errors of the operations with one schema."""

    def __init__(
        self, documents: Mapping[str, tuple[str, OptionalParts]], schema: GraphQLSchema
    ) -> None:
        self._documents = documents
        self._schema = schema
        self._messages: dict[str, list[str]] = {}

    def of(self, operation: str) -> list[str]:
        """The errors of an operation; none if it is valid."""
        if operation not in self._messages:
            self._messages[operation] = self._validate(*self._documents[operation])
        return self._messages[operation]

    def mention(self, operation: str, *types: str) -> bool:
        """Whether an error of an operation names one of these types."""
        return any(not words.isdisjoint(types) for words in self._words(operation))

    def names_all(self, operation: str, *names: str) -> bool:
        """Whether one error of an operation has all of these names."""
        return any(words.issuperset(names) for words in self._words(operation))

    def _words(self, operation: str) -> list[set[str]]:
        """The words of each error of an operation."""
        return [set(re.findall(r"\w+", message)) for message in self.of(operation)]

    def _validate(self, document: str, cut: OptionalParts) -> list[str]:
        lacking: frozenset[str] = frozenset()
        while True:
            numbers = (number for number, it in enumerate(cut.members) if it.name in lacking)
            text = document_without(document, cut.cuts, frozenset(numbers))
            messages = [error.message for error in validate(self._schema, parse(text))]
            refused = refused_members(map(GraphQLErrorItem, messages), cut.members) - lacking
            if not refused:
                return messages
            lacking |= refused
