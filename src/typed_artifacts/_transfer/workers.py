"""A few threads that empty a list of work; the first failure stops them all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar, final

from .cancellation import Cancellation, Cancelled

T = TypeVar("T")


@final
class _Crew:
    def __init__(self, items: Iterator[object], cancel: Cancellation) -> None:
        self._items = items
        self._cancel = cancel
        self._lock = threading.Lock()
        self.failure: BaseException | None = None

    def take(self) -> Iterator[object]:
        """Items for one thread, until there are none or the work is stopped."""
        while not self._cancel.is_set():
            with self._lock:
                item = next(self._items, self)
            if item is self:
                return
            yield item

    def fail(self, error: BaseException) -> None:
        """Remember the first failure and stop the others."""
        with self._lock:
            if self.failure is None and not isinstance(error, Cancelled):
                self.failure = error
        self._cancel.set()


def run_workers(
    items: Iterable[T], work: Callable[[T], None], *, count: int, cancel: Cancellation
) -> None:
    """Call ``work`` with every item, in ``count`` threads.

    The items are taken one by one as threads become free, so they may be made while the first are
    worked on. ``KeyboardInterrupt`` in the waiting thread stops the workers, waits until the last
    has cleaned up, and goes on its way.

    Raises:
        BaseException: the first that a worker or the making of an item raised.
        Cancelled: ``cancel`` was set from elsewhere.
    """
    crew = _Crew(iter(items), cancel)

    def run() -> None:
        try:
            for item in crew.take():
                work(item)  # type: ignore[arg-type]  # the crew hands on what it was given
        except BaseException as error:  # noqa: BLE001 -- handed to the waiting thread
            crew.fail(error)

    threads = [
        threading.Thread(target=run, name=f"typed-artifacts-{n}", daemon=True) for n in range(count)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException:
        cancel.set()
        for thread in threads:
            with suppress(RuntimeError):  # not started yet
                thread.join()
        raise
    if crew.failure is not None:
        raise crew.failure
    cancel.check()
