"""Times as aware ``datetime`` values, in UTC if the server names no zone."""

from __future__ import annotations

from datetime import UTC, datetime


def as_utc(time: datetime) -> datetime:
    """The same moment as an aware ``datetime``; a zone-less one is UTC, as the server means it."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
