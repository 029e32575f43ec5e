"""What the collections of a project hold, and what holds a version: facts to decide by.

`Api.holdings()` and `Api.holders()` give them; plans of retention and sums of usage are made from
them, and whoever needs other rules, or other sums, makes these in the same way.

for collection, versions in api.holdings("vision"):
    print(collection.name, sum(version.size for version in versions))
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

__all__ = ["HeldCollection", "HeldVersion", "Holders", "Holding", "VersionMembership"]


class HeldCollection(NamedTuple):
    """A collection: versions were logged to a sequence, and linked to any other."""

    id: str
    name: str
    type: str
    is_sequence: bool


class HeldVersion(NamedTuple):
    """A version as a collection holds it.

    Attributes:
        id: its id.
        version: its version in this collection, such as ``v3``.
        digest: the digest of its content.
        size: its bytes.
        file_count: its files.
        created_at: when it was logged.
        updated_at: when it was last changed, if ever.
        ttl: how long it is kept, in seconds, if it has a time of its own.
        tags: its tags.
        aliases: those that it has in this collection.
        is_link: whether it was logged elsewhere.
        newest: whether none of the collection is newer.
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
        """The number of its version; -1 where the server gives no number."""
        digits = self.version.removeprefix("v")
        return int(digits) if digits.isascii() and digits.isdigit() else -1


Holding = tuple[HeldCollection, Sequence[HeldVersion]]
"""A collection and a page of what it holds."""


class VersionMembership(NamedTuple):
    """A collection that holds a version.

    Attributes:
        collection_id: the collection's id.
        path: ``entity/project/collection:v3``.
        aliases: the aliases that the version has there.
    """

    collection_id: str
    path: str
    aliases: tuple[str, ...]


class Holders(NamedTuple):
    """What holds a version now.

    Attributes:
        id: the version's id.
        gone: whether it is deleted.
        digest: the digest of its content.
        tags: its tags.
        used_by: a run that used it, if any did.
        memberships: the collections that hold it.
        ttl: how long it is kept, in seconds, if it has a time of its own.
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
