"""The versions of a project's collections, and what refers to a version.

`Api.holdings()` and `Api.holders()` return them. Use them for retention rules or usage sums that
`plan_prune()` and `usage()` do not offer:

    for collection, versions in api.holdings("vision"):
        print(collection.name, sum(version.size for version in versions))
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from ._values.quantities import whole_number

__all__ = ["HeldCollection", "HeldVersion", "Holders", "Holding", "VersionMembership"]


class HeldCollection(NamedTuple):
    """A collection: versions are logged to a sequence, and linked into a portfolio."""

    id: str
    name: str
    type: str
    is_sequence: bool


class HeldVersion(NamedTuple):
    """A version as a member of a collection.

    Attributes:
        id: its id.
        version: its version in this collection, such as ``v3``.
        digest: the digest of its content.
        size: its size in bytes.
        file_count: the number of its files.
        created_at: when it was logged.
        updated_at: when it was last changed, if ever.
        ttl: its own time to live in seconds, if it has one.
        tags: its tags.
        aliases: its aliases in this collection.
        is_link: whether it was logged to another collection.
        newest: whether it is the newest version of the collection.
    """

    id: str
    version: str
    digest: str
    size: int
    file_count: int
    created_at: datetime
    updated_at: datetime | None
    ttl: int | None
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    is_link: bool
    newest: bool

    @property
    def number(self) -> int:
        """The number of its version; -1 if the server gives none."""
        number = whole_number(self.version.removeprefix("v"))
        return -1 if number is None else number


Holding: TypeAlias = tuple[HeldCollection, Sequence[HeldVersion]]
"""A collection and a page of what it holds."""


class VersionMembership(NamedTuple):
    """A collection that contains a version.

    Attributes:
        collection_id: the collection's id; empty for one that you cannot see.
        path: ``entity/project/collection:v3``; of one that you cannot see, words that say so.
        aliases: the aliases that the version has there.
    """

    collection_id: str
    path: str
    aliases: tuple[str, ...]


class Holders(NamedTuple):
    """What refers to a version now.

    Attributes:
        id: the version's id.
        gone: whether it was deleted.
        digest: the digest of its content.
        tags: its tags.
        used_by: a run that used it, if any did.
        memberships: the collections that contain it.
        ttl: its own time to live in seconds, if it has one.
        updated_at: when it was last changed, if ever.
    """

    id: str
    gone: bool
    digest: str = ""
    tags: tuple[str, ...] = ()
    used_by: str | None = None
    memberships: tuple[VersionMembership, ...] = ()
    ttl: int | None = None
    updated_at: datetime | None = None
