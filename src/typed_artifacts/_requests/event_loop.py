"""Values that belong to one event loop, such as async connections."""

from __future__ import annotations

import gc
import threading
import warnings
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar, final, runtime_checkable

from .._values.guards import override
from .._values.process import ProcessLocal

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from anyio import Lock


@runtime_checkable
class _Closable(Protocol):
    """What has to be closed before its loop ends; a lock, say, has not.

    Attributes:
        is_given: whether it is the user's, who may use it elsewhere, too.
    """

    is_given: bool

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

# One thread at a time collects the loops that ended, and that may have left connections.
_COLLECTING: Final = ProcessLocal(threading.Lock)
_LEFT: Final[list[weakref.ref[AbstractEventLoop | _TrioToken]]] = []


@dataclass(slots=True)
class _Slot(Generic[T]):
    """The value of one loop, while it has one, and what closes it when its loop ends."""

    value: T | None
    closer: AsyncGenerator[None] | None = None


class LoopLocal(Generic[T]):
    """A value that each event loop has for itself, made when it is first needed there.

    It works under asyncio and trio, in one ``asyncio.run`` after another, and after a fork, where
    a loop is always a new one. ``asyncio.run`` and ``trio.run`` close it when they end, and a loop
    that goes on when the object is garbage-collected, unless it is the user's. That of a loop that
    ended otherwise is dropped when the next loop asks for one, or when the object is
    garbage-collected.

    Args:
        make: makes the value; called once in each loop, more often after ``take``. Neither it nor
            the value may refer to the object, which would never be garbage-collected.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        # Not in anyio's variables, which would keep the values of all objects until a loop ends.
        self._slots: dict[AbstractEventLoop | _TrioToken, _Slot[T]] = {}
        weakref.finalize(self, _drop_all, self._slots).atexit = False

    def get(self) -> T:
        """The value of the running loop."""
        loop = _running_loop()
        slot = self._slots.get(loop)
        if slot is None:
            _drop_ended(self._slots)
            slot = self._slots[loop] = _begin(self._make())
        if slot.value is None:  # its loop is about to end
            slot.value = self._make()
        return slot.value

    def take(self) -> T | None:
        """Hand the value out to be closed; the next ``get`` makes another. ``None`` for none."""
        loop = _running_loop()
        slot = self._slots.get(loop)
        if slot is None or slot.value is None:
            return None
        del self._slots[loop]
        return _taken(slot)


@final
class LoopLock:
    """A lock for the tasks of a loop. Each loop has one: a task that holds it may never end.

    A loop that is stopped and closed leaves its tasks where they are. Copies have a lock for
    themselves.
    """

    def __init__(self) -> None:
        from anyio import Lock

        self._locks: LoopLocal[Lock] = LoopLocal(Lock)

    @override
    def __reduce__(self) -> tuple[type[LoopLock], tuple[()]]:
        return LoopLock, ()

    async def __aenter__(self) -> None:
        await self._locks.get().acquire()

    async def __aexit__(self, *_: object) -> None:
        self._locks.get().release()

    def locked(self) -> bool:
        """Whether a task of this loop holds it."""
        return self._locks.get().locked()


def _running_loop() -> AbstractEventLoop | _TrioToken:
    from anyio.lowlevel import current_token

    token: object = current_token()
    # anyio wraps it from 4.11 on.
    loop: AbstractEventLoop | _TrioToken | None = getattr(token, "native_token", None)
    return loop or token  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # it is one of the two


def soon_in_loop() -> Callable[[Callable[[], object]], object]:
    """What has a function called by the running loop, from any thread, without waiting for it."""
    loop = _running_loop()
    return loop.run_sync_soon if isinstance(loop, _TrioToken) else loop.call_soon_threadsafe


async def _closes_at_end(slot: _Slot[T]) -> AsyncGenerator[None]:
    """A generator that is left open: asyncio and trio close those before a loop ends.

    They also do so when it is garbage-collected while the loop runs.
    """
    try:
        yield
    finally:
        value, slot.value = slot.value, None
        if isinstance(value, _Closable):
            await value.aclose()


def _begin(value: T) -> _Slot[T]:
    """A slot with a value, which the running loop closes at its end where it can be closed."""
    slot = _Slot(value)
    if isinstance(value, _Closable):
        slot.closer = _closes_at_end(slot)
        with suppress(StopIteration):  # it has begun: the loop knows of it
            slot.closer.__anext__().send(None)
    return slot


def _taken(slot: _Slot[T]) -> T | None:
    """The value of a slot, which its loop does not close any more."""
    value, slot.value = slot.value, None
    if slot.closer is not None:
        with suppress(StopIteration):  # it has nothing to wait for
            slot.closer.aclose().send(None)
    return value


def _has_ended(loop: AbstractEventLoop | _TrioToken) -> bool:
    if not isinstance(loop, _TrioToken):
        return loop.is_closed()
    try:
        loop.run_sync_soon(int)  # which does nothing
    except RuntimeError:
        return True
    return False


def _drop_ended(slots: dict[AbstractEventLoop | _TrioToken, _Slot[T]]) -> None:
    """Forget the values of loops that ended; their sockets are closed by garbage collection."""
    for loop in tuple(slots):
        if _has_ended(loop) and (found := slots.pop(loop, None)) is not None:
            if isinstance(found.value, _Closable):
                _LEFT.append(weakref.ref(loop))
            del found
        del loop
    # ``catch_warnings`` is for one thread at a time: of two, the later would leave what the earlier
    # has set. That one collects what this one has left, too.
    lock = _COLLECTING.get()
    while _LEFT and lock.acquire(blocking=False):
        try:
            _collect()
        finally:
            lock.release()


def _collect() -> None:
    """Collect loops that were closed around their connections: they refer to each other."""
    left = [*_LEFT]
    del _LEFT[: len(left)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect(1)  # a full one takes a second in a large process
        if any(loop() is not None for loop in left):
            gc.collect()


def _drop_all(slots: dict[AbstractEventLoop | _TrioToken, _Slot[T]]) -> None:
    """Forget the values of all loops; loops that go on close those that are not the user's."""
    _drop_ended(slots)
    for slot in slots.values():
        if isinstance(slot.value, _Closable) and slot.value.is_given:
            _taken(slot)
        slot.closer = None  # the last reference: a loop that goes on closes the value at once
