"""The doctor's findings, and the schema that this release was generated from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from ..._graphql import enums
from ..._operations.schema_usage import SCALARS
from .compatible import LeafTypes

if TYPE_CHECKING:
    from .introspection import TypeReference


class Health(IntEnum):
    """How a call fares; a greater one is worse."""

    WORKS = 0
    DEGRADED = 1
    BROKEN = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a server has otherwise than this release expects."""

    health: Health
    words: str


def broken(words: str) -> Finding:
    """What makes an operation invalid, or its reply unreadable."""
    return Finding(Health.BROKEN, words)


def degraded(words: str) -> Finding:
    """What an operation goes on without."""
    return Finding(Health.DEGRADED, words)


OURS = LeafTypes(SCALARS, vars(enums).__contains__)


def server_types(kind: TypeReference) -> LeafTypes:
    """A server's type, which is known by what refers to it."""
    return LeafTypes(SCALARS, lambda _: kind.leaf.kind == "ENUM")
