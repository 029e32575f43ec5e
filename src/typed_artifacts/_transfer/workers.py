"""Threads that empty a list of work: as many as help, and none after the first failure.

Small files from a server nearby are bound by the interpreter, and there every further thread costs
more than it brings (a thousand files of 10 KiB: 0.3 s with two, 0.7 s with eight). Anything that
waits (for a distant server, for a disk) wants many. So the crew begins small, and grows for as
long as its threads are seen to take their time; where they do not, it is tried out once whether
more of them get more done, and if not, they leave again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar, final

from .cancellation import Cancellation, Cancelled

T = TypeVar("T")

_FIRST: Final = 2
_LOOK: Final = 0.03  # seconds between two looks at the crew's pace
_START: Final = 0.5  # seconds in which a thread that was started is surely running
_BRISK: Final = 6  # items a thread finishes between two looks, if it is not waiting for anything
_PATIENCE: Final = 0.2  # seconds for the first item: what all wait for says nothing of their pace
_WARMING_UP: Final = 2  # looks at a crew on trial that do not count: its threads connect first
_WORTH_IT: Final = 1.1  # what doubling the crew must bring, so that it stays


@final
class _Pace:
    """How large a crew should be, by how much it gets done. Pure.

    Attributes:
        wanted: how many threads there should be.
    """

    def __init__(self, most: int) -> None:
        self.wanted = min(most, _FIRST)
        self._most = most
        self._fewer = self.wanted
        self._before = 0.0  # what those got done, while more are on trial
        self._looks = 0  # at a crew on trial; 0 where none is
        self._settled = False

    def note(self, finished: float) -> None:
        """Take in how many items were finished since the last look."""
        if finished < _BRISK * self.wanted:
            self._looks, self._settled = 0, False
            self._double()
        elif self._looks:
            self._judge(finished)
        elif not self._settled and self.wanted < self._most:
            self._looks, self._before = 1, finished
            self._double()

    def _judge(self, finished: float) -> None:
        self._looks += 1
        if self._looks <= _WARMING_UP:
            return
        self._looks = 0
        if finished < self._before * _WORTH_IT:
            self._settled = True
            self.wanted = self._fewer

    def _double(self) -> None:
        self._fewer, self.wanted = self.wanted, min(2 * self.wanted, self._most)


@final
class _Crew:
    def __init__(self, items: Iterator[T], work: Callable[[T], None], cancel: Cancellation) -> None:
        self._take = self._one_by_one(items, work)
        self._cancel = cancel
        self._lock = threading.Lock()
        self._threads: list[tuple[threading.Thread, threading.Event]] = []
        self._first = threading.Event()
        self._over = threading.Event()
        self._wanted = self._working = self._finished = 0
        self._done = False
        self.failure: BaseException | None = None

    def run(self, most: int) -> None:
        """Work until nothing is left; ends when every thread has."""
        pace = _Pace(most)
        if not pace.wanted:
            return
        try:
            self._resize(pace.wanted)
            self._first.wait(_PATIENCE)
            while True:
                seen, began = self._finished, time.monotonic()
                if self._over.wait(_LOOK):
                    break
                pace.note((self._finished - seen) * _LOOK / (time.monotonic() - began))
                self._resize(pace.wanted)
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

    def _resize(self, wanted: int) -> None:
        """Have so many threads work; those that are too many leave after what they are at."""
        with self._lock:
            self._wanted = wanted
            missing = 0 if self._done else wanted - self._working
        for _ in range(missing):
            self._add()

    def _add(self) -> None:
        ended, name = threading.Event(), f"typed-artifacts-{len(self._threads)}"
        thread = threading.Thread(target=self._work, args=(ended,), name=name, daemon=True)
        with self._lock:
            self._working += 1
        self._threads.append((thread, ended))  # first: an interrupt may come while it starts
        thread.start()

    def _work(self, ended: threading.Event) -> None:
        try:
            while (task := self._next()) is not None:
                task()
                self._finished += 1  # a lost count would only mislead the pace
                self._first.set()
        except BaseException as error:  # noqa: BLE001 -- handed to the waiting thread
            with self._lock:
                if self.failure is None and not isinstance(error, Cancelled):
                    self.failure = error
            self._cancel.set()
            self._leave()
        finally:
            ended.set()

    def _next(self) -> Callable[[], None] | None:
        """The next task; ``None`` for a thread that is to leave, which is then counted out."""
        with self._lock:
            if self._working <= self._wanted and not self._cancel.is_set():
                task = next(self._take, None)
                if task is not None:
                    return task
                self._done = True
            self._count_out()
        return None

    def _leave(self) -> None:
        with self._lock:
            self._count_out()

    def _count_out(self) -> None:
        self._working -= 1
        if not self._working:
            self._first.set()
            self._over.set()

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
