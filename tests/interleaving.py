"""Runs one function in the middle of another, at every step where a thread can be stopped.

A race of two threads shows in one of a million runs. Here the second thread runs while the first
stands still: before its first instruction, in the next round before its second, and so on. What may
go wrong between two instructions goes wrong each time, on any Python.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from types import CodeType, FrameType, FunctionType
from typing import Any, Generic, TypeVar

# Until then the second thread has ended, or waits for a lock of the first: then both go on.
_BLOCKED_SECONDS = 0.2
_ENDLESS_SECONDS = 30

StateT = TypeVar("StateT")
T = TypeVar("T")


def interleaved(
    make: Callable[[], StateT],
    first: Callable[[StateT], T],
    second: Callable[[StateT], T],
    *,
    within: Callable[..., object] | property,
) -> Iterator[tuple[StateT, T, T]]:
    """For each step of ``first``: a new state, and what both functions returned.

    Args:
        make: makes what both functions work on.
        first: stopped once in each round.
        second: runs in a thread of its own at that moment.
        within: the function in which ``first`` is stopped.
    """
    code = _code_of(within)
    for step in itertools.count():
        state = make()
        other = _Other(partial(second, state))
        with _stopped_at(step, code, other.start):
            result = first(state)
        assert other.has_begun or step, f"{code.co_qualname} was not called"
        was_stopped = other.has_begun
        yield state, result, other.result()
        if not was_stopped:
            return


def _code_of(within: Callable[..., object] | property) -> CodeType:
    function = within.fget if isinstance(within, property) else within
    assert isinstance(function, FunctionType)
    return function.__code__


class _Other(Generic[T]):
    """A function in a thread of its own."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self._errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.has_begun = False

    def start(self) -> None:
        self.has_begun = True
        self._thread.start()
        self._thread.join(_BLOCKED_SECONDS)

    def result(self) -> T:
        if not self.has_begun:
            self.start()
        self._thread.join(_ENDLESS_SECONDS)
        assert not self._thread.is_alive(), "it waits for ever"
        if self._errors:
            raise self._errors[0]
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 -- raised by result()
            self._errors.append(error)


if sys.version_info >= (3, 12):
    _TOOL = 4  # one that neither debuggers nor coverage use

    @contextmanager
    def _stopped_at(step: int, code: CodeType, stop: Callable[[], None]) -> Generator[None]:
        """Call ``stop`` before that instruction of a function, if this thread comes to it."""
        steps, thread = itertools.count(), threading.get_ident()
        events = sys.monitoring.events

        def count(_code: CodeType, _offset: int) -> None:
            if threading.get_ident() == thread and next(steps) == step:
                stop()

        sys.monitoring.use_tool_id(_TOOL, __name__)
        sys.monitoring.register_callback(_TOOL, events.INSTRUCTION, count)
        sys.monitoring.set_local_events(_TOOL, code, events.INSTRUCTION)
        try:
            yield
        finally:
            sys.monitoring.set_local_events(_TOOL, code, 0)
            sys.monitoring.free_tool_id(_TOOL)

else:

    @contextmanager
    def _stopped_at(step: int, code: CodeType, stop: Callable[[], None]) -> Generator[None]:
        """Call ``stop`` before that instruction of a function, if this thread comes to it."""
        steps = itertools.count()

        def trace(frame: FrameType, event: str, _argument: object) -> Any:  # noqa: ANN401 -- itself
            if frame.f_code is not code:
                return None
            frame.f_trace_opcodes = True
            if event == "opcode" and next(steps) == step:
                stop()
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(before)
