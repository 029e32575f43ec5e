"""Ends the files of a call of fsspec's when the call is cancelled.

fsspec reads them in tasks of their own, which it leaves to themselves then: they went on to write.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Final, final


@final
class _Call:
    def __init__(self) -> None:
        self.task = asyncio.current_task()
        self.tasks: set[asyncio.Task[object]] = set()
        self.is_over = False


_CALL: Final[ContextVar[_Call | None]] = ContextVar("_CALL", default=None)


@asynccontextmanager
async def ending_together() -> AsyncGenerator[None]:
    """A call: what ``join_call`` was called for ends with it."""
    call = _Call()
    before = _CALL.set(call)
    try:
        yield
    finally:
        _CALL.reset(before)
        call.is_over = True
        for task in call.tasks:
            task.cancel()
        await asyncio.gather(*call.tasks, return_exceptions=True)


def join_call() -> None:
    """Have the running task end with the call that it was made for, if that is one."""
    call, task = _CALL.get(), asyncio.current_task()
    if call is None or task is None or task is call.task:
        return
    if call.is_over:
        raise asyncio.CancelledError
    call.tasks.add(task)
    task.add_done_callback(call.tasks.discard)
