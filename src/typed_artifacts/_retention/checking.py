"""Whether a version is still in the state in which it was planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.names import LATEST
from .rules import link_alias

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from ..holdings import Holders, VersionMembership
    from .plan import PruneRow
    from .rules import RetentionRules


def is_gone(row: PruneRow, now: Holders) -> bool:
    """Whether what a row plans is done already."""
    if now.gone:
        return True
    if row.action == "unlink":
        return _membership_of(row, now) is None
    return row.action == "expire" and now.ttl == row.ttl


def change_since(
    row: PruneRow,
    now: Holders,
    path: str,
    *,
    rules: RetentionRules,
    changed_here: AbstractSet[str],
) -> str | None:
    """What has changed since the plan so that a row must not be carried out.

    Args:
        row: a row of a plan.
        now: what holds its version now.
        path: ``entity/project/collection:v3``, as the row means it.
        rules: what keeps a version.
        changed_here: versions that this plan itself has changed, by taking away a link.

    Returns:
        The reason as a person reads it; ``None`` where nothing has changed.
    """
    here = _membership_of(row, now)
    if here is None or here.path != path or (now.digest and now.digest != row.digest):
        return "it is another version than the plan's: was the plan made for another server?"
    if (why := new_holder(row, now, rules)) is not None:
        return why
    changed = now.updated_at != row.updated_at and row.id not in changed_here
    return "it was changed since the plan" if changed else None


def new_holder(row: PruneRow, now: Holders, rules: RetentionRules) -> str | None:
    """What holds a version that did not when the plan was made, as a person reads it."""
    here = _membership_of(row, now)
    aliases = () if here is None else here.aliases
    for kind, now_has, had in (("alias", aliases, row.aliases), ("tag", now.tags, row.tags)):
        if (new := next((name for name in now_has if name not in had), None)) is not None:
            return f"it has got the {kind} {new} since the plan"
    if rules.keep_used and now.used_by is not None:
        return f"the run {now.used_by} has used it since the plan"
    other = next((membership for membership in now.memberships if membership is not here), None)
    if row.action == "delete" and other is not None:
        return f"it is linked as {other.path}"
    if row.action == "expire" and (alias := link_alias(rules, now, row.collection_id)) is not None:
        return f"a link of it has the {alias}"
    return None


def named_aliases(row: PruneRow) -> list[str]:
    """The aliases of a row that are deleted by name, before the version.

    ``latest`` is not: the server moves it on only if it goes together with its version.
    """
    return [] if LATEST in row.aliases else list(row.aliases)


def lost_aliases(row: PruneRow, before: Holders, now: Holders) -> list[str]:
    """The aliases that a version which stays has lost to the attempt to delete it."""
    named = named_aliases(row)
    had, has = (
        () if membership is None else membership.aliases
        for membership in (_membership_of(row, before), _membership_of(row, now))
    )
    return [alias for alias in had if alias in named and alias not in has]


def _membership_of(row: PruneRow, now: Holders) -> VersionMembership | None:
    """Where the collection of a row holds its version."""
    return next(
        (
            membership
            for membership in now.memberships
            if membership.collection_id == row.collection_id
        ),
        None,
    )
