"""The pages fetched so far, and how far their items were handed out. No I/O."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic

from ...errors import LengthUnknown
from .cursors import CursorGuard
from .pages import ItemT, Page, unseen

# GraphQL's Int has 32 bits.
_MOST_ITEMS = 2**31 - 1


class Buffer(Generic[ItemT]):
    """The pages fetched so far, what is known of the rest, and how far the items were handed out.

    Shared by every pass over one list; the list's lock is held while a page is added.
    """

    def __init__(self, start: str | None, subject: str) -> None:
        self.items: list[ItemT] = []
        self.next_cursor = start
        self.complete = False
        self.total: int | None = None
        self.fetched = False
        self.newest = 0
        """Where the items of the page that came last begin."""
        self._start = start
        self._subject = subject
        self._operation: str | None = None
        self._cursors: list[str | None] = []
        self._ids: list[Hashable] = []
        self._known: set[Hashable] = set()
        """The ids: that one came before is looked at closely only where it did."""
        self._guard = CursorGuard(start, subject)
        self.handed_out = 0
        """How many items, from the first, have been given to the caller."""

    def add(self, page: Page[ItemT]) -> None:
        """Take in what is new of the next page; nothing changes if its cursor leads astray."""
        if not self._known.isdisjoint(page.ids):
            page = unseen(page, self._ids, self.items)
        self._guard.check(page)
        self._ids += page.ids
        self._known.update(page.ids)
        self._cursors += page.cursors
        self.newest = len(self.items)
        # After their cursors: other threads go over the items while this one adds more.
        self.items += page.items
        if page.has_next:
            self.next_cursor = page.cursor
        else:
            self.next_cursor = page.cursor or self.next_cursor
            self.complete = True
        if page.total is not None:
            self.total = page.total
        self._operation = page.operation
        self.fetched = True

    def lacks(self, wanted: int | None) -> bool:
        """Whether another page is needed to have ``wanted`` items (``None``: all of them)."""
        return not self.complete and (wanted is None or len(self.items) < wanted)

    def hand_out(self, first: int, stop: int) -> None:
        """Note that the items ``first`` to ``stop - 1`` were given to the caller."""
        if first <= self.handed_out < stop:
            self.handed_out = min(stop, len(self.items))

    @property
    def cursor(self) -> str | None:
        """Where a listing resumes that has exactly the items not handed out yet."""
        if self.handed_out == 0:
            return self._start
        if self.handed_out == len(self.items) and self.complete:
            return self.next_cursor
        return self._cursors[self.handed_out - 1]

    @property
    def more(self) -> bool:
        """Whether anything may follow the items handed out so far."""
        return not self.complete or self.handed_out < len(self.items)

    def known_total(self, *, filtered: bool) -> int | None:
        """The number of items, if it is known by now.

        Args:
            filtered: whether a filter is the client's, so that the server's total says nothing.
        """
        if filtered:
            return len(self.items) if self.complete else None
        return self.total

    def length(self, *, filtered: bool, feature: str | None = None) -> int:
        """The number of items: counted where a filter is the client's, else the server's total.

        Args:
            filtered: whether a filter is the client's; all pages are there then.
            feature: the feature without which a server gives no total.

        Raises:
            LengthUnknown: the server gave no total, or one that no list can have.
        """
        if filtered:
            return len(self.items)
        if self.total is None:
            why = f" (it has no {feature})" if feature else ""
            raise LengthUnknown(
                f"The server gives no total for {self._subject}{why}; "
                "iterate over it, or count with sum(1 for _ in …).",
                feature=feature,
                operation=self._operation,
                subject=self._subject,
            )
        if not 0 <= self.total <= _MOST_ITEMS:
            raise LengthUnknown(
                f"The server gives {self.total:,} as the total for {self._subject}, which no list "
                "has; iterate over it, or count with sum(1 for _ in …).",
                operation=self._operation,
                subject=self._subject,
            )
        return self.total
