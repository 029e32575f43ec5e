"""Explains why a version was not deleted, and what to do. Pure."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..._requests.reply_errors import is_forbidden
from ...errors import GraphQLError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

_SHOWN = 5


@contextmanager
def explained_deletion(
    subject: str, aliases: Callable[[], Sequence[str]], *, delete_aliases: bool
) -> Generator[None]:
    """Say what to do where the server does not delete a version for its aliases.

    Args:
        subject: the version's path.
        aliases: gives those that it is known to have.
        delete_aliases: whether they were to be deleted with it.
    """
    try:
        yield
    except GraphQLError as error:
        known = None
        if not delete_aliases:
            known = _refused_for_aliases(error, subject, aliases())
        raise known or error from error.__cause__


def _some(aliases: Sequence[str]) -> str:
    more = len(aliases) - _SHOWN
    return ", ".join(aliases[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _refused_for_aliases(
    error: GraphQLError, path: str, aliases: Sequence[str]
) -> GraphQLError | None:
    """The error for a version that is not deleted as long as it has aliases.

    Args:
        error: what the server said to a deletion without its aliases.
        path: the version's.
        aliases: those that it is known to have; it may have others where it is linked to.

    Returns:
        ``None`` where the server refused for another reason.
    """
    reason = error.server_says or str(error)
    named = "alias" in reason.lower()
    if not named and (not aliases or is_forbidden(error.errors)):
        return None
    which = f"the aliases {_some(aliases)}" if aliases else f"aliases elsewhere ({reason})"
    advice = "delete_aliases=True deletes it with them."
    message = f"{path} has {which}, so the server did not delete it; {advice}"
    if not named:  # a W&B server does not tell the reason in every release
        message = (
            f"The server did not delete {path}: {reason} It has {which}; if that is why, {advice}"
        )
    return GraphQLError(
        message,
        errors=error.errors,
        data=error.data,
        operation=error.operation,
        subject=path,
        server_says=error.server_says,
    )
