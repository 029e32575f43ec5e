"""Limits the time and the size of a response, also against a slow server."""

from __future__ import annotations

import math
import threading
import time
from contextlib import suppress
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Final, final

from ..errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpcore

    from .response import RequestContext

# The maximum size of a body: an endless one must not fill the memory.
MOST_BYTES: Final = 256 << 20
# How httpcore's names for a connection that was opened end, whatever they begin with: "connection."
# for one to the server, "proxy." or "socks5." for what goes through a proxy.
_OPENED: Final = (
    ".connect_tcp.complete",
    ".connect_unix_socket.complete",
    ".start_tls.complete",
)


class Deadline(threading.local):
    """When the request of this thread must have been answered, and whether it goes on at all.

    A read timeout starts again with each byte; against a server that drips its headers, each read
    may only take what is left of the whole. httpcore tells a request's ``trace`` which connections
    it opens, and they are told apart from then on.
    """

    ends = math.inf
    stop: Stop | None = None

    def traced(self, event: str, info: Mapping[str, object]) -> None:
        """Have a new connection keep to the deadlines of the threads that use it."""
        if event.endswith(_OPENED):
            stream: httpcore.NetworkStream = info["return_value"]  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # as httpcore has it for these events
            read, write = stream.read, stream.write

            def read_in_time(max_bytes: int, timeout: float | None = None) -> bytes:
                return read(max_bytes, self._left(timeout))

            def write_unless_stopped(buffer: bytes, timeout: float | None = None) -> None:
                if self.stop is not None:
                    self.stop.use(stream)
                write(buffer, timeout)

            stream.read = read_in_time  # type: ignore[method-assign]  # of this one stream
            stream.write = write_unless_stopped  # type: ignore[method-assign]  # as above

    def _left(self, timeout: float | None) -> float | None:
        seconds = self.ends - time.monotonic()
        if seconds <= 0:
            import httpcore

            raise httpcore.ReadTimeout("its answer has not ended")
        return seconds if timeout is None or seconds < timeout else timeout


@final
class Stop:
    """Stops one request from another thread: it sends nothing more, and waits for nothing."""

    def __init__(self) -> None:
        self._is_set = False
        self._stream: httpcore.NetworkStream | None = None

    def use(self, stream: httpcore.NetworkStream) -> None:
        """Note the connection that the request is about to be sent on."""
        self._stream = stream
        if self._is_set:
            import httpcore

            raise httpcore.WriteError("it was interrupted")

    def set(self) -> None:
        """Stop the request."""
        self._is_set = True
        stream = self._stream
        if stream is not None and (socket := stream.get_extra_info("socket")) is not None:
            with suppress(OSError):
                socket.shutdown(SHUT_RDWR)


class Collected:
    """Collects an answer's body, up to its end, the deadline or the limit."""

    def __init__(self, context: RequestContext) -> None:
        self.ends = math.inf
        """When it must have ended, where nothing else sees to that."""
        self.context = context
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

    def check_encoding(self, encoding: str, accepted: str) -> None:
        """Raise where its encoding is none that was asked for, or more than one.

        A few bytes may be gigabytes, decoded at once: twice encoded, or by Brotli or Zstandard,
        which httpx decodes where their packages are installed.

        Args:
            encoding: the response's ``Content-Encoding``.
            accepted: the request's ``Accept-Encoding``.
        """
        codings = [each.strip() for each in encoding.lower().split(",")]
        codings = [each for each in codings if each not in {"", "identity"}]
        known = {each.partition(";")[0].strip() for each in accepted.lower().split(",")}
        if len(codings) > 1 or not known.issuperset(codings):
            how = f"{len(codings)} times" if len(codings) > 1 else f"as {codings[0]!r:.40}"
            raise ServerError(
                f"{self.context.base_url} answers {self.context} with a body that is encoded "
                f"{how}, which nobody asked for. Is a proxy in between?",
                operation=self.context.operation,
                subject=self.context.subject,
            )

    def check(self) -> None:
        """Raise where it is too much, or too late."""
        if self._size > MOST_BYTES:
            raise ServerError(
                f"{self.context.base_url} answers {self.context} with more than "
                f"{MOST_BYTES >> 20} MiB; ask for less with a smaller per_page.",
                operation=self.context.operation,
                subject=self.context.subject,
            )
        if time.monotonic() > self.ends:
            raise TimeoutError("its answer has not ended")

    @property
    def content(self) -> bytes:
        """All of it."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
