"""Thread pools that also work while the interpreter shuts down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from contextlib import ExitStack, suppress
from typing import ParamSpec, TypeVar, final

from .guards import override

P = ParamSpec("P")
S = TypeVar("S")
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


def map_in_threads(work: Callable[[S], T], items: Iterable[S], count: int) -> list[T]:
    """What a function makes of each item, in order; of failures the first is raised.

    Args:
        work: called by several threads at once.
        items: what it is called with.
        count: how many threads there are, the calling one included, as far as this process may
            have them.
    """
    tasks, lock = enumerate(items), threading.Lock()
    results: dict[int, T] = {}
    failures: list[BaseException] = []

    def loop() -> None:
        while not failures:
            with lock:
                task = next(tasks, None)
            if task is None:
                return
            try:
                results[task[0]] = work(task[1])
            except BaseException as error:  # noqa: BLE001 -- raised by the calling thread
                failures.append(error)

    with ExitStack() as stack:
        if count > 1:
            pool = stack.enter_context(thread_pool(count - 1))
            with suppress(RuntimeError):
                for _ in range(count - 1):
                    pool.submit(loop)
        loop()
    if failures:
        raise failures[0]
    return [results[number] for number in range(len(results))]


def _nothing() -> None:
    pass


@final
class _CallingThread(Executor):
    @override
    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 -- kept for the caller that reads the result
            future.set_exception(error)
        return future
