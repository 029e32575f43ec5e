"""Streams files from one server to another, through memory, verified."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BufferedReader
from typing import Final, final

from ..events import Advanced, FileDone, OnEvent, Retried, Skipped, Started, TransferEvent
from ..manifests.digests import CHUNK

BATCH: Final = 1000
"""Files whose URLs are asked for at once: of those, the other side may have many already."""


@dataclass(frozen=True, slots=True)
class StreamedFile:
    """A file that another server sends while it is uploaded.

    Attributes:
        open: begins to fetch it; the file that it gives verifies itself.
    """

    open: Callable[[], BufferedReader]

    def pieces(self, offset: int, length: int) -> Iterator[bytes]:
        """Some of its bytes."""
        with closing(self.open()) as stream:
            if offset:
                stream.seek(offset)
            while length and (piece := stream.read(min(length, CHUNK))):
                length -= len(piece)
                yield piece


@final
class StreamUrls:
    """URLs of one file after the other, asked for with those of its neighbours.

    A URL is handed out once: who comes back for another wants a new one, as it has expired.
    """

    def __init__(
        self, paths: Sequence[str], ask: Callable[[Sequence[str]], Mapping[str, str]]
    ) -> None:
        self._paths = paths
        self._positions = {path: number for number, path in enumerate(paths)}
        self._ask = ask
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def __call__(self, paths: Sequence[str], /) -> Mapping[str, str]:
        """The URLs of these files."""
        with self._lock:
            return {path: url for path in paths if (url := self._url(path)) is not None}

    def _url(self, path: str) -> str | None:
        if path not in self._known:
            first = self._positions[path] // BATCH * BATCH
            self._known |= self._ask(self._paths[first : first + BATCH])
        return self._known.pop(path, None)


@final
class CopyListener:
    """The events of many uploads as those of one, and what was sent by each."""

    def __init__(self, on_event: OnEvent | None, files: int, size: int) -> None:
        self._on_event = on_event
        self.sent = 0
        self._tell(Started(files, size))

    def __call__(self, event: TransferEvent) -> None:
        """Take an event of one upload."""
        if isinstance(event, FileDone):
            self.sent += event.size
        if isinstance(event, Advanced | FileDone | Skipped | Retried):
            self._tell(event)

    def there(self, path: str, size: int) -> None:
        """A version that needs no upload."""
        self._tell(Skipped(path, size))

    def take_sent(self) -> int:
        """The bytes that were sent since this was asked last."""
        sent, self.sent = self.sent, 0
        return sent

    def _tell(self, event: TransferEvent) -> None:
        if self._on_event is not None:
            self._on_event(event)
