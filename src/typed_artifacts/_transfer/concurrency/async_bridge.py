"""Runs transfers in threads for coroutines, and stops them when the task is cancelled."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import (
    CancelScope,
    CapacityLimiter,
    create_task_group,
    from_thread,
    sleep_forever,
    to_thread,
)
from anyio.lowlevel import current_token

from ..._requests.event_loop import soon_in_loop
from ..._requests.stopping import Switch, current_switch, stopped_by
from ...errors import ArtifactsError
from .cancellation import Cancellation, Cancelled

P = ParamSpec("P")
T = TypeVar("T")


class NoThreadError(ArtifactsError):
    """No thread can be started.

    The process has as many as the system lets it have, or the interpreter is shutting down, and
    from Python 3.12 on starts none any more.
    """

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The files of an AsyncApi are moved by threads, and none could be started ({why}). "
            "A program that is about to end moves them before, or by an Api; else this process has "
            "as many threads as it may have: raise the limit, or use fewer."
        )


async def in_thread(work: Callable[[Cancellation], T]) -> T:
    """Run a transfer beside the event loop, asyncio's or trio's.

    Cancelling the awaiting task stops the transfer, and waits until its last thread has cleaned
    up: nothing is written after the ``await`` has ended.

    The thread does not count among those that the loop allows: a few transfers at once could hold
    all of these, while each waits for the loop to do something in one of them.

    Args:
        work: does the transfer; gives the switch it gets to ``download`` or ``upload``.

    Raises:
        NoThreadError: no thread can be started; nothing was done.
    """
    cancel = Cancellation()
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            with stopped_by(cancel):
                result.append(work(cancel))
        except BaseException as error:  # noqa: BLE001 -- raised in the waiting task
            failure.append(error)

    async def carry() -> None:
        try:
            await to_thread.run_sync(run, limiter=CapacityLimiter(1))
        except RuntimeError as error:
            failure.append(NoThreadError(str(error)))
        group.cancel_scope.cancel()

    async def stop_when_cancelled() -> None:
        try:
            await sleep_forever()
        finally:
            cancel.set()

    # Tasks of a group: asyncio's own way to cancel a task ends a wait for a thread at once, but
    # never a group's wait for its tasks, in which anyio waits for the thread.
    async with create_task_group() as group:
        group.start_soon(carry)
        group.start_soon(stop_when_cancelled)
    if failure:
        raise failure[0]
    return result[0]


def from_loop(function: Callable[P, Coroutine[object, object, T]]) -> Callable[P, T]:
    """A function for the transferring threads, out of a coroutine function of this loop.

    Called in a coroutine; what it returns is for the threads of ``in_thread`` (a ``UrlProvider``,
    a ``RenewTarget``) and never for the loop's own. The coroutine is cancelled with the transfer:
    anyio does that only for what is called in the thread that it started itself.

    Args:
        function: a coroutine function.
    """
    token, soon = current_token(), soon_in_loop()

    async def until(switch: Switch, work: Callable[[], Coroutine[object, object, T]]) -> T:
        with CancelScope() as scope:

            def stop() -> None:
                soon(scope.cancel)

            unwatch = switch.watch(stop)
            try:
                return await work()
            finally:
                unwatch()
        raise Cancelled

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        work, switch = partial(function, *args, **kwargs), current_switch()
        if switch is None:
            return from_thread.run(work, token=token)
        return from_thread.run(until, switch, work, token=token)

    return call
