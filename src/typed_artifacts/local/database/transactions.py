"""Transactions and forks: a fork waits until no other thread is in a transaction.

SQLite keeps in the memory of a process which locks it has. A child that was forked in the middle of
a transaction would wait for one that nobody drops in it.
"""

import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, final

from ..errors import inside_a_batch

# A fork blocks new transactions for this time, ...
_HELD_BACK_SECONDS: Final = 0.5
# ... then lets waiting ones run, and tries again; after this time it gives up waiting.
_MOST_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.001


@final
class Transactions:
    """Those that run in this process, of one who has opened a database.

    Args:
        file: the database.
    """

    def __init__(self, file: object) -> None:
        self._file = file

    @contextmanager
    def one(self) -> Generator[None]:
        """A transaction runs as long as the block does."""
        thread = threading.get_ident()
        running = _RUNNING.get(thread)
        if running is None:
            with _GATE.lock:
                running = _RUNNING[thread] = []
                running.append(self._file)
        else:
            running.append(self._file)
        try:
            yield
        finally:
            running.remove(self._file)
            if not running:
                _RUNNING.pop(thread, None)

    def were_running(self) -> bool:
        """Whether a thread was in one, of anybody's, when this process was forked."""
        return self._file in _GATE.files


@dataclass(slots=True, eq=False)
class _Change:
    """A change of a database that is being made, by whichever object."""

    database: object
    has_ended: bool = False


# Of what runs now, and of what it has begun: a thread that a coroutine waits for.
_CHANGES: ContextVar[tuple[_Change, ...]] = ContextVar("changes", default=())
_FORKED_INSIDE: Final[set[object]] = set()


@contextmanager
def changing(database: object, shown: str) -> Generator[None]:
    """A change of a database, made as long as the block runs.

    Raises:
        RegistryRefused: It would wait for one that waits for it.
    """
    others = tuple(each for each in _CHANGES.get() if not each.has_ended)
    if any(each.database == database for each in others):
        raise inside_a_batch(shown)
    this = _Change(database)
    _CHANGES.set((*others, this))
    try:
        yield
    finally:
        this.has_ended = True


def was_forked_inside(database: object) -> bool:
    """Whether this process, or its parent, was forked inside of a change of a database."""
    return database in _FORKED_INSIDE


class _Gate:
    """What a thread passes that begins a transaction, and is in no other."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.files: list[object] = []
        """In which a transaction ran when this process was forked, or its parent."""
        self.files_of_parent: list[object] = []


_GATE: Final = _Gate()
# The files by thread. One that is in a transaction is not held back: whoever forks waits for it.
_RUNNING: Final[dict[int, list[object]]] = {}


def _before_fork() -> None:
    end = time.monotonic() + _MOST_SECONDS
    while True:
        _GATE.lock.acquire()
        if _is_quiet_within(_HELD_BACK_SECONDS) or time.monotonic() > end:
            break
        _GATE.lock.release()
        time.sleep(_LOOK_SECONDS)
    _GATE.files_of_parent = _GATE.files
    _GATE.files = [*_GATE.files, *(file for each in list(_RUNNING.values()) for file in each)]


def _is_quiet_within(seconds: float) -> bool:
    end = time.monotonic() + seconds
    own = threading.get_ident()
    while any(thread != own for thread in list(_RUNNING)):
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _after_fork_in_parent() -> None:
    _GATE.files = _GATE.files_of_parent
    _GATE.lock.release()


def _after_fork_in_child() -> None:
    _GATE.lock = threading.RLock()
    own = threading.get_ident()
    _FORKED_INSIDE.update(each.database for each in _CHANGES.get() if not each.has_ended)
    for thread in [each for each in _RUNNING if each != own]:
        del _RUNNING[thread]


if hasattr(os, "register_at_fork"):  # not on Windows, where there is no fork
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
