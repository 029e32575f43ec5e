"""Pages through the connections of many objects, some per request. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from .cursors import CursorGuard

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .connections import EdgePage


@final
class ManyConnections:
    """Which pages are still to be asked for, of connections that are read in batches.

    Args:
        keys: what tells the connections apart.
        subject: what they are of, for errors.
        operation: the operation that reads them.
    """

    def __init__(self, keys: Iterable[str], subject: str, operation: str) -> None:
        self._subject, self._operation = subject, operation
        self._wanted: list[tuple[str, str | None]] = [(key, None) for key in keys]
        self._guards: dict[str, CursorGuard] = {}

    def take(self, count: int) -> list[tuple[str, str | None]]:
        """Some of the pages, at most so many: the key and the cursor of each; none at the end."""
        taken, self._wanted = self._wanted[:count], self._wanted[count:]
        return taken

    def continue_with(self, key: str, page: EdgePage[object]) -> None:
        """Have what comes after a page asked for, too, where there is more.

        Raises:
            PaginationError: its cursor leads nowhere, or back.
        """
        if not page.page_info.has_next_page:
            self._guards.pop(key, None)
            return
        guard = self._guards.setdefault(key, CursorGuard(None, self._subject))
        self._wanted.append((key, guard.follow_page(page, self._operation)))
