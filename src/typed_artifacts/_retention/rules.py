"""The retention rules, checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .._values.arguments import check_flags
from .._values.guards import is_sequence, is_text, is_whole_number
from .._values.names import LATEST
from .._values.quantities import count_text
from .._values.shown import shown
from ..errors import InvalidInput

if TYPE_CHECKING:
    from .._values.string_sequences import StringSequence
    from ..holdings import HeldVersion, Holders

_LONGEST = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """The rules of a plan. A version is kept if at least one of them keeps it.

    Attributes:
        keep_last: keep this number of the newest versions of each collection.
        keep_aliases: keep versions with an alias that matches one of these patterns (``*``, ``?``).
        keep_tags: the same for tags.
        keep_used: keep versions that a run has used.
        older_than: keep versions younger than this.
        filters: keep versions that this filter, as JSON, does not match.
    """

    keep_last: int = 1
    keep_aliases: tuple[str, ...] = ("*",)
    keep_tags: tuple[str, ...] = ()
    keep_used: bool = True
    older_than: timedelta | None = None
    filters: str | None = None


def keep_reason(
    rules: RetentionRules,
    version: HeldVersion,
    rank: int,
    now: datetime,
    matching: AbstractSet[str] | None,
) -> str | None:
    """Why the rules keep a version, as far as its listing shows; ``None`` if none does.

    Args:
        rules: the rules.
        version: the version.
        rank: how many of its collection are newer.
        now: the present time.
        matching: the ids of those of its collection that the filter matches; ``None`` without a
            filter.
    """
    if rank < rules.keep_last:
        return "the newest" if rules.keep_last == 1 else f"one of the newest {rules.keep_last:,}"
    if (alias := first_match(version.aliases, rules.keep_aliases)) is not None:
        return f"alias {alias}"
    if (tag := first_match(version.tags, rules.keep_tags)) is not None:
        return f"tag {tag}"
    if rules.older_than is not None and now - version.created_at < rules.older_than:
        return f"younger than {span_text(rules.older_than)}"
    if matching is not None and version.id not in matching:
        return "not matched by the filter"
    return None


def link_alias(rules: RetentionRules, now: Holders, collection_id: str) -> str | None:
    """The alias by which a link keeps its source, which the server would delete with its links.

    ``latest`` is not one: the newest link of a collection has it without anybody's doing.
    """
    for membership in now.memberships:
        if membership.collection_id != collection_id:
            given = [alias for alias in membership.aliases if alias != LATEST]
            if (alias := first_match(given, rules.keep_aliases)) is not None:
                return f"alias {alias} of {membership.path}"
    return None


def first_match(names: Iterable[str], patterns: Sequence[str]) -> str | None:
    """The first name that a pattern matches, case included."""
    return next(
        (name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)), None
    )


def span_text(span: timedelta) -> str:
    """A length of time in words: ``30 days``, ``12 hours``, ``90 seconds``."""
    seconds = span.total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length and seconds % length == 0:
            return count_text(int(seconds // length), unit)
    return f"{seconds:,g} second{'' if seconds == 1 else 's'}"


def checked_rules(
    *,
    keep_last: int,
    keep_aliases: StringSequence,
    keep_tags: StringSequence,
    keep_used: bool,
    older_than: timedelta | None,
    filters: str | None,
) -> RetentionRules:
    """The rules, or ``InvalidInput``: a rule that is misread deletes what should stay."""
    if not is_whole_number(keep_last) or keep_last < 0:
        raise InvalidInput(
            f"keep_last is {shown(keep_last)}; it must be a whole number, 0 or more."
        )
    check_flags(keep_used=keep_used)
    return RetentionRules(
        keep_last,
        _patterns(keep_aliases, "keep_aliases"),
        _patterns(keep_tags, "keep_tags"),
        keep_used,
        checked_span(older_than, "older_than"),
        filters,
    )


def checked_span(span: timedelta | None, argument: str) -> timedelta | None:
    """A length of time, or ``InvalidInput``."""
    if span is not None and (not _is_span(span) or span <= timedelta(0)):
        raise InvalidInput(f"{argument} is {span!r}; it must be a positive timedelta.")
    return span


def whole_seconds(span: timedelta, argument: str) -> int:
    """A length of time as the server takes it, or ``InvalidInput``."""
    if checked_span(span, argument) is None or span.microseconds:
        raise InvalidInput(f"{argument} is {span!r}; it must be a timedelta of whole seconds.")
    if span > _LONGEST:
        raise InvalidInput(f"{argument} is {span!r}; the longest is {_LONGEST.days} days.")
    return int(span.total_seconds())


def _is_span(value: object) -> bool:
    return isinstance(value, timedelta)


def _patterns(given: StringSequence, argument: str) -> tuple[str, ...]:
    if is_text(given) or not is_sequence(given) or not all(is_text(each) for each in given):
        raise InvalidInput(
            f"{argument} is {given!r:.200}; it must be a list of names, in which * and ? match any."
        )
    if not all(given):
        raise InvalidInput(
            f"{argument} is {given!r:.200}, and has an empty pattern, which keeps nothing."
        )
    return tuple(given)
