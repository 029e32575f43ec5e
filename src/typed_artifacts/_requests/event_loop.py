"""What belongs to one event loop and is made anew in the next: the connections of coroutines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from anyio.lowlevel import RunVar

T = TypeVar("T")


class LoopLocal(Generic[T]):
    """A value that each event loop has for itself, made when it is first needed there.

    It works under asyncio and trio, in one ``asyncio.run`` after another, and after a fork, where
    a loop is always a new one.

    Args:
        make: makes the value; called once in each loop, more often after ``take``.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._variable: RunVar[T | None] | None = None

    def get(self) -> T:
        """The value of the running loop."""
        variable = self._run_variable()
        value = variable.get(None)
        if value is None:
            value = self._make()
            variable.set(value)
        return value

    def take(self) -> T | None:
        """Hand the value out to be closed; the next ``get`` makes another. ``None`` for none."""
        if self._variable is None:
            return None
        value = self._variable.get(None)
        self._variable.set(None)
        return value

    def _run_variable(self) -> RunVar[T | None]:
        if self._variable is None:
            from anyio.lowlevel import RunVar

            self._variable = RunVar("typed-artifacts")
        return self._variable
