"""Threads that empty a list of work: as many as help, and none after the first failure.

Small files from a server nearby are bound by the interpreter, and there every further thread costs
more than it brings (a thousand files of 10 KiB: 0.3 s with two, 0.7 s with eight). Anything that
waits (for a distant server, for a disk) wants many. So the crew begins small, and grows for as
long as its threads are seen to take their time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar, final

from .._http.cancellation import Cancellation, Cancelled

T = TypeVar("T")

_FIRST: Final = 2
_TICK: Final = 0.01  # seconds between two looks at the crew's pace
_START: Final = 0.5  # seconds in which a thread that was started is surely running
_SLOW: Final = 3  # looks in a row at a slow crew, before it is doubled
_BRISK: Final = 2  # items a thread finishes in that time, if it is not waiting for anything


@final
class _Crew:
    def __init__(self, items: Iterator[T], work: Callable[[T], None], cancel: Cancellation) -> None:
        self._take = self._one_by_one(items, work)
        self._cancel = cancel
        self._lock = threading.Lock()
        self._threads: list[tuple[threading.Thread, threading.Event]] = []
        self._finished = 0
        self.failure: BaseException | None = None

    def run(self, most: int) -> None:
        """Work until nothing is left; ends when every thread has."""
        try:
            for _ in range(min(most, _FIRST)):
                self._add()
            slow = 0
            while self._is_busy() and len(self._threads) < most:
                seen = self._finished
                self._threads[-1][1].wait(_TICK)
                brisk = self._finished - seen >= _BRISK * len(self._threads)
                slow = 0 if brisk else slow + 1
                if slow == _SLOW and self._is_busy():
                    slow = 0
                    for _ in range(min(len(self._threads), most - len(self._threads))):
                        self._add()
        except BaseException:
            self._cancel.set()
            raise
        finally:
            self._join()

    def _join(self) -> None:
        try:
            self._join_all()
        except BaseException:  # interrupted while waiting: stop, and wait until all is tidy
            self._cancel.set()
            self._join_all()
            raise

    def _join_all(self) -> None:
        # Not by Thread.join alone: before Python 3.13 one that was interrupted takes the thread
        # for dead, and the next returns at once.
        for thread, ended in self._threads:
            while not ended.wait(_START if thread.ident is None else None):
                if thread.ident is None:
                    break  # interrupted before it was started
            else:
                thread.join()

    def _is_busy(self) -> bool:
        return not all(ended.is_set() for _, ended in self._threads)

    def _add(self) -> None:
        ended, name = threading.Event(), f"typed-artifacts-{len(self._threads)}"
        thread = threading.Thread(target=self._work, args=(ended,), name=name, daemon=True)
        self._threads.append((thread, ended))  # first: an interrupt may come while it starts
        thread.start()

    def _work(self, ended: threading.Event) -> None:
        try:
            while not self._cancel.is_set():
                with self._lock:
                    task = next(self._take, None)
                if task is None:
                    return
                task()
                self._finished += 1  # a lost count would only delay another thread
        except BaseException as error:  # noqa: BLE001 -- handed to the waiting thread
            with self._lock:
                if self.failure is None and not isinstance(error, Cancelled):
                    self.failure = error
            self._cancel.set()
        finally:
            ended.set()

    @staticmethod
    def _one_by_one(items: Iterator[T], work: Callable[[T], None]) -> Iterator[Callable[[], None]]:
        for item in items:
            yield lambda item=item: work(item)  # type: ignore[misc]  # mypy infers no default's type


def run_workers(
    items: Iterable[T], work: Callable[[T], None], *, count: int, cancel: Cancellation
) -> None:
    """Call ``work`` with every item, in at most ``count`` threads.

    The items are taken one by one as threads become free, so they may be made while the first are
    worked on. ``KeyboardInterrupt`` in the waiting thread stops the workers, waits until the last
    has cleaned up, and goes on its way.

    Raises:
        BaseException: the first that a worker or the making of an item raised.
        Cancelled: ``cancel`` was set from elsewhere.
    """
    crew = _Crew(iter(items), work, cancel)
    crew.run(count)
    if crew.failure is not None:
        raise crew.failure
    cancel.check()
