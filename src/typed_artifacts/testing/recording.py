"""The requests that a test's clients sent to its registry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import final, overload

from .._values.guards import override


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request.

    Attributes:
        operation: the name of the GraphQL operation; for files ``download`` or ``upload`` if a
            client in this process reported it, ``GET`` or ``PUT`` if it came over HTTP.
        subject: the object concerned: a path in the registry, or the path of the URL.
        status: the HTTP status of the response; ``None`` if there was none.
    """

    operation: str
    subject: str
    status: int | None


@final
class Requests(Sequence[SentRequest]):
    """The requests of a test, in order; each attempt is one entry."""

    def __init__(self) -> None:
        self._sent: list[SentRequest] = []
        self._lock = Lock()

    def add(self, request: SentRequest) -> None:
        """Keep a request; from any thread."""
        with self._lock:
            self._sent.append(request)

    @property
    def operations(self) -> list[str]:
        """The names of their operations, in order."""
        return [request.operation for request in self._sent]

    @property
    def counts(self) -> dict[str, int]:
        """How many there were of each operation."""
        return dict(Counter(self.operations))

    def clear(self) -> None:
        """Forget all requests so far."""
        with self._lock:
            self._sent.clear()

    @overload
    def __getitem__(self, index: int) -> SentRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[SentRequest]: ...
    @override
    def __getitem__(self, index: int | slice) -> SentRequest | list[SentRequest]:
        return self._sent[index]

    @override
    def __len__(self) -> int:
        return len(self._sent)

    @override
    def __iter__(self) -> Iterator[SentRequest]:
        return iter(list(self._sent))

    @override
    def __repr__(self) -> str:
        """One line per request, which pytest shows when an assertion fails."""
        lines = [f"  {it.status or '---'} {it.operation} {it.subject}".rstrip() for it in self]
        return "\n".join([f"<{len(lines)} requests", *lines]) + ">"
