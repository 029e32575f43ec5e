"""Transfers for coroutines: the same threads, started from a loop and stopped with their task."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

from .cancellation import Cancellation

A = TypeVar("A")
T = TypeVar("T")


async def in_thread(work: Callable[[Cancellation], T]) -> T:
    """Run a transfer beside the loop.

    Cancelling the awaiting task stops the transfer, and waits until its last thread has cleaned
    up: nothing is written after the ``await`` has ended.

    The thread is one of its own. Taken from the loop's pool, a few transfers at once could hold
    all of its threads, while each waits for the loop to do something in that pool.

    Args:
        work: does the transfer; gives the switch it gets to ``download`` or ``upload``.
    """
    cancel, loop = Cancellation(), asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if outcome.cancelled():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)  # type: ignore[arg-type]  # None only beside an error

    def run() -> None:
        try:
            result = work(cancel)
        except BaseException as error:  # noqa: BLE001 -- handed to the waiting task
            loop.call_soon_threadsafe(settle, None, error)
        else:
            loop.call_soon_threadsafe(settle, result, None)

    threading.Thread(target=run, name="typed-artifacts-transfer", daemon=True).start()
    try:
        return await asyncio.shield(outcome)
    except asyncio.CancelledError:
        cancel.set()
        await _settled(outcome)
        raise


async def _settled(outcome: asyncio.Future[T]) -> None:
    while not outcome.done():
        try:
            await asyncio.wait([outcome])
        except asyncio.CancelledError:
            continue  # cancelled twice: still nothing may be written after we are gone
    outcome.exception()  # looked at, lest the loop reports it: the cancellation is what counts


def from_loop(function: Callable[[A], Coroutine[object, object, T]]) -> Callable[[A], T]:
    """A function for the transferring threads, out of a coroutine function of this loop.

    Called in a coroutine; what it returns is for the threads of ``in_thread`` (a ``UrlProvider``,
    a ``RenewTarget``) and never for the loop's own.

    Args:
        function: a coroutine function of one argument.
    """
    loop = asyncio.get_running_loop()

    def call(argument: A, /) -> T:
        return asyncio.run_coroutine_threadsafe(function(argument), loop).result()

    return call
