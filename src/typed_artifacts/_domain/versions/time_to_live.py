"""How long versions are kept: the server's values as Python's, and the checks of new ones."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from ..._values.shown import shown
from ...errors import InvalidInput

if TYPE_CHECKING:
    from ..._graphql.fragments import ArtifactFields

_NO_TTL, _INHERITED_TTL = -2, -1
_MOST_SECONDS = timedelta.max // timedelta(seconds=1)
# 292 years: the server counts nanoseconds in 64 bits.
_LONGEST_TTL = timedelta(seconds=(2**63 - 1) // 10**9)


class ArtifactTTL(Enum):
    """Times to live that are no time."""

    INHERIT = "inherit"
    """Whatever the collection or the team has settled."""


def saved_ttl(saved: ArtifactFields) -> timedelta | ArtifactTTL | None:
    """How long the server keeps the version."""
    return ArtifactTTL.INHERIT if saved.ttl_is_inherited else _duration(saved)


def _duration(saved: ArtifactFields) -> timedelta | None:
    """The server's seconds; what is longer than Python can say is the longest that it can."""
    seconds = saved.ttl_duration_seconds
    if seconds <= 0:
        return None
    return timedelta(seconds=seconds) if seconds <= _MOST_SECONDS else timedelta.max


def effective_ttl(ttl: timedelta | ArtifactTTL | None, saved: ArtifactFields) -> timedelta | None:
    """How long a version with that wish is kept, as far as the server has said."""
    if not isinstance(ttl, ArtifactTTL):
        return ttl
    return _duration(saved) if saved.ttl_is_inherited else None


def check_ttl(
    ttl: timedelta | ArtifactTTL | None, there: timedelta | ArtifactTTL | None = None
) -> timedelta | ArtifactTTL | None:
    """A time to live in whole seconds, or ``InvalidInput`` for one that is not there already."""
    if ttl is None or isinstance(ttl, ArtifactTTL):
        return ttl
    if not isinstance(ttl, timedelta):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may be untyped
        raise InvalidInput(
            f"ttl is {shown(ttl)}; it must be a timedelta, ArtifactTTL.INHERIT or None."
        )
    if ttl == there:
        return ttl
    if ttl < timedelta(seconds=1):
        raise InvalidInput(f"ttl is {ttl}; it must be at least a second.")
    if ttl > _LONGEST_TTL:
        raise InvalidInput(
            f"ttl is {ttl}; the longest is {_LONGEST_TTL.days} days. None keeps it for ever."
        )
    return timedelta(seconds=ttl // timedelta(seconds=1))


def ttl_seconds(ttl: timedelta | ArtifactTTL | None) -> int:
    """A time to live as the server takes it."""
    if ttl is None:
        return _NO_TTL
    return _INHERITED_TTL if isinstance(ttl, ArtifactTTL) else ttl // timedelta(seconds=1)
