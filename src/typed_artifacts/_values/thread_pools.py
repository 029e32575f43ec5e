"""Thread pools that also work while the interpreter shuts down."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar, final

from .guards import override

P = ParamSpec("P")
T = TypeVar("T")


def thread_pool(count: int) -> Executor:
    """A pool of so many threads.

    Where the interpreter is shutting down and starts no threads any more (an ``atexit`` function),
    it is one that does the work at once, in the calling thread.
    """
    try:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(count, "typed-artifacts")
        pool.submit(_nothing)
    except RuntimeError:
        return _CallingThread()
    return pool


def _nothing() -> None:
    pass


@final
class _CallingThread(Executor):
    @override
    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 -- kept for whoever asks for the result
            future.set_exception(error)
        return future
