"""Prefetches a page in a thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic

from .pages import ItemT

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pages import Page


class PageInThread(Generic[ItemT]):
    """A page that a thread of its own fetches."""

    def __init__(
        self, fetch: Callable[[str | None, int], Page[ItemT]], cursor: str | None, per_page: int
    ) -> None:
        self._asked = (cursor, per_page)
        self._fetch = fetch
        self._page: Page[ItemT] | None = None
        self._error: BaseException | None = None
        # A daemon thread: the program need not wait for an unneeded page at exit.
        self._thread = threading.Thread(target=self._run, name="typed-artifacts page", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._run()  # the interpreter is shutting down and starts no threads any more

    def is_for(self, cursor: str | None, per_page: int) -> bool:
        """Whether it is what would be asked for now."""
        return self._asked == (cursor, per_page)

    def page(self) -> Page[ItemT]:
        """The page, or the error that fetching it met."""
        if self._thread.ident is not None:
            self._thread.join()
        if self._page is None and self._error is None:
            self._run()  # in a child after a fork, which does not have that thread
        if self._error is not None:
            raise self._error
        if self._page is None:
            raise AssertionError("the thread ended without a page")  # for type checkers
        return self._page

    def cancel(self) -> None:
        """Do nothing: the thread ends with its request, and is not waited for."""

    def _run(self) -> None:
        try:
            self._page = self._fetch(*self._asked)
        except BaseException as error:  # noqa: BLE001 - raised where the page is asked for
            self._error = error
