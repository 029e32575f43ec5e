"""Event loops that were closed around their connections, in two threads at once."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings

import pytest

from typed_artifacts._requests.event_loop import LoopLocal

# Until then the other thread has come, or does not come.
_SECONDS = 0.5


class _Connections:
    is_given = False

    async def aclose(self) -> None:
        """Nothing was opened."""


def _left_behind() -> LoopLocal[_Connections]:
    """A value of a loop that ended without closing it."""
    made = LoopLocal(_Connections)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(_use(made))
    loop.close()
    return made


async def _use(made: LoopLocal[_Connections]) -> None:
    made.get()


def test_two_threads_that_drop_ended_loops_leave_the_warning_filters_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second one put back what the first had set: warnings of all unclosed files were off."""
    collect, first_ended, second_came = gc.collect, threading.Event(), threading.Event()
    numbers = iter(range(9))
    order: dict[int, int] = {}

    def meet(*generation: int) -> int:
        if order.setdefault(threading.get_ident(), next(numbers)):
            second_came.set()
            first_ended.wait(_SECONDS)
        else:
            second_came.wait(_SECONDS)
        return collect(*generation)

    def drop_first(made: LoopLocal[_Connections]) -> None:
        asyncio.run(_use(made))
        first_ended.set()

    one, two, before = _left_behind(), _left_behind(), [*warnings.filters]
    monkeypatch.setattr(gc, "collect", meet)
    first = threading.Thread(target=drop_first, args=(one,))
    first.start()
    while not order and first.is_alive():
        second_came.wait(0.01)
    second = threading.Thread(target=asyncio.run, args=(_use(two),))
    second.start()
    first.join()
    second.join()
    assert [*warnings.filters] == before
