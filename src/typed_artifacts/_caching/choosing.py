"""Chooses the record for a path, and checks its age. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.names import LATEST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from .records import VersionRecord


def chosen(records: Iterable[VersionRecord], alias: str | None) -> VersionRecord | None:
    """The record that an alias, a version or a digest means.

    An alias that moved is in the records of more than one version: the youngest of them is how it
    was seen last.

    Args:
        records: those of one collection.
        alias: ``latest`` without one.
    """
    known = list(records)
    found = [record for record in known if alias in {record.version, record.digest}]
    found = found or [record for record in known if (alias or LATEST) in record.aliases]
    return max(found, key=lambda record: record.order, default=None)


def known_names(records: Iterable[VersionRecord]) -> list[str]:
    """What the versions of a collection are called, the youngest record first."""
    ordered = sorted(records, key=lambda record: record.order, reverse=True)
    return [
        f"{record.version} ({', '.join(record.aliases)})" if record.aliases else record.version
        for record in ordered
    ]


def excess_age(record: VersionRecord, max_age: timedelta | None, now: datetime) -> timedelta | None:
    """How old a record is, if that is more than it may be."""
    age = now - record.recorded_at
    return age if max_age is not None and age > max_age else None


def default_entity(records: Iterable[VersionRecord], account: str | None) -> str | None:
    """The default entity of an account, as the newest record has it."""
    if account is None:
        return None
    matching = [record for record in records if account in record.default_for]
    youngest = max(matching, key=lambda record: record.order, default=None)
    return None if youngest is None else youngest.entity


def owner_record(records: Iterable[VersionRecord], owner: str) -> VersionRecord | None:
    """What was last told of a registry whose paths begin so: with its organization or a member.

    The name may also be that of the organization's entity.
    """
    known = [*records]
    matching = [each for each in known if each.organization == owner or owner in each.owners]
    matching = matching or [each for each in known if each.entity == owner]
    return max(matching, key=lambda record: record.order, default=None)
