"""Stops what the threads of a transfer ask the server when the transfer is cancelled."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class Switch(Protocol):
    """What cancels a transfer."""

    def wait(self, seconds: float, /) -> None:
        """Sleep, but not past the moment at which it is set; raises where it is."""

    def watch(self, abort: Callable[[], None], /) -> Callable[[], None]:
        """Have ``abort`` called when it is set; raises where it is. Returns what ends that."""
        ...


_SWITCH: Final[ContextVar[Switch | None]] = ContextVar("typed_artifacts_switch", default=None)


@contextmanager
def stopped_by(switch: Switch) -> Generator[None]:
    """In this block, stop the requests of this thread when a transfer is cancelled."""
    before = _SWITCH.set(switch)
    try:
        yield
    finally:
        _SWITCH.reset(before)


def current_switch() -> Switch | None:
    """What cancels the transfer that this thread works for, if it does."""
    return _SWITCH.get()


def sleep_unless_stopped(seconds: float) -> None:
    """Sleep in a thread, of a transfer or not; raises where the transfer is cancelled."""
    switch = _SWITCH.get()
    if switch is None:
        time.sleep(seconds)
    else:
        switch.wait(seconds)
