"""A pool of worker threads that grows while it helps, and stops at the first failure."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar, final

from ..._requests.main_thread import run_off_main_thread
from ..._requests.stopping import stopped_by
from ..._values.thread_pools import thread_pool
from .cancellation import Cancellation, Cancelled

T = TypeVar("T")

# So short that a distant server soon gets more threads.
_SAMPLE_SECONDS: Final = 0.02
_WAITING_SHARE: Final = 0.75
_BUSY_SHARE: Final = 0.6
_LONG_SECONDS: Final = 0.003
# Open files of a thread (a connection, a file, their folders), and of the rest of the process.
_OPEN_IN_A_THREAD: Final = 4
_OPEN_ELSEWHERE: Final = 24


@dataclass(frozen=True, slots=True)
class Sample:
    """What the threads of a job did since the last sample.

    Attributes:
        finished: items.
        working: seconds of CPU time that these took.
        waiting: seconds that they took besides.
        elapsed: seconds since the last sample.
        busy: threads that are at an item, and do not wait for one to be made.
        processor: seconds of CPU time that the whole process took.
    """

    finished: int
    working: float
    waiting: float
    elapsed: float
    busy: int
    processor: float


def should_grow(sample: Sample, threads: int, cores: int) -> bool:
    """Whether twice as many threads would help. Pure.

    They do where those there are wait more than they work, as for a distant server, as long as
    they do not keep the interpreter busy all the same: then it is this that they wait for. Small
    files of a server nearby keep one thread busy, and every further one only costs. What keeps a
    thread busy for long is reading and hashing, for which nobody needs the interpreter: of these
    there may be one for each core. Where nothing is finished yet, a process that does little waits
    for a distant server, and one that keeps the cores busy reads large files.

    Args:
        sample: what they did.
        threads: how many there are.
        cores: how many can run at once.
    """
    if not sample.finished:
        return sample.busy > 0 and sample.processor < _BUSY_SHARE * cores * sample.elapsed
    waits = sample.waiting >= _WAITING_SHARE * (sample.working + sample.waiting)
    if waits and sample.working < _BUSY_SHARE * sample.elapsed:
        return True
    return threads < cores and sample.working / sample.finished > _LONG_SECONDS


@final
class _Work:
    def __init__(self, items: Iterator[T], work: Callable[[T], None], cancel: Cancellation) -> None:
        self._items: Iterator[object] = items
        self._tasks = self._one_by_one(items, work)
        self._cancel = cancel
        self._lock = threading.Lock()
        self._finished, self._working, self._waiting = 0, 0.0, 0.0
        self._sampled, self._processor = time.perf_counter(), time.process_time()
        self._busy = 0
        self._is_done = False
        self.failure: BaseException | None = None

    def run(self, most: int) -> None:
        """Work until nothing is left; ends when every thread has, and what makes the items."""
        try:
            self._run(most)
        finally:
            end_early(self._items)

    def _run(self, most: int) -> None:
        with thread_pool(most) as pool:
            count = 1
            pending = self._start(pool, count)
            if not pending:
                self._loop()
            while pending:
                _, pending = wait(pending, _SAMPLE_SECONDS, return_when=FIRST_EXCEPTION)
                if not pending or count >= most or self._is_done:
                    continue
                if should_grow(self._take_sample(), count, os.cpu_count() or 1):
                    started = self._start(pool, min(count, most - count))
                    pending |= started
                    count += len(started)
                    most = most if started else count

    def _start(self, pool: Executor, count: int) -> set[Future[None]]:
        """Start so many threads, or as many as the system lets this process have."""
        started: set[Future[None]] = set()
        with suppress(RuntimeError):
            for _ in range(count):
                started.add(pool.submit(self._loop))
        return started

    def _loop(self) -> None:
        """Process items until there are none, or a thread has failed."""
        try:
            with stopped_by(self._cancel):
                self._process()
        except BaseException as error:  # noqa: BLE001 -- handed to the waiting thread
            with self._lock:
                if self.failure is None and not isinstance(error, Cancelled):
                    self.failure = error
            self._cancel.set()

    def _process(self) -> None:
        while (task := self._next()) is not None:
            began, worked = time.perf_counter(), time.thread_time()
            task()
            worked, took = time.thread_time() - worked, time.perf_counter() - began
            with self._lock:
                self._busy -= 1
                self._finished += 1
                self._working += worked
                self._waiting += took - worked

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            if self._is_done or self._cancel.is_set():
                return None
            task = next(self._tasks, None)
            self._is_done = task is None
            self._busy += task is not None
            return task

    def _take_sample(self) -> Sample:
        """What the threads did since the last one."""
        with self._lock:
            now, processor = time.perf_counter(), time.process_time()
            sample = Sample(
                self._finished,
                self._working,
                self._waiting,
                now - self._sampled,
                self._busy,
                processor - self._processor,
            )
            self._finished, self._working, self._waiting = 0, 0.0, 0.0
            self._sampled, self._processor = now, processor
        return sample

    @staticmethod
    def _one_by_one(items: Iterator[T], work: Callable[[T], None]) -> Iterator[Callable[[], None]]:
        for item in items:
            yield lambda item=item: work(item)  # type: ignore[misc]  # mypy infers no default's type


def run_workers(
    items: Iterable[T], work: Callable[[T], None], *, count: int, cancel: Cancellation
) -> None:
    """Call ``work`` with every item, in at most ``count`` threads.

    One thread begins; while those there are wait for three quarters of their time, and leave the
    interpreter idle for two fifths of it, there are twice as many, up to ``count``; for items that
    take long, up to one for each core. There are no more than may have their files and
    connections open at once, by the system's limit. The items are taken one by one as threads
    become free, so they may be made while the first are worked on. ``KeyboardInterrupt`` in the
    waiting thread stops the workers, waits until the last has cleaned up, and goes on its way.

    Raises:
        BaseException: the first that a worker or the making of an item raised.
        Cancelled: ``cancel`` was set from elsewhere.
    """
    if count < 1:
        return
    job, most = _Work(iter(items), work, cancel), min(count, _most_threads())
    run_off_main_thread(lambda: job.run(most), cancel.set)
    if job.failure is not None:
        raise job.failure
    cancel.check()


def chosen_by_workers(
    items: Sequence[T], is_chosen: Callable[[T], bool], *, count: int, cancel: Cancellation
) -> list[T]:
    """The items of which ``is_chosen`` is true, in their order; raises as ``run_workers`` does."""
    chosen: set[int] = set()

    def test(index: int) -> None:
        if is_chosen(items[index]):
            chosen.add(index)

    run_workers(range(len(items)), test, count=min(count, len(items)), cancel=cancel)
    return [items[index] for index in sorted(chosen)]


def end_early(items: Iterable[object]) -> None:
    """End what makes items, if it waits to be asked for the next: it may have a thread to join.

    Otherwise the garbage collector does it, wherever it comes: in the middle of the start of
    another thread, say, which then never starts, and no other does after it.
    """
    if isinstance(items, Generator):
        items.close()  # pyright: ignore[reportUnknownMemberType]  # of whatever kind


if sys.platform == "win32":

    def _most_threads() -> int:
        """As many as one likes: files there have no such limit."""
        return sys.maxsize

else:

    def _most_threads() -> int:
        """As many as may have open what they need, by this process's limit of open files."""
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if limit < 0:  # none
            return sys.maxsize
        return max(1, (limit - _OPEN_ELSEWHERE) // _OPEN_IN_A_THREAD)
