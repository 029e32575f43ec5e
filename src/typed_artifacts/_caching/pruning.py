"""Decides which contents and records to remove from the cache folder. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the cache folder.

    Attributes:
        name: where it is in the folder.
        size: its bytes.
        used_at: when it was used last, in seconds since 1970.
    """

    name: str
    size: int
    used_at: float


def to_remove(contents: Iterable[Stored], beside: int, most: int) -> list[Stored]:
    """What goes for the folder to have no more than so many bytes: the least recently used.

    Args:
        contents: all that there are.
        beside: the bytes of what else is in the folder.
        most: how many it may have.
    """
    ordered = sorted(contents, key=lambda each: (each.used_at, each.name))
    total = beside + sum(each.size for each in ordered)
    chosen: list[Stored] = []
    for each in ordered:
        if total <= most:
            break
        chosen.append(each)
        total -= each.size
    return chosen


def without_content(
    contents_of: Mapping[str, AbstractSet[str]], existing: Collection[str]
) -> list[str]:
    """The records of which no content is left; one of a version without files stays.

    Args:
        contents_of: the names of the contents of each record.
        existing: the names of what is left.
    """
    remaining = set(existing)
    return [name for name, needed in contents_of.items() if needed and not needed & remaining]


def only_theirs(contents_of: Mapping[str, AbstractSet[str]], records: Collection[str]) -> set[str]:
    """The contents that no other record has than these."""
    removed = set(records)
    own_contents = {name for record in removed for name in contents_of.get(record, ())}
    shared = {
        name for record, needed in contents_of.items() if record not in removed for name in needed
    }
    return own_contents - shared
