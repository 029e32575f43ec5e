"""Transfers for callers that wait: the twin of what ``async_bridge`` has for coroutines."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def at_once(work: Callable[[None], T]) -> T:
    """Run a transfer in the thread of the caller; an interrupt stops it, and nobody else does.

    Args:
        work: does the transfer; gets ``None`` for the switch that would stop it.
    """
    return work(None)


def unchanged(function: Callable[P, T]) -> Callable[P, T]:
    """A function for the transferring threads: one that waits may be called in any of them."""
    return function
