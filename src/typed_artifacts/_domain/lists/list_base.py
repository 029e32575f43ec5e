"""The state of a list and its fetched pages: the common base of the sync and async paginators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Protocol, final
from weakref import WeakSet

from ..._values.arguments import check_flags
from ..._values.forks import renew_after_fork
from ..._values.guards import override
from ..arguments.assignments import FixedParameters
from ..client.client_protocol import ClientT
from .cursors import check_per_page, check_start
from .page_buffer import Buffer
from .pages import ItemT_co

# What belongs to this process: locks, and a page on its way.
_OF_THIS_PROCESS = {"_lock", "_turn", "_ahead"}


class _Prepared(Protocol):
    def _prepare(self) -> None: ...


@final
class _Lists:
    """All lists of this process, held by weak references."""

    def __init__(self) -> None:
        self._all: WeakSet[_Prepared] = WeakSet()
        self.add = self._all.add
        renew_after_fork(self)

    def renew(self) -> None:
        """In a child process, discard locks and pending pages of the parent's threads."""
        for each in list(self._all):
            each._prepare()  # noqa: SLF001 -- of this module


_LISTS: Final = _Lists()


class ListBase(FixedParameters, Generic[ClientT, ItemT_co]):
    """A list on the server, without the methods that fetch its pages."""

    prefetch: bool = False
    # Whether a filter is the client's, so that the server's total is not the list's.
    _filtered: bool = False

    if not TYPE_CHECKING:

        @override
        def __setattr__(self, name: str, value: object) -> None:
            if name == "per_page":
                value = check_per_page(value)
            elif name == "prefetch":
                check_flags(prefetch=value)
            super().__setattr__(name, value)

    def __init__(self, client: ClientT, per_page: int, start: str | None, subject: str) -> None:
        self._client = client
        self.per_page: int = check_per_page(per_page)
        self._start = check_start(start)
        self._subject = subject
        self._buffer: Buffer[ItemT_co] = Buffer(self._start, subject)
        self._position = 0
        self._prepare()
        _LISTS.add(self)

    def _prepare(self) -> None:
        """Create the state that belongs to this process; overridden in the sync and async class."""

    @override
    def __getstate__(self) -> dict[str, object]:
        state = vars(self).items()
        return {name: value for name, value in state if name not in _OF_THIS_PROCESS}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._prepare()
        _LISTS.add(self)

    @property
    def cursor(self) -> str | None:
        """The cursor for ``start=``, to resume with the items that were not returned yet.

        An item counts as returned once it and all items before it were returned by a loop, by
        ``next()`` or by a slice. No request.
        """
        return self._buffer.cursor

    @property
    def more(self) -> bool:
        """Whether there may be items that were not returned yet. No request."""
        return self._buffer.more

    @property
    def objects(self) -> list[ItemT_co]:
        """The items fetched so far. No request."""
        return list(self._buffer.items)

    def _handed_out(self, position: int) -> tuple[ItemT_co, ...]:
        """The item at a position, handed out; empty behind the end."""
        found = tuple(self._buffer.items[position : position + 1])
        self._buffer.hand_out(position, position + len(found))
        return found

    def _picked(self, index: int | slice) -> ItemT_co | list[ItemT_co]:
        """The items at an index, handed out; they are there, or nowhere."""
        items = self._buffer.items
        if isinstance(index, slice):
            first, stop, step = index.indices(len(items))
            if step == 1:
                self._buffer.hand_out(first, stop)
            return items[index]
        first = slice(index, None).indices(len(items))[0]
        self._buffer.hand_out(first, first + 1)
        return items[index]

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._subject}>"

    def _repr_html_(self) -> str:
        from ..notebooks import list_html

        return list_html(self, self._subject, self._buffer, filtered=self._filtered)
