"""Users' transports after a fork: a child must not use its parent's connections.

Of httpx's own transports the connections are closed in the child, which closes its copies of them
and no more; they open others when they are used again. The same is done with those in a transport
that wraps them. Where a transport of another kind may have connections, the child refuses to use
it, and so it does with all that belong to an event loop: closing them would cut the parent's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, final
from weakref import WeakValueDictionary

from .._values.forks import renew_after_fork
from ..errors import InvalidInput

if TYPE_CHECKING:
    import httpx


@final
class _Transports:
    """Which transports this process uses, and which ones its parent used; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # By identity: a transport need not have a hash.
        self._used: WeakValueDictionary[int, object] = WeakValueDictionary()
        self._inherited: WeakValueDictionary[int, object] = WeakValueDictionary()
        renew_after_fork(self)

    def renew(self) -> None:
        """Take what was used until now for the parent's."""
        self._lock = threading.Lock()
        self._inherited.update(self._used)
        self._used = WeakValueDictionary()

    def begin(self, given: object, leave_parent: Callable[[object], None]) -> None:
        """Note that a transport is used; one that the parent used leaves it before."""
        if id(given) in self._used:
            return
        with self._lock:
            if id(given) not in self._used:
                if id(given) in self._inherited:
                    leave_parent(given)
                self._used[id(given)] = given

    def end(self, given: object) -> None:
        """Note that a transport was closed."""
        with self._lock:
            self._used.pop(id(given), None)
            self._inherited.pop(id(given), None)


_TRANSPORTS: Final = _Transports()


def begin_use(given: httpx.BaseTransport) -> None:
    """To be called before a request goes through a transport.

    Raises:
        InvalidInput: the parent process used it, and it may share the parent's connections.
    """
    _TRANSPORTS.begin(given, _close_copies)


def async_begin_use(given: httpx.AsyncBaseTransport) -> None:
    """The same for a transport of coroutines.

    Raises:
        InvalidInput: the parent process used it, and it may share the parent's connections.
    """
    _TRANSPORTS.begin(given, _refuse_connected)


def end_use(given: object) -> None:
    """To be called when a transport was closed: a child may use it again."""
    _TRANSPORTS.end(given)


def _close_copies(given: object) -> None:
    import httpx

    connected = list(_connected(given, "close", {id(given)}))
    for each in connected:
        if not isinstance(each, httpx.HTTPTransport):
            raise _shared(each)
    for each in connected:
        if isinstance(each, httpx.HTTPTransport):
            each.close()


def _refuse_connected(given: object) -> None:
    for each in _connected(given, "aclose", {id(given)}):
        raise _shared(each)


def _shared(given: object) -> InvalidInput:
    return InvalidInput(
        f"The transport {type(given).__name__} was used before this process was forked, and may "
        "share connections with its parent, so that each would read the other's responses. "
        "Nothing is sent. Make one Api, with a transport of its own, in each worker."
    )


def _connected(given: object, closing: str, known: set[int]) -> Iterator[object]:
    """What may have connections: the transports that one wraps, or itself where it wraps none.

    Args:
        given: a transport.
        closing: the name of the method that closes it.
        known: the identities of those that were looked at.
    """
    import httpx

    without = (httpx.MockTransport, httpx.WSGITransport, httpx.ASGITransport)
    if isinstance(given, without) or getattr(given, "is_embedded", False):
        return
    wrapped: list[object] = []
    if not isinstance(given, httpx.HTTPTransport | httpx.AsyncHTTPTransport):
        wrapped = [each for each in _attributes(given) if _is_transport(each)]
    for each in wrapped:
        if id(each) not in known:
            known.add(id(each))
            yield from _connected(each, closing, known)
    if not wrapped and _has_own(given, closing):
        yield given


def _attributes(given: object) -> Iterator[object]:
    values: Mapping[str, object] = getattr(given, "__dict__", {})
    for value in values.values():
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list | tuple):
            yield from value
        else:
            yield value


def _is_transport(value: object) -> bool:
    return hasattr(value, "handle_request") or hasattr(value, "handle_async_request")


def _has_own(given: object, closing: str) -> bool:
    """Whether a transport says how it is closed; one without connections need not."""
    import httpx

    inherited = (
        getattr(httpx.BaseTransport, closing, None),
        getattr(httpx.AsyncBaseTransport, closing, None),
    )
    return getattr(type(given), closing, None) not in (None, *inherited)
