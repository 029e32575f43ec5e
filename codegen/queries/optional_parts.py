"""Which parts of a document to omit if a server lacks an optional field.

With a field, the last use of a fragment or a variable may have to be omitted, or the selection
around it. This is computed here, so that the client only cuts spans of text.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from graphql import (
    GraphQLError,
    GraphQLSchema,
    parse,
    validate,
)

from typed_artifacts._requests.optional_members import Cut, Member, document_without

from ..schema.locations import problem_at
from .omissions import Omissions

if TYPE_CHECKING:
    from .sources import Sources


@dataclass(frozen=True)
class OptionalParts:
    """The parts that an operation can omit."""

    members: tuple[Member, ...]
    cuts: tuple[Cut, ...]


def find_optional_parts(sources: Sources, name: str, document: str) -> OptionalParts:
    """The optional members of an operation and the spans of its document that go with them.

    Raises:
        Problem: without one of them, or without all, the document is not valid.
    """
    found = Omissions(sources, document)
    found.run()
    members = tuple(found.members)
    cuts = tuple(sorted(found.cuts, key=lambda cut: (cut.start, -cut.stop)))
    one_by_one = [frozenset([index]) for index in range(len(members))]
    for lacking in [*one_by_one, frozenset(range(len(members)))] if members else []:
        _check(sources, name, document_without(document, cuts, lacking), members, lacking)
    return OptionalParts(members, cuts)


def _check(
    sources: Sources, name: str, text: str, members: tuple[Member, ...], lacking: frozenset[int]
) -> None:
    without = " and ".join(members[index].name for index in sorted(lacking))
    refusal = _refused(sources.schema, text)
    if refusal is not None:
        node = sources.operations[name]
        raise problem_at(GraphQLError(f"{name} without {without}: {refusal}", [node]), "queries")


@lru_cache(maxsize=1024)
def _refused(schema: GraphQLSchema, text: str) -> str | None:
    """Why a document cannot be sent."""
    try:
        errors = validate(schema, parse(text))
    except GraphQLError:
        return "nothing is left to ask for; ask for __typename as well"
    return errors[0].message if errors else None
