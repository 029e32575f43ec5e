"""Locks for the saves of one object, which are sent one after the other.

Two saves on their way at once may reach the server in either order: the older edit could stay.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar, final

from .._values.guards import override
from .._values.process import ProcessLocal

if TYPE_CHECKING:
    from .event_loop import LoopLock

T = TypeVar("T", bound="_SaveLock | LoopLock")
_ATTRIBUTE = "_save_lock"


def save_lock(owner: object) -> threading.RLock:
    """The lock for saves of an object, for threads of this process."""
    return _kept(owner, _SaveLock).get()


def async_save_lock(owner: object) -> LoopLock:
    """The lock for saves of an object, for tasks; each event loop has one for itself."""
    from .event_loop import LoopLock

    return _kept(owner, LoopLock)


def _kept(owner: object, kind: type[T]) -> T:
    attributes: dict[str, T] = vars(owner)
    found = attributes.get(_ATTRIBUTE)
    # Two threads that come at the same time get the same lock.
    return attributes.setdefault(_ATTRIBUTE, kind()) if found is None else found


@final
class _SaveLock(ProcessLocal[threading.RLock]):
    """A lock that deep copies, other processes and children after a fork have for themselves."""

    def __init__(self) -> None:
        # Reentrant: a callback in the middle of a save, such as on_request, may save as well.
        super().__init__(threading.RLock)

    @override
    def __reduce__(self) -> tuple[type[_SaveLock], tuple[()]]:
        return _SaveLock, ()
