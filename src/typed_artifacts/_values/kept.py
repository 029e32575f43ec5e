"""Attributes that are made when they are first needed, whichever thread needs them."""

from __future__ import annotations

import threading
from typing import Final, TypeVar

from .process import ProcessLocal

T = TypeVar("T")

# One thread at a time sets such an attribute; no thread waits for anything else meanwhile.
_TURN: Final = ProcessLocal(threading.Lock)


def first_kept(owner: object, name: str, made: T) -> T:
    """The value of an attribute, which is set where it is ``None``.

    Two threads, or two tasks, may both find it missing, and make one each. Both get the first.

    Args:
        owner: whose attribute it is.
        name: its name.
        made: what it becomes if it is still ``None``.
    """
    with _TURN.get():
        kept: T | None = getattr(owner, name)
        if kept is None:
            setattr(owner, name, made)
            return made
        return kept
