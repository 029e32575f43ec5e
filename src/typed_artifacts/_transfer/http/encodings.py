"""Undoes the encoding of a reply, where a server or a proxy encodes what is asked for as it is."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Final, final

from .byte_source import ByteReply, ExchangeError, announced_length

_CHUNK: Final = 64 << 10
_MOST_WITHOUT: Final = 1 << 20  # encoded bytes in a row that no byte comes of
_WINDOW: Final = 15  # zlib's maximum window size; with 32 added, it detects gzip or zlib
_EITHER: Final = _WINDOW + 32
_DECODED: Final = frozenset({"gzip", "x-gzip", "deflate"})


def encoding_of(headers: Mapping[str, str]) -> str | None:
    """What a body is encoded by; ``None`` where it comes as it is.

    Args:
        headers: names in lower case.
    """
    found = headers.get("content-encoding", "").strip().lower()
    return None if found in {"", "identity"} else found


def decoded(reply: ByteReply, size: int | None, *, certainly: bool) -> ByteReply:
    """A reply without its encoding, where that is not the file's own.

    A file may be stored encoded, and its server say so: then the bytes as they come are the file.

    Args:
        reply: a reply.
        size: the file's bytes, if they are known.
        certainly: whether the encoding is undone also where the length does not tell.
    """
    if reply.status != 200 or encoding_of(reply.headers) not in _DECODED:
        return reply
    length = announced_length(reply.headers)
    differs = length is not None and size is not None and length != size
    return DecodedReply(reply) if differs or certainly else reply


@final
class DecodedReply:
    """A reply whose body is decoded while it is read."""

    def __init__(self, reply: ByteReply) -> None:
        self._reply = reply
        self._inflate = zlib.decompressobj(_EITHER)
        self._buffer = memoryview(bytearray(_CHUNK))
        self._input = b""
        self._without = 0
        self.status = reply.status
        removed = {"content-encoding", "content-length"}
        # The encoding delimits the decoded body itself, as chunks do.
        self.headers: Mapping[str, str] = {
            **{name: value for name, value in reply.headers.items() if name not in removed},
            "transfer-encoding": "chunked",
        }

    def readinto(self, buffer: memoryview, /) -> int:
        """Read some of the body; 0 at its end.

        Raises:
            ExchangeError: it broke off, or is not encoded as its head says.
        """
        while True:
            if not self._input:
                count = self._reply.readinto(self._buffer)
                self._input = bytes(self._buffer[:count])
                self._without += count
            if self._inflate.eof and self._input:
                self._inflate = zlib.decompressobj(_EITHER)  # another gzip member follows
            if not self._input:
                if not self._inflate.eof:
                    raise ExchangeError("its encoded body ends too early")
                return 0
            try:
                piece = self._inflate.decompress(self._input, len(buffer))
            except zlib.error as error:
                raise ExchangeError(f"its body is not encoded as it says ({error})") from error
            self._input = self._inflate.unconsumed_tail or self._inflate.unused_data
            if piece:
                self._without = 0
                buffer[: len(piece)] = piece
                return len(piece)
            if self._without > _MOST_WITHOUT:  # empty gzip members may follow without an end
                raise ExchangeError("there is nothing in its encoded body", retryable=False)

    def abort(self) -> None:
        """Cut the connection."""
        self._reply.abort()

    def close(self) -> None:
        """Leave the connection to others, or close it."""
        self._reply.close()
