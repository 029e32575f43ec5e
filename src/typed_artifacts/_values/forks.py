"""Resets connections and locks in a child process after a fork."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Renewed(Protocol):
    """What a child process does not go on with."""

    def renew(self) -> None:
        """Be as new, in the child."""


_EVERY_ONE: WeakSet[Renewed] = WeakSet()


def renew_after_fork(each: Renewed) -> None:
    """Have ``renew`` called in every child process, as long as the object is there."""
    _EVERY_ONE.add(each)


def _after_fork() -> None:
    for each in list(_EVERY_ONE):
        each.renew()


if hasattr(os, "register_at_fork"):  # not on Windows, where there is no fork
    os.register_at_fork(after_in_child=_after_fork)
