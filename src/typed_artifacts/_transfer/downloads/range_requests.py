"""Asks for a file, or for the rest of it, and interprets the head of the reply."""

from __future__ import annotations

from typing import Final, final

from ...errors import ArtifactsError, IntegrityError
from ..concurrency.cancellation import Cancellation
from ..http.byte_source import (
    ByteReply,
    ByteRequest,
    ByteSource,
    ExchangeError,
    host_of,
    message_of,
)
from ..http.encodings import decoded, encoding_of
from ..http.failures import broken, mixed_up, refusal, wrong_size
from ..http.redirects import send_following
from ..http.response_head import ResponseKind, classify, range_header
from .urls import UrlOf

_MOST_RENEWALS: Final = 2


@final
class RangeRequests:
    """The requests for one file, or a range of it, and the errors about it; for one thread.

    Args:
        path: the file's name.
        size: its bytes, if they are known.
        urls: where it can be had.
        source: sends the requests.
        cancel: stops a request when it is set.
        count: how many were sent for it before.
        decode: whether an encoding is undone also where the length does not tell that it is not
            the file's own.
        takes_stored: whether a storage that has it encoded is asked not to decode it.

    Attributes:
        count: how many were sent for it.
        encoding: what the bytes are encoded by, as far as that is not undone.
        is_transcoded: whether a storage that has it encoded has decoded it.
    """

    def __init__(
        self,
        path: str,
        size: int | None,
        urls: UrlOf,
        source: ByteSource,
        *,
        cancel: Cancellation,
        count: int,
        decode: bool,
        takes_stored: bool,
    ) -> None:
        self._path = path
        self._size = size
        self._urls = urls
        self._source = source
        self._cancel = cancel
        self.count: int = count
        self._decode = decode
        self._takes_stored = takes_stored
        self.encoding: str | None = None
        self.is_transcoded: bool = False
        self._url = ""
        self._renewals = 0
        self._ranges = True

    def send(
        self, position: int, stop: int | None, etag: str | None
    ) -> tuple[ByteReply, ResponseKind]:
        """Ask for the bytes from ``position`` on, under another URL where one has expired.

        Args:
            position: the first byte.
            stop: the position after the last; the file's end without one.
            etag: of which the earlier bytes are.

        Returns:
            The reply, and what it means.

        Raises:
            ArtifactsError: the file has no URL.
            ExchangeError: there is no reply.
        """
        self._url = self._urls.get(self._path)
        reply, kind = self._send(position, stop, etag)
        while kind is ResponseKind.EXPIRED and (renewed := self._renewed(reply)) is not None:
            reply.close()
            self._url = renewed
            reply, kind = self._send(position, stop, etag)
        if kind in {ResponseKind.WHOLE, ResponseKind.REST}:
            self._renewals = 0
        return reply, kind

    def refused(self, reply: ByteReply, kind: ResponseKind) -> ArtifactsError:
        """The error for a reply that is not the file; the reply is closed.

        Raises:
            Cancelled: the transfer was cancelled.
        """
        message = message_of(reply) if reply.status >= 300 else None
        reply.close()
        self._cancel.check()  # the body may have been cut by a cancellation
        if kind is ResponseKind.WRONG_SIZE:
            return self.wrong_size("another number of")
        if kind is ResponseKind.NO_RANGE:
            self._ranges = False
        return refusal(self._attempt, self._path, self._host, reply.status, reply.headers, message)

    def broken(self, failed: ExchangeError) -> ArtifactsError:
        """The error for a request without a reply, or a body that broke off."""
        return broken(self._attempt, self._path, self._host, failed)

    def wrong_size(self, how: str) -> IntegrityError:
        """The error for a body with more bytes than the file, with fewer, or another number."""
        return wrong_size(self._path, self._size, self._host, how, self.encoding)

    def mixed_up(self) -> IntegrityError:
        """The error for a file whose parts may be of several files."""
        return mixed_up(self._path, self._host)

    @property
    def _attempt(self) -> str:
        return f"Downloading {self._path!r}"

    @property
    def _host(self) -> str:
        return host_of(self._url)

    def _send(
        self, position: int, stop: int | None, etag: str | None
    ) -> tuple[ByteReply, ResponseKind]:
        self.count += 1
        request = ByteRequest(
            "GET",
            self._url,
            self._headers(position, stop, etag),
            cancel=self._cancel,
            subject=self._path,
            attempt=self.count,
        )
        reply = self._decoded(send_following(self._source, request))
        return reply, classify(reply.status, reply.headers, position, self._size)

    def _renewed(self, reply: ByteReply) -> str | None:
        """Another URL in place of one that has expired, unless that did not help before.

        The reply, which says so, is closed where none can be asked for.
        """
        if self._renewals == _MOST_RENEWALS:
            return None
        self._renewals += 1
        try:
            return self._urls.renew(self._path, self._url)
        except BaseException:
            reply.close()
            raise

    def _headers(self, position: int, stop: int | None, etag: str | None) -> dict[str, str]:
        # Google's storage decodes files that are stored encoded, unless gzip is accepted.
        accepted = "gzip" if self._takes_stored else "identity"
        headers = {"Accept": "*/*", "Accept-Encoding": accepted}
        if (position or stop is not None) and self._ranges:
            headers["Range"] = range_header(position, stop)
            if etag:
                headers["If-Range"] = etag
        return headers

    def _decoded(self, reply: ByteReply) -> ByteReply:
        found = decoded(reply, self._size, certainly=self._decode)
        self.encoding = encoding_of(found.headers)
        stored = reply.headers.get("x-goog-stored-content-encoding", "identity")
        self.is_transcoded = self.encoding is None and stored == "gzip"
        if found is not reply:
            self._ranges = False  # they would be of the encoded bytes
        return found
