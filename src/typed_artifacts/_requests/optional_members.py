"""Fields that an older server may lack: detects them, and cuts them from documents.

``queries/`` marks such fields and variables with ``@optional``; the generator computes which spans
of a document go with each, so that nothing here parses GraphQL.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, final

from ..errors import UnsupportedByServer

if TYPE_CHECKING:
    from ..errors import GraphQLErrorItem

# The messages of graphql-core, graphql-js and gqlparser, each with its own quotation marks.
_FIELD = re.compile(r"Cannot query field [\"'](\w+)[\"'] on type [\"'](\w+)[\"']")
_ARGUMENT = re.compile(
    r"Unknown argument [\"'](\w+)[\"'] on field [\"'](?:(\w+)\.)?(\w+)[\"']"
    r"(?: of type [\"'](\w+)[\"'])?"
)

_REMEMBERED_SECONDS: Final = 600.0


class Member(NamedTuple):
    """A member of the schema that a server may lack."""

    name: str
    """``Type.field``, or ``Type.field(argument)``."""
    feature: str | None = None
    """The feature that brings it, as ``serverInfo`` lists it."""
    variable: str | None = None
    """The variable that feeds the argument."""


class Cut(NamedTuple):
    """A span of a document that goes once each group has a member that the server lacks."""

    start: int
    stop: int
    groups: tuple[tuple[int, ...], ...]


@final
class LackingMembers:
    """The members that the server of a client refused.

    They are asked for again after ten minutes: a client may outlive its server, and during an
    upgrade one request may meet the older of two servers.
    """

    def __init__(self) -> None:
        self._names: frozenset[str] = frozenset()
        self._until = 0.0

    def names(self) -> frozenset[str]:
        """The members to leave out of the next request."""
        if self._names and time.monotonic() >= self._until:
            self._names = frozenset()
        return self._names

    def add(self, names: frozenset[str]) -> None:
        """Take in that the server refused some."""
        if not self._names:
            self._until = time.monotonic() + _REMEMBERED_SECONDS
        self._names |= names


def refused_members(
    errors: Iterable[GraphQLErrorItem], members: Sequence[Member]
) -> frozenset[str]:
    """The members that a server's errors say it does not know."""
    unknown = {name for error in errors for name in _unknown_in(error.message)}
    return frozenset(
        member.name
        for member in members
        if member.name in unknown or member.name.partition(".")[2] in unknown
    )


def _unknown_in(message: str) -> Iterable[str]:
    for field, owner in _FIELD.findall(message):
        yield f"{owner}.{field}"
    for argument, owner, field, owner_behind in _ARGUMENT.findall(message):
        known_owner = owner or owner_behind
        yield f"{known_owner}.{field}({argument})" if known_owner else f"{field}({argument})"


@lru_cache(maxsize=256)
def document_without(document: str, cuts: tuple[Cut, ...], lacking: frozenset[int]) -> str:
    """The document for a server that lacks the members at these places."""
    kept: list[str] = []
    position = 0
    for cut in cuts:
        if all(not lacking.isdisjoint(group) for group in cut.groups):
            kept.append(document[position : cut.start])
            position = max(position, cut.stop)
    return "".join([*kept, document[position:]])


def check_given(members: Iterable[Member], variables: Mapping[str, object], operation: str) -> None:
    """Raise ``UnsupportedByServer`` where a variable is given that the server cannot take."""
    for member in members:
        if member.variable is not None and variables.get(member.variable) is not None:
            needs = f"{member.feature} ({member.name})" if member.feature else member.name
            raise UnsupportedByServer(
                f'{operation} was given "{member.variable}", but this server is too old for '
                f"{needs}. Leave it out, or have the server upgraded.",
                feature=member.feature or member.name,
                operation=operation,
            )
