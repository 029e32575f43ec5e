"""Runs work outside the main thread, where no signal handler can raise an exception."""

from __future__ import annotations

import sys
import threading
from _thread import start_new_thread
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Final, final

_LOOK_SECONDS: Final = 0.1


class Interrupted(BaseException):
    """What a signal handler raised in the main thread while it waited for work.

    It is no failure of the work, whatever its type: an alarm's ``TimeoutError`` is no time that a
    server took.

    Attributes:
        error: what the handler raised.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


def run_off_main_thread(
    work: Callable[[], None], stop: Callable[[], None], *, settles: bool = True
) -> None:
    """Run something beside the main thread, and wait for it, so that it is never interrupted.

    Python calls signal handlers in the main thread, wherever that is, and they may raise
    ``KeyboardInterrupt``, or whatever a time limit raises: in the middle of a lock of the thread
    pool, say, which then stays locked. So the main thread does nothing but wait, and when it is
    interrupted calls ``stop`` and waits until all is tidy.

    Args:
        work: runs in a thread of its own, or in the calling one where that is not the main thread,
            or the interpreter ends.
        stop: makes ``work`` return soon.
        settles: whether an interrupt is raised only after ``work`` has returned: it has files to
            tidy up, say.

    Raises:
        BaseException: what ``work`` raised, or a signal handler.
        Interrupted: what a signal handler raised, where ``work`` does not settle.
    """
    # At the end of the interpreter, before Python 3.12, a thread is started and never runs.
    if threading.get_ident() != threading.main_thread().ident or sys.is_finalizing():
        work()
        return
    job = _Job(work)
    try:
        with suppress(RuntimeError):  # no thread can be started any more
            start_new_thread(job.run, ())
            job.wait()
        job.run()
    except BaseException as error:
        stop()
        job.give_up()
        if not settles:
            raise Interrupted(error) from None
        job.settle()
        raise
    if job.failure is not None:
        raise job.failure


@final
class _Job:
    """Made of plain locks alone: an interrupt leaves none of them half taken."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._claim = Lock()
        self._running = Lock()
        self._running.acquire()
        self._has_ended = False
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Do the work, unless it was started or cancelled."""
        if not self._claim.acquire(blocking=False):
            return
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 -- raised in the waiting thread
            self.failure = error
        finally:
            self._has_ended = True
            self._running.release()

    def wait(self) -> None:
        """Wait until the work has ended."""
        while not self._has_ended:
            self._running.acquire(timeout=_LOOK_SECONDS)

    def give_up(self) -> None:
        """Have the work never begin, if it has not."""
        if self._claim.acquire(blocking=False):
            self._has_ended = True

    def settle(self) -> None:
        """Wait until the work has ended, however often that is interrupted."""
        while not self._has_ended:
            with suppress(BaseException):  # the first interrupt is on its way
                self.wait()
