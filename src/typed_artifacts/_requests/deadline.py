"""How long a request may be answered, and how much, whatever the server drips."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Final

from ..errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpcore

    from .response import RequestContext

# No listing is that large; a body without end must not fill the memory.
MOST_BYTES: Final = 256 << 20
_OPENED: Final = frozenset(
    {
        "connection.connect_tcp.complete",
        "connection.connect_unix_socket.complete",
        "connection.start_tls.complete",
    }
)


class Deadline(threading.local):
    """When the request of this thread must have been answered.

    A read timeout starts again with each byte; against a server that drips its headers, each read
    may only take what is left of the whole. httpcore tells a request's ``trace`` which connections
    it opens, and they are told apart from then on.
    """

    ends = math.inf

    def traced(self, event: str, info: Mapping[str, object]) -> None:
        """Have a new connection keep to the deadlines of the threads that use it."""
        if event in _OPENED:
            stream: httpcore.NetworkStream = info["return_value"]  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # as httpcore has it for these events
            read = stream.read

            def read_in_time(max_bytes: int, timeout: float | None = None) -> bytes:
                return read(max_bytes, self._left(timeout))

            stream.read = read_in_time  # type: ignore[method-assign]  # of this one stream

    def _left(self, timeout: float | None) -> float | None:
        left = self.ends - time.monotonic()
        if left <= 0:
            import httpcore

            raise httpcore.ReadTimeout("its answer has not ended")
        return left if timeout is None or left < timeout else timeout


class Collected:
    """Collects an answer's body, up to its end, the deadline or the limit."""

    def __init__(self, context: RequestContext) -> None:
        self.ends = math.inf
        """When it must have ended, where nothing else sees to that."""
        self._context = context
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def piece(self) -> bytes:
        """The latest piece; set, it is taken in.

        A loop sets it in place of a local variable: there may be an access token in it, and
        tools that report errors show the local variables of each frame.
        """
        return self._pieces[-1]

    @piece.setter
    def piece(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)

    def check(self) -> None:
        """Raise where it is too much, or too late."""
        if self._size > MOST_BYTES:
            raise ServerError(
                f"{self._context.base_url} answers {self._context} with more than "
                f"{MOST_BYTES >> 20} MiB; ask for less with a smaller per_page.",
                operation=self._context.operation,
                subject=self._context.subject,
            )
        if time.monotonic() > self.ends:
            raise TimeoutError("its answer has not ended")

    @property
    def content(self) -> bytes:
        """All of it."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
