"""Explains why a version was not deleted, and what to do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._requests.reply_errors import is_forbidden
from ...errors import GraphQLError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .memberships import Membership

_SHOWN, _SHOWN_LINKS = 5, 3


def may_be_for_aliases(
    error: GraphQLError, aliases: Sequence[str], *, delete_aliases: bool
) -> bool:
    """Whether a server may have refused a deletion for aliases.

    Args:
        error: what the server said.
        aliases: those that the version is known to have; it may have others where it is linked to.
        delete_aliases: whether they were to be deleted with it.
    """
    if delete_aliases:
        return False
    return _names_aliases(error) or (bool(aliases) and not is_forbidden(error.errors))


def refused_for_aliases(
    error: GraphQLError, path: str, aliases: Sequence[str], links: Sequence[Membership]
) -> GraphQLError:
    """The error for a version that is not deleted as long as it has aliases.

    Args:
        error: what the server said to a deletion without its aliases.
        path: the version's.
        aliases: those that it is known to have in its own collection.
        links: its links, as far as they are known.
    """
    words = error.server_says or str(error)
    has = _has(aliases, [link for link in links if link.aliases])
    has = has or f"has aliases elsewhere ({words})"
    advice = "delete_aliases=True deletes it with them."
    message = f"{path} {has}, so the server did not delete it; {advice}"
    if not _names_aliases(error):  # a W&B server does not tell the reason in every release
        message = f"The server did not delete {path}: {words} It {has}; if that is why, {advice}"
    return GraphQLError(
        message,
        errors=error.errors,
        data=error.data,
        operation=error.operation,
        subject=path,
        server_says=error.server_says,
    )


def _names_aliases(error: GraphQLError) -> bool:
    return "alias" in (error.server_says or str(error)).lower()


def _has(aliases: Sequence[str], links: Sequence[Membership]) -> str:
    """What keeps a version: "has the aliases a, b, and is linked as p/q/c:v1 (prod)"."""
    linked = [f"{link.path} ({_some(link.aliases)})" for link in links[:_SHOWN_LINKS]]
    more = len(links) - _SHOWN_LINKS
    parts = [
        f"has the aliases {_some(aliases)}" if aliases else "",
        f"is linked as {', '.join(linked)}{f' and {more:,} more' if more > 0 else ''}"
        if linked
        else "",
    ]
    return ", and ".join(part for part in parts if part)


def _some(aliases: Sequence[str]) -> str:
    more = len(aliases) - _SHOWN
    return ", ".join(aliases[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
