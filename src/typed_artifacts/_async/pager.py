"""Lists that fetch their pages on demand, each page once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, overload

from .._domain.arguments.argument_types import ItemT, check_client
from .._domain.lists.cursors import CursorGuard
from .._domain.lists.indexing import wanted_by
from .._domain.lists.list_base import ListBase
from .._domain.lists.list_flavours import AsyncTotal, AsyncWalk, async_list_lock, async_unless_taken
from .._domain.lists.page_in_task import PageInTask
from .._domain.lists.pages import ItemT_co, unseen
from .._values.guards import override

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from .._domain.lists.connections import EdgePage
    from .._domain.lists.pages import Page
    from .._values.json_values import JsonValue
    from .client import AsyncClient


async def every_edge(
    page: Callable[[str | None], Awaitable[EdgePage[ItemT]]], subject: str, operation: str
) -> list[ItemT]:
    """The edges of all pages of a connection. One request for each page."""
    found: list[ItemT] = []
    cursor: str | None = None
    guard = CursorGuard(None, subject)
    while True:
        edges = await page(cursor)
        found += edges.edges
        if not edges.page_info.has_next_page:
            return found
        cursor = guard.follow_page(edges, operation)


class AsyncPaginator(ABC, AsyncWalk, ListBase["AsyncClient", ItemT_co], Generic[ItemT_co]):
    """A list on the server, read page by page.

    Iterating gives every item once, in the server's order. Pages are fetched when they are needed,
    kept, and shared by every loop over the same object; loops may be nested or run in several
    tasks. ``start=`` takes the ``cursor`` of an earlier listing and goes on after it.

    Attributes:
        per_page: how many items one request asks for.
        prefetch: whether to fetch the next page while a loop uses this one.
    """

    _ahead: PageInTask[ItemT_co] | None

    def __init__(self, client: AsyncClient, per_page: int, start: str | None, subject: str) -> None:
        check_client(client, "AsyncClient")
        super().__init__(client, per_page, start, subject)

    @override
    def _prepare(self) -> None:
        self._lock = async_list_lock()
        self._turn = async_list_lock()
        self._ahead = None

    @abstractmethod
    async def _fetch(self, cursor: str | None, per_page: int) -> Page[ItemT_co]:
        """Request the page after ``cursor``."""

    async def _fill(self, wanted: int | None) -> None:
        """Fetch pages until ``wanted`` items are there (``None``: all), or the list ends."""
        while self._buffer.lacks(wanted):
            async with self._lock:
                if self._buffer.lacks(wanted):
                    self._buffer.add(await self._next_page())

    async def _next_page(self) -> Page[ItemT_co]:
        """The page after those that are there, perhaps on its way already."""
        ahead, self._ahead = self._ahead, None
        cursor = self._buffer.next_cursor
        if ahead is not None and ahead.is_for(cursor, self.per_page):
            return await ahead.page()
        return await self._fetch(cursor, self.per_page)

    def _look_ahead(self) -> None:
        """Prefetch the next page, unless it was fetched or is being fetched."""
        with async_unless_taken(self._lock) as free:
            if free and self._ahead is None and not self._buffer.complete:
                self._ahead = PageInTask(self._fetch, self._buffer.next_cursor, self.per_page)

    async def _at(self, position: int) -> tuple[ItemT_co, ...]:
        """The item at a position, handed out; empty behind the end."""
        if position >= len(self._buffer.items):
            await self._fill(position + 1)
        return self._handed_out(position)

    async def __aiter__(self) -> AsyncIterator[ItemT_co]:
        """A pass over all items of its own, from the first."""
        position, buffer = 0, self._buffer
        items = buffer.items
        while True:
            if position >= len(items):
                await self._fill(position + 1)
                if position >= len(items):
                    return
            if self.prefetch and position == buffer.newest:
                self._look_ahead()
            item = items[position]
            if buffer.handed_out == position:
                buffer.handed_out = position + 1
            position += 1
            yield item

    async def __anext__(self) -> ItemT_co:
        """The next item of the list's own pass; at most one request for each page."""
        # Whoever asks at the same time waits for a turn: no item is given twice.
        async with self._turn:
            found = await self._at(self._position)
            if self.prefetch and self._position == self._buffer.newest:
                self._look_ahead()
            if not found:
                raise StopAsyncIteration
            self._position += 1
        return found[0]

    @overload
    def __getitem__(self, index: int) -> Awaitable[ItemT_co]: ...
    @overload
    def __getitem__(self, index: slice) -> Awaitable[list[ItemT_co]]: ...
    def __getitem__(self, index: int | slice) -> Awaitable[ItemT_co | list[ItemT_co]]:
        """The item or the items at an index, as a list gives them: ``await pager[0]``."""
        return self._get(index)

    async def _get(self, index: int | slice) -> ItemT_co | list[ItemT_co]:
        await self._fill(wanted_by(index))
        return self._picked(index)

    async def to_rows(self, *columns: str) -> list[dict[str, JsonValue]]:
        """All items as rows that pandas, Polars and DuckDB accept directly.

        Times are in ISO 8601, durations in seconds. Sends the requests of a loop over the list.

        Args:
            columns: names of attributes; ``metadata.key`` or ``metadata.key.inner`` for a value of
                metadata, ``None`` if a version lacks it. By default all attributes that an item has
                without a further request.

        Raises:
            InvalidInput: the items have no such attribute; nothing is sent.
        """
        from .._domain.lists.rows import columns_of, row_of

        wanted = columns_of(type(self).__name__, columns)
        return [row_of(item, wanted) async for item in self]

    async def pages(self) -> AsyncGenerator[Page[ItemT_co]]:
        """Yield the pages from the start without keeping them, in constant memory.

        One request per page. A page is empty if all its nodes are null or filtered out. Items that
        the page before it also had are left out.
        """
        guard = CursorGuard(self._start, self._subject)
        before: Page[ItemT_co] | None = None
        page = await self._fetch(self._start, self.per_page)
        while True:
            fresh = page if before is None else unseen(page, before.ids, before.items)
            guard.check(fresh)
            before = page
            if not page.has_next:
                yield fresh
                return
            if not self.prefetch:
                yield fresh
                page = await self._fetch(page.cursor, self.per_page)
                continue
            ahead = PageInTask(self._fetch, page.cursor, self.per_page)
            try:
                yield fresh
                page = await ahead.page()
            finally:
                ahead.cancel()


class AsyncSizedPaginator(AsyncTotal, AsyncPaginator[ItemT_co]):
    """A list whose total the server reports."""

    # The feature without which a server gives no total.
    _total_feature: str | None = None

    @override
    async def _length(self) -> int:
        if self._filtered:
            await self._fill(None)
        elif not self._buffer.fetched:
            async with self._lock:
                if not self._buffer.fetched:
                    self._buffer.add(await self._fetch(self._buffer.next_cursor, self.per_page))
        return self._buffer.length(filtered=self._filtered, feature=self._total_feature)
