"""A byte source that removes secrets from responses and errors."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, final

from ..._requests.library_logs import REDACTOR
from .byte_source import ByteReply, ByteRequest, ByteSource, ExchangeError

if TYPE_CHECKING:
    from ..._requests.redaction import Redactor

# Twice the length of the quoted message, so that a secret at its end is found whole.
_MOST_WORDS: Final = 8192
_MOST_SECONDS: Final = 5.0  # how long they are waited for while they drip


@final
class RedactingSource:
    """A ``ByteSource`` of whose errors and refusals nothing is a secret.

    Args:
        source: sends the requests.
        redactor: knows the secrets; those of a URL are added for each request.
    """

    def __init__(self, source: ByteSource, redactor: Redactor) -> None:
        self._source = source
        self._redactor = redactor

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Send one request.

        Raises:
            ExchangeError: no reply came.
        """
        before = REDACTOR.set(self._redactor)
        try:
            reply = self._source.send(request)
        except Exception as error:
            self._redactor.for_url(request.url).error(error)
            raise
        finally:
            REDACTOR.reset(before)
        if reply.status < 300:
            return _Body(reply, self._redactor, request.url)
        return _Refusal(reply, self._redactor, request.url)

    def close(self) -> None:
        """Close idle connections."""
        self._source.close()


class _Reply:
    def __init__(self, reply: ByteReply, redactor: Redactor, url: str) -> None:
        self._reply = reply
        self._redactor = redactor
        self._url = url
        self.status = reply.status
        self.headers: Mapping[str, str] = reply.headers

    def abort(self) -> None:
        """Cut the connection."""
        self._reply.abort()

    def close(self) -> None:
        """Leave the connection to others, or close it."""
        self._reply.close()


@final
class _Body(_Reply):
    """The contents of a file, as they are."""

    def readinto(self, buffer: memoryview, /) -> int:
        try:
            return self._reply.readinto(buffer)
        except ExchangeError as error:
            self._redactor.for_url(self._url).error(error)
            raise


@final
class _Refusal(_Reply):
    """The beginning of what a server says to a request that it refuses."""

    _words: memoryview | None = None

    def readinto(self, buffer: memoryview, /) -> int:
        if self._words is None:
            self._words = memoryview(self._read())
        count = min(len(buffer), len(self._words))
        buffer[:count] = self._words[:count]
        self._words = self._words[count:]
        return count

    def _read(self) -> bytes:
        buffer, total = bytearray(_MOST_WORDS), 0
        ends = time.monotonic() + _MOST_SECONDS
        with suppress(ExchangeError):  # the message is what arrived until then
            while (
                total < len(buffer)
                and time.monotonic() < ends
                and (count := self._reply.readinto(memoryview(buffer)[total:]))
            ):
                total += count
        redactor = self._redactor.for_url(self._url)
        message = redactor.content(bytes(buffer[:total])).decode("utf-8", "replace")
        return redactor.text(message).encode()
