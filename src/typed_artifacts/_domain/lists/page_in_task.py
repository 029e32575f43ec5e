"""Prefetches a page in a task."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic

from .pages import ItemT

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from .pages import Page


class PageInTask(Generic[ItemT]):
    """A page that a task of its own fetches."""

    def __init__(
        self,
        fetch: Callable[[str | None, int], Coroutine[object, object, Page[ItemT]]],
        cursor: str | None,
        per_page: int,
    ) -> None:
        self._asked = (cursor, per_page)
        self._fetch = fetch
        self._task: asyncio.Task[Page[ItemT]] | None = None
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # under trio a task needs a nursery: the page is fetched when it is asked for
        self._task = loop.create_task(fetch(cursor, per_page))
        # The page may never be read; then its error is ignored.
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())

    def is_for(self, cursor: str | None, per_page: int) -> bool:
        """Whether it is what would be asked for now, in this loop."""
        if self._asked != (cursor, per_page):
            return False
        task = self._task
        return task is None or (
            task.get_loop() is asyncio.get_running_loop() and not task.cancelled()
        )

    async def page(self) -> Page[ItemT]:
        """The page, or the error that fetching it met; cancelling the wait cancels the request."""
        return await (self._fetch(*self._asked) if self._task is None else self._task)

    def cancel(self) -> None:
        """Cancel a request whose page is no longer needed."""
        if self._task is not None:
            self._task.cancel()
