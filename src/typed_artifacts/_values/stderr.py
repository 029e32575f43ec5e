"""Writes messages to stderr, ignoring failures."""

from __future__ import annotations

import sys
from contextlib import suppress
from io import RawIOBase, TextIOWrapper, UnsupportedOperation
from typing import TextIO, cast, final


@final
class _Lenient:
    """As much of a stream as shows something; what cannot be written is left out.

    There may be none, its terminal or its reader may be gone, or its disk be full. At a broken pipe
    rich would lead stdout to the empty device, and end the program. What is written goes past the
    stream's buffer, which keeps what it cannot write: the interpreter would end with exit code 120.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        # None where it has no buffer (PYTHONUNBUFFERED), or is no file: a notebook's, one's own.
        buffer: object = getattr(stream, "buffer", None) if type(stream) is TextIOWrapper else None
        self._raw: RawIOBase | None = getattr(buffer, "raw", None)
        self.encoding: str = "utf-8" if stream is None else stream.encoding

    def isatty(self) -> bool:
        """Whether a person sees it at once."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """The stream's descriptor."""
        if self._stream is None:
            raise UnsupportedOperation
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write a text, if that is possible."""
        if self._stream is not None:
            with suppress(OSError, ValueError):  # a ValueError where it is closed
                if self._raw is None:
                    self._stream.write(text)
                else:
                    self._stream.flush()  # what others wrote comes first
                    self._raw.write(text.encode(self.encoding, self._stream.errors or "strict"))
        return len(text)

    def flush(self) -> None:
        """Let it be seen, if that is possible."""
        if self._stream is not None:
            with suppress(OSError, ValueError):
                self._stream.flush()


def lenient_stderr() -> TextIO:
    """The stream as it is now, for what may be left out."""
    # While rich shows a live display, sys.stderr is a proxy that holds the stream.
    stream: TextIO | None = getattr(sys.stderr, "rich_proxied_file", sys.stderr)
    return cast("TextIO", _Lenient(stream))  # all that rich and we use of one
