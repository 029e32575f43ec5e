"""Why a version was not deleted, in words that say what to do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import GraphQLError

if TYPE_CHECKING:
    from collections.abc import Sequence


def refused_for_aliases(
    error: GraphQLError, path: str, aliases: Sequence[str], option: str
) -> GraphQLError | None:
    """The error for a version that is not deleted as long as it has aliases.

    Args:
        error: what the server said to a deletion without its aliases.
        path: the version's.
        aliases: those that it is known to have; it may have others where it is linked to.
        option: how to ask for the deletion of its aliases, too.

    Returns:
        ``None`` where the server refused for another reason.
    """
    words = error.server_says or str(error)
    if not aliases and "alias" not in words.lower():
        return None
    which = f"the aliases {', '.join(aliases)}" if aliases else f"aliases elsewhere ({words})"
    return GraphQLError(
        f"{path} has {which}, so the server did not delete it; {option} deletes it with them.",
        errors=error.errors,
        data=error.data,
        operation=error.operation,
        subject=path,
        server_says=error.server_says,
    )
