"""Registers resolvers: `@field("Project", "artifactType")`."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

_RESOLVERS: dict[tuple[str, str], Callable[..., object]] = {}
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def field(*locations: str) -> Callable[[F], F]:
    """Makes a function the resolver of `Type.field` (of several, if they mean the same).

    It is called with the node, the context, and the field's arguments in snake_case;
    `first`, `after`, `before` and `last` as one `page`, if it takes that.
    """

    def register(function: F) -> F:
        for location in locations:
            type_name, _, name = location.partition(".")
            _RESOLVERS[type_name, name] = function
        return function

    return register


def resolvers() -> Mapping[tuple[str, str], Callable[..., object]]:
    return _RESOLVERS


def snake(name: str) -> str:
    """`createdAt` → `created_at`, `artifactID` → `artifact_id`."""
    return _BOUNDARY.sub("_", name).lower()
