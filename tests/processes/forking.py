"""Children by ``os.fork``."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

_SECONDS = 120  # a child that hangs must not hang the tests; a loaded machine is slow


def in_child(work: Callable[[], object]) -> int:
    """Fork; the child does the work and exits; its exit code."""
    child = _child(work)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@contextmanager
def forked(work: Callable[[], object] | None = None, expected: int | None = None) -> Generator[int]:
    """A child that lives beside the block, and gives its process id.

    Args:
        work: what it does; without it, it waits until the block ends or its parent does.
        expected: the exit code that is waited for; without one the child is killed.
    """
    ends, end = os.pipe()

    def wait() -> None:
        os.close(end)
        select.select([ends], [], [])

    child = _child(work or wait)
    os.close(ends)
    try:
        yield child
        if expected is not None:
            _, status = os.waitpid(child, 0)
            code = os.waitstatus_to_exitcode(status)
            assert code == expected, f"the child ended with {code}"
    finally:
        os.close(end)
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _child(work: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_SECONDS)
        work()
        code = 0
    finally:
        os._exit(code)
