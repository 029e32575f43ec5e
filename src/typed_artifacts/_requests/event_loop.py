"""Values that belong to one event loop, such as async connections."""

from __future__ import annotations

import gc
import warnings
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from anyio.lowlevel import RunVar


@runtime_checkable
class _Closable(Protocol):
    """What has to be closed before its loop ends; a lock, say, has not."""

    def aclose(self) -> Coroutine[object, object, None]:
        """Close it."""
        ...


@runtime_checkable
class _TrioToken(Protocol):
    """A loop of trio's."""

    def run_sync_soon(self, call: Callable[[], object], /) -> object:
        """Have the loop call a function."""
        ...


T = TypeVar("T")


@dataclass(slots=True)
class _Slot(Generic[T]):
    """The value of one loop, while it has one."""

    value: T | None = None


_Begun: TypeAlias = tuple[_Slot[T], AsyncGenerator[None]]
"""A slot, and what closes its value when its loop ends."""


class LoopLocal(Generic[T]):
    """A value that each event loop has for itself, made when it is first needed there.

    It works under asyncio and trio, in one ``asyncio.run`` after another, and after a fork, where
    a loop is always a new one. ``asyncio.run`` and ``trio.run`` close it when they end; that of a
    loop that ended otherwise is dropped when the next loop asks for one, or when the object is
    garbage-collected.

    Args:
        make: makes the value; called once in each loop, more often after ``take``.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._variable: RunVar[_Begun[T]] | None = None
        # An asyncio loop's value refers to the loop: anyio's variables would keep both for ever.
        self._slots: dict[AbstractEventLoop, _Begun[T]] = {}
        weakref.finalize(self, _drop_closed, self._slots).atexit = False

    def get(self) -> T:
        """The value of the running loop."""
        slot = self._slot()
        if slot.value is None:
            slot.value = self._make()
        return slot.value

    def take(self) -> T | None:
        """Hand the value out to be closed; the next ``get`` makes another. ``None`` for none."""
        loop = _asyncio_loop()
        begun: _Begun[T] | None
        begun = self._run_variable().get(None) if loop is None else self._slots.get(loop)
        if begun is None:
            return None
        slot, _ = begun
        value, slot.value = slot.value, None
        return value

    def _slot(self) -> _Slot[T]:
        loop = _asyncio_loop()
        if loop is None:
            variable = self._run_variable()
            begun = variable.get(None)
            if begun is None:
                variable.set(begun := _begin())
            return begun[0]
        if loop not in self._slots:
            _drop_closed(self._slots)
            self._slots[loop] = _begin()
        return self._slots[loop][0]

    def _run_variable(self) -> RunVar[_Begun[T]]:
        if self._variable is None:
            from anyio.lowlevel import RunVar

            self._variable = RunVar("typed-artifacts")
        return self._variable


def _running_loop() -> AbstractEventLoop | _TrioToken:
    from anyio.lowlevel import current_token

    token: object = current_token()
    # anyio wraps it from 4.11 on.
    loop: AbstractEventLoop | _TrioToken | None = getattr(token, "native_token", None)
    return loop or token  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # it is one of the two


def _asyncio_loop() -> AbstractEventLoop | None:
    """The running loop, if it is asyncio's or one like it."""
    from asyncio import AbstractEventLoop

    loop = _running_loop()
    return loop if isinstance(loop, AbstractEventLoop) else None


def soon_in_loop() -> Callable[[Callable[[], object]], object]:
    """What has a function called by the running loop, from any thread, without waiting for it."""
    loop = _running_loop()
    return loop.run_sync_soon if isinstance(loop, _TrioToken) else loop.call_soon_threadsafe


async def _closes_at_end(slot: _Slot[T]) -> AsyncGenerator[None]:
    """A generator that is left open: asyncio and trio close those before a loop ends.

    asyncio also does so when it is garbage-collected while the loop runs.
    """
    try:
        yield
    finally:
        value, slot.value = slot.value, None
        if isinstance(value, _Closable):
            await value.aclose()


def _begin() -> _Begun[T]:
    """An empty slot, of which the running loop closes what it holds."""
    slot = _Slot[T]()
    closer = _closes_at_end(slot)
    with suppress(StopIteration):  # it has begun: the loop knows of it
        closer.__anext__().send(None)
    return slot, closer


def _drop_closed(slots: dict[AbstractEventLoop, _Begun[T]]) -> None:
    """Forget the values of closed loops; their sockets are closed by garbage collection."""
    left = False
    for loop in tuple(slots):
        if loop.is_closed() and (found := slots.pop(loop, None)) is not None:
            left = left or found[0].value is not None
            del found
        del loop
    if left:  # the loop was closed around its connections, and they refer to each other
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
