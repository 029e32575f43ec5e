"""What a list knows of the pages that were fetched: the shared half of the paginators."""

from __future__ import annotations

from typing import Final, Generic, Protocol, final
from weakref import WeakSet

from .._values.forks import renew_after_fork
from .._values.guards import override
from .clients import ClientT
from .pages import Buffer, ItemT, check_per_page, check_start

# What belongs to this process: locks, and a page on its way.
_OF_THIS_PROCESS = {"_lock", "_turn", "_ahead"}


class _Prepared(Protocol):
    def _prepare(self) -> None: ...


@final
class _Lists:
    """All lists of this process, which do not live longer for it."""

    def __init__(self) -> None:
        self._all: WeakSet[_Prepared] = WeakSet()
        self.add = self._all.add
        renew_after_fork(self)

    def renew(self) -> None:
        """Have the lists of a child wait for no thread of its parent, and for no page of one."""
        for each in list(self._all):
            each._prepare()  # noqa: SLF001 -- of this module


_LISTS: Final = _Lists()


class ListBase(Generic[ClientT, ItemT]):
    """A list on the server, without what fetches its pages."""

    prefetch: bool = False
    # Whether a filter is the client's, so that the server's total is not the list's.
    _filtered: bool = False

    def __init__(self, client: ClientT, per_page: int, start: str | None, subject: str) -> None:
        self._client = client
        self.per_page: int = check_per_page(per_page)
        self._start = check_start(start)
        self._subject = subject
        self._buffer: Buffer[ItemT] = Buffer(self._start, subject)
        self._position = 0
        self._prepare()
        _LISTS.add(self)

    def _prepare(self) -> None:
        """Make what belongs to this process; a flavour says what that is."""

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
        """Where ``start=`` resumes with exactly the items that were not handed out yet.

        An item counts as handed out once it and all before it came out of a loop, of ``next()``
        or of a slice. No request.
        """
        return self._buffer.cursor

    @property
    def more(self) -> bool:
        """Whether anything may follow what was handed out so far. No request."""
        return self._buffer.more

    @property
    def objects(self) -> list[ItemT]:
        """The items fetched so far. No request."""
        return list(self._buffer.items)

    def _handed_out(self, position: int) -> tuple[ItemT, ...]:
        """The item at a position, handed out; empty behind the end."""
        found = tuple(self._buffer.items[position : position + 1])
        self._buffer.hand_out(position, position + len(found))
        return found

    def _picked(self, index: int | slice) -> ItemT | list[ItemT]:
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
        from .notebooks import list_html

        return list_html(self, self._subject, self._buffer, filtered=self._filtered)
