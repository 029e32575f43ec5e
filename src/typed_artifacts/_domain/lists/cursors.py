"""Cursors and page sizes: refuses those that lead nowhere, or back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._values.guards import is_text, is_whole_number
from ..._values.shown import shown
from ...errors import InvalidInput, PaginationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .connections import EdgePage
    from .pages import Page

# A page may be empty, and a few in a row; so many are a server that has lost its way.
MOST_EMPTY_PAGES = 100


class CursorGuard:
    """Refuses to go round in circles: every page must lead to one not asked for before.

    Attributes:
        subject: what is listed, as errors call it.
    """

    def __init__(self, start: str | None, subject: str) -> None:
        self.subject = subject
        # Hashes, not cursors: a million versions by fifty make twenty thousand of them.
        self._followed = {hash(start)}
        self._empty = 0
        self._edges: Sequence[object] = ()

    def check(self, page: Page[object]) -> None:
        """Raise ``PaginationError`` where the page's end leads nowhere, or back."""
        if page.has_next:
            self.follow(page.cursor, page.edges, page.operation)

    def follow_page(self, page: EdgePage[object], operation: str) -> str:
        """The same after a page as it came; nothing is new in one that is the page before it."""
        new = 0 if page.edges == self._edges else len(page.edges)
        self._edges = page.edges
        return self.follow(page.page_info.end_cursor, new, operation)

    def follow(self, cursor: str | None, edges: int, operation: str | None) -> str:
        """The cursor to go on with after a page of so many edges, or ``PaginationError``."""
        self._empty = 0 if edges else self._empty + 1
        if self._empty == MOST_EMPTY_PAGES:
            raise self._error(
                f"The server sent {self._empty} pages of {self.subject} in a row with nothing new "
                "in them, and says that it goes on; following it would never end.",
                operation,
            )
        if not cursor:
            raise self._error(
                f"The server says that {self.subject} goes on, but gives no cursor to go on with.",
                operation,
            )
        mark = hash(cursor)
        if mark in self._followed:
            raise self._error(
                f"The server repeats the cursor {cursor!r:.200} in {self.subject}; "
                "following it would never end.",
                operation,
            )
        self._followed.add(mark)
        return cursor

    def _error(self, text: str, operation: str | None) -> PaginationError:
        advice = "List it again; if that fails, too, tell those who run the server."
        return PaginationError(f"{text} {advice}", operation=operation, subject=self.subject)


def check_per_page(per_page: int) -> int:
    """A page size, or ``InvalidInput``."""
    if not is_whole_number(per_page):
        raise InvalidInput(f"per_page is {shown(per_page)}; it must be a whole number.")
    if per_page < 1:
        raise InvalidInput(f"per_page is {per_page}; it must be at least 1.")
    return per_page


def check_start(start: str | None) -> str | None:
    """A cursor to resume after, or ``InvalidInput``."""
    if start is not None and (not is_text(start) or not start):
        raise InvalidInput(
            f"start is {start!r}; it must be a cursor that another listing gave, or None."
        )
    return start
