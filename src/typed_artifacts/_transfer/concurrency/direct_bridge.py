"""Runs transfers for sync callers: the counterpart of ``async_bridge``."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ..._requests.main_thread import run_off_main_thread
from ..._requests.stopping import stopped_by
from .cancellation import Cancellation

P = ParamSpec("P")
T = TypeVar("T")


def at_once(work: Callable[[Cancellation], T]) -> T:
    """Run a transfer and wait for it.

    An interrupt from the keyboard stops it, and goes on its way when it has cleaned up.

    Args:
        work: does the transfer; gives the switch it gets to ``download`` or ``upload``.
    """
    cancel = Cancellation()
    result: list[T] = []

    def run() -> None:
        with stopped_by(cancel):
            result.append(work(cancel))

    run_off_main_thread(run, cancel.set)
    return result[0]


def unchanged(function: Callable[P, T]) -> Callable[P, T]:
    """A function for the transferring threads: one that waits may be called in any of them."""
    return function
