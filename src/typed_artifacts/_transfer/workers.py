"""Threads that work on a list of items: as many as help, and none after the first failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, wait
from typing import Final, TypeVar, final

from .cancellation import Cancellation, Cancelled
from .pools import run_aside, thread_pool

T = TypeVar("T")

_FIRST: Final = 2
_LOOK_SECONDS: Final = 0.05
_WAITING_SHARE: Final = 0.75


def should_grow(finished: int, working_seconds: float, seconds: float) -> bool:
    """Whether twice as many threads would help: those there are wait more than they work. Pure.

    A server nearby keeps two threads busy, and there every further one costs more than it brings:
    they wait for the interpreter. A distant one is waited for. Threads that share the interpreter
    wait for one another, too; hence three quarters of the time and not half.

    Args:
        finished: items since the last look.
        working_seconds: CPU time that they took.
        seconds: how long they took in all.
    """
    return not finished or working_seconds < (1 - _WAITING_SHARE) * seconds


@final
class _Work:
    def __init__(self, items: Iterator[T], work: Callable[[T], None], cancel: Cancellation) -> None:
        self._tasks = self._one_by_one(items, work)
        self._cancel = cancel
        self._lock = threading.Lock()
        self._finished, self._working_seconds, self._seconds = 0, 0.0, 0.0
        self._is_done = False
        self.failure: BaseException | None = None

    def run(self, most: int) -> None:
        """Work until nothing is left; ends when every thread has."""
        with thread_pool(most) as pool:
            count = min(_FIRST, most)
            pending = {self._submit(pool) for _ in range(count)}
            while pending:
                _, pending = wait(pending, _LOOK_SECONDS, return_when=FIRST_EXCEPTION)
                if pending and count < most and not self._is_done and self._wants_more():
                    more = min(count, most - count)
                    pending |= {self._submit(pool) for _ in range(more)}
                    count += more

    def _submit(self, pool: Executor) -> Future[None]:
        return pool.submit(self._loop)

    def _loop(self) -> None:
        """Take one item after the other, until there are none or somebody has failed."""
        try:
            while (task := self._next()) is not None:
                began, worked = time.perf_counter(), time.thread_time()
                task()
                worked, took = time.thread_time() - worked, time.perf_counter() - began
                with self._lock:
                    self._finished += 1
                    self._working_seconds += worked
                    self._seconds += took
        except BaseException as error:  # noqa: BLE001 -- handed to the waiting thread
            with self._lock:
                if self.failure is None and not isinstance(error, Cancelled):
                    self.failure = error
            self._cancel.set()

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            if self._is_done or self._cancel.is_set():
                return None
            task = next(self._tasks, None)
            self._is_done = task is None
            return task

    def _wants_more(self) -> bool:
        with self._lock:
            figures = self._finished, self._working_seconds, self._seconds
            self._finished, self._working_seconds, self._seconds = 0, 0.0, 0.0
        return should_grow(*figures)

    @staticmethod
    def _one_by_one(items: Iterator[T], work: Callable[[T], None]) -> Iterator[Callable[[], None]]:
        for item in items:
            yield lambda item=item: work(item)  # type: ignore[misc]  # mypy infers no default's type


def run_workers(
    items: Iterable[T], work: Callable[[T], None], *, count: int, cancel: Cancellation
) -> None:
    """Call ``work`` with every item, in at most ``count`` threads.

    Two threads begin; while they wait for three quarters of their time or more, there are twice
    as many, up to ``count``. The items are taken one by one as threads become free, so they may be
    made while the first are worked on. ``KeyboardInterrupt`` in the waiting thread stops the
    workers, waits until the last has cleaned up, and goes on its way.

    Raises:
        BaseException: the first that a worker or the making of an item raised.
        Cancelled: ``cancel`` was set from elsewhere.
    """
    if count < 1:
        return
    job = _Work(iter(items), work, cancel)
    run_aside(lambda: job.run(count), cancel.set)
    if job.failure is not None:
        raise job.failure
    cancel.check()
