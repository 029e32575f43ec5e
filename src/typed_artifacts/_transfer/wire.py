"""HTTP/1.1 replies read from a socket: the head into a dict, the body straight into a buffer.

``http.client`` would do; but its parser of mail headers costs more than all the rest of fetching a
small file (0.2 of 0.45 ms), and this is all that is needed.
Strict where leniency would let a reply run into the next: lengths that contradict each other, or
a transfer coding other than ``chunked``, are faults.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Mapping
from typing import Final, final

_HEAD: Final = 64 << 10  # bytes of a head, at most; also what is read ahead
_END: Final = b"\r\n\r\n"
_NO_BODY: Final = {204, 304}
_KEEP_ALIVE: Final = b"HTTP/1.1"


class NotHttp(Exception):  # noqa: N818 -- mapped by the caller
    """What arrived is no HTTP reply."""


class HungUp(Exception):  # noqa: N818 -- mapped by the caller
    """The other side closed the connection.

    Attributes:
        unanswered: whether not one byte of a reply had come.
    """

    def __init__(self, reason: str, *, unanswered: bool = False) -> None:
        super().__init__(reason)
        self.unanswered = unanswered


@final
class Wire:
    """A connected socket and what was read from it ahead of need; for one thread at a time.

    Attributes:
        socket: the socket.
        ends: the moment, as ``time.monotonic()`` has it, by which all must be over; ``None`` leaves
            it to the socket's own timeout, which starts anew with each byte.
        idle_since: when it was last used.
    """

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.ends: float | None = None
        self.idle_since = 0.0
        self._buffer = bytearray(_HEAD)
        self._view = memoryview(self._buffer)
        self._start = 0
        self._end = 0

    def read_head(self) -> tuple[int, dict[str, str], bool]:
        """Read the head of the next reply, passing over interim ones.

        Returns:
            The status, the headers with lower-case names, whether the connection stays.

        Raises:
            HungUp: the connection was closed.
            NotHttp: these are not the bytes of a reply.
            OSError: the connection broke or timed out.
        """
        while True:
            status, headers, stays = parse_head(self._read_until_blank_line())
            if status >= 200:
                return status, headers, stays

    def readinto(self, buffer: memoryview) -> int:
        """Read until ``buffer`` is full, or the connection closed."""
        ahead = min(len(buffer), self._end - self._start)
        buffer[:ahead] = self._view[self._start : self._start + ahead]
        self._start += ahead
        total = ahead
        while total < len(buffer) and (count := self._receive(buffer[total:])):
            total += count
        return total

    def has_input(self) -> bool:
        """Whether there is something to read: of an idle connection, its end."""
        if not hasattr(select, "poll"):  # Windows, whose select() has no limit to mind
            return bool(select.select([self.socket], [], [], 0)[0])
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(0))

    @property
    def is_clean(self) -> bool:
        """Whether nothing was read that belongs to no reply yet."""
        return self._start == self._end

    def read_line(self) -> bytes:
        """Read up to the next line end, which is left out."""
        while (found := self._buffer.find(b"\r\n", self._start, self._end)) < 0:
            self._read_more()
        line = bytes(self._view[self._start : found])
        self._start = found + 2
        return line

    def _read_until_blank_line(self) -> bytes:
        while (found := self._buffer.find(_END, self._start, self._end)) < 0:
            self._read_more()
        head = bytes(self._view[self._start : found])
        self._start = found + len(_END)
        return head

    def _read_more(self) -> None:
        if self._start:
            ahead = self._end - self._start
            self._view[:ahead] = bytes(self._view[self._start : self._end])
            self._start, self._end = 0, ahead
        if self._end == _HEAD:
            raise NotHttp(f"its head is longer than {_HEAD:,} bytes")
        count = self._receive(self._view[self._end :])
        if not count:
            raise HungUp("it hung up without an answer", unanswered=not self._end)
        self._end += count

    def _receive(self, buffer: memoryview) -> int:
        self.heed_the_end()
        return self.socket.recv_into(buffer)

    def heed_the_end(self) -> None:
        """Have the socket's next call end by ``ends``.

        Raises:
            TimeoutError: it is later than that.
        """
        if self.ends is not None:
            left = self.ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("its answer has not ended")
            self.socket.settimeout(left)


def parse_head(head: bytes) -> tuple[int, dict[str, str], bool]:
    """Parse a reply's head, without the blank line; see ``Wire.read_head``. Pure."""
    first, *lines = head.split(b"\r\n")
    version, _, rest = first.partition(b" ")
    code = rest[:3]
    if not version.startswith(b"HTTP/1.") or not code.isdigit() or rest[3:4] not in {b"", b" "}:
        raise NotHttp("it does not answer in HTTP")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name[0] in " \t":
            raise NotHttp("one of its headers is none")
        key, value = name.strip().lower(), value.strip()
        if key in headers:
            if key in {"content-length", "transfer-encoding"} and headers[key] != value:
                raise NotHttp(f"its headers contradict each other in {key}")
            value = value if headers[key] == value else f"{headers[key]}, {value}"
        headers[key] = value
    tokens = headers.get("connection", "").lower()
    stays = "close" not in tokens and (version == _KEEP_ALIVE or "keep-alive" in tokens)
    return int(code), headers, stays


@final
class Body:
    """The body of one reply on a wire."""

    def __init__(self, wire: Wire, status: int, headers: Mapping[str, str]) -> None:
        coding = headers.get("transfer-encoding", "").lower()
        length = headers.get("content-length")
        if coding not in {"", "chunked"}:
            raise NotHttp(f"its transfer coding is {coding!r}")
        if length is not None and not (length.isascii() and length.isdecimal()):
            raise NotHttp(f"its length is {length!r}")
        self._wire = wire
        self._chunked = coding == "chunked"
        # Bytes left of the body, or of the current chunk; None: until the connection closes.
        self.left: int | None = None if length is None else int(length)
        self.ended = False
        if self._chunked or status in _NO_BODY:
            self.left = 0
        if not self._chunked and self.left == 0:
            self.ended = True

    def readinto(self, buffer: memoryview) -> int:
        """Read some of the body; 0 at its end.

        Raises:
            HungUp: it ended before its announced end.
            NotHttp: a chunk is none.
            OSError: the connection broke or timed out.
        """
        if self.ended:
            return 0
        if self._chunked and not self.left and not self._next_chunk():
            return 0
        if self.left is None:
            count = self._wire.readinto(buffer)
            self.ended = not count
            return count
        count = self._wire.readinto(buffer[: self.left])
        self.left -= count
        if not count and len(buffer):
            raise HungUp(f"it hung up {self.left:,} bytes before the end")
        if not self.left:
            if self._chunked:
                self._end_chunk()
            else:
                self.ended = True
        return count

    def _next_chunk(self) -> bool:
        size = self._wire.read_line().partition(b";")[0].strip()
        if not size or set(size.lower()) - set(b"0123456789abcdef"):
            raise NotHttp("a chunk of its body is none")
        self.left = int(size, 16)
        if self.left:
            return True
        while self._wire.read_line():
            pass  # trailers say nothing about the bytes
        self.ended = True
        return False

    def _end_chunk(self) -> None:
        if self._wire.read_line():
            raise NotHttp("a chunk of its body is none")
