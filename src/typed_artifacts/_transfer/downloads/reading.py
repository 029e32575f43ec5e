"""Reads a remote file to its end, with retries and resuming.

A cut transfer goes on from where it was; an expired URL is asked for again; a server that ignores
ranges is read from the start and the known part dropped. What the bytes are worth is decided by
whoever hashes them; where nobody can, a file is gone on with only if it says that it is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from ..._requests.response import retry_after
from ..._requests.retry import RetryPolicy
from ...errors import ArtifactsError
from ..concurrency.cancellation import Cancellation
from ..http.byte_source import ByteReply, ByteSource, ExchangeError
from ..http.response_head import ResponseKind, end_of_range, strong_etag_of, validator_of
from ..http.retry import OnRetry, Retrying, TryAgain
from .range_requests import RangeRequests
from .urls import UrlOf

_MOST_RESTARTS: Final = 5
_PROGRESS: Final = 1 << 20  # bytes that make a try count as progress


@final
class ResumingReader:
    """One remote file, or a range of it, read from start to end; for one thread.

    Args:
        path: the file's name.
        size: its bytes, if they are known.
        urls: where it can be had.
        source: sends the requests.
        policy: when to try again.
        cancel: stops the reading when it is set.
        on_retry: called before each wait.
        start: the position of the first byte.
        stop: the position after the last; the file's end without one.
        requests: how many were sent for it before, by another reader.
        decode: whether an encoding is undone also where the length does not tell that it is not
            the file's own.
        after: another reader of the same file, whose bytes were wrong: those of another encoding
            may be right.
        restart: called where all bytes so far are to be forgotten; they come again from the first.
            It is given where there is no digest: what follows may be of another file then, unless
            its ETag or the time of its last change is the same.
    """

    def __init__(
        self,
        path: str,
        size: int | None,
        urls: UrlOf,
        source: ByteSource,
        *,
        policy: RetryPolicy,
        cancel: Cancellation,
        on_retry: OnRetry | None = None,
        start: int = 0,
        stop: int | None = None,
        requests: int = 0,
        restart: Callable[[], None] | None = None,
        decode: bool = False,
        after: ResumingReader | None = None,
    ) -> None:
        self._requests = RangeRequests(
            path,
            size,
            urls,
            source,
            cancel=cancel,
            count=requests,
            decode=decode or (after is not None and after.encoding is not None),
            takes_stored=after is not None and after.is_transcoded,
        )
        self._size = size
        self._cancel = cancel
        self._retrying = Retrying(policy, cancel, on_retry)
        self._reply: ByteReply | None = None
        self._position = start
        self._stop = stop
        self._end = size if stop is None else stop
        self._reply_end: int | None = None  # the end of a range that is shorter than requested
        self._skip = 0  # bytes of the current body that are known already
        self._etag: str | None = None
        self._restart = restart
        self._restarts = 0
        self._validator: str | None = None  # of the reply that the first byte came with
        self._mark = start  # the position at the last failure
        self._done = False

    @property
    def requests(self) -> int:
        """How many requests were sent for it."""
        return self._requests.count

    @property
    def encoding(self) -> str | None:
        """What the bytes are encoded by, as far as that is not undone."""
        return self._requests.encoding

    @property
    def is_transcoded(self) -> bool:
        """Whether a storage that has it encoded has decoded it."""
        return self._requests.is_transcoded

    @property
    def position(self) -> int:
        """Where the next byte comes from."""
        return self._position

    def open(self) -> bool:
        """Ask for it: whether the server began where it was asked to.

        Where it did not, it sends the whole file; ``take_whole`` then has it read from its start.

        Raises:
            ArtifactsError: it cannot be read; see ``refusal``.
            Cancelled: the transfer was cancelled.
        """
        self._retrying(self._ask)
        return not self._skip

    def take_whole(self) -> None:
        """Read the whole file that the server sends."""
        self._position = self._mark = self._skip = 0
        self._stop, self._end = None, self._size

    def readinto(self, buffer: memoryview) -> int:
        """Read some of the file; 0 at its end.

        Raises:
            ArtifactsError: it cannot be read; see ``refusal``.
            IntegrityError: its length is not the promised one.
            Cancelled: the transfer was cancelled.
        """
        return self._retrying(lambda: self._step(buffer))

    def copy_to(self, buffer: memoryview, write: Callable[[memoryview], None]) -> None:
        """Give all of the file to ``write``, piece by piece; raises as ``readinto`` does."""
        self._retrying(lambda: self._pump(buffer, write))

    def close(self) -> None:
        """Let go of the connection."""
        if self._reply is not None:
            self._reply.close()
            self._reply = None

    def _pump(self, buffer: memoryview, write: Callable[[memoryview], None]) -> None:
        while count := self._step(buffer):
            write(buffer[:count])

    def _ask(self) -> ByteReply | None:
        try:
            return self._reply or self._open()
        except ExchangeError as failed:
            raise self._failure_of(failed) from failed

    def _step(self, buffer: memoryview) -> int:
        self._cancel.check()
        if self._stop is not None:
            buffer = buffer[: self._stop - self._position]
        reply = None if self._done or not buffer else self._ask()
        if reply is None:
            return 0
        try:
            while self._skip:
                known = reply.readinto(buffer[: self._skip])
                if not known:
                    raise self._short(reply)
                self._skip -= known
            count = reply.readinto(buffer)
        except ExchangeError as failed:
            raise self._failure_of(failed) from failed
        self._position += count
        if self._size is not None and self._position > self._size:
            raise self._requests.wrong_size("more")
        if not count and self._end and self._position == self._reply_end != self._end:
            self.close()  # the server sent less than the requested range: request the rest
            return self._step(buffer)
        if not count or self._position == self._stop:
            self._finish(reply)
        return count

    def _failure_of(self, failed: ExchangeError) -> Exception:
        self.close()
        self._cancel.check()  # it may have been cut by a cancellation
        return self._again(self._requests.broken(failed), retryable=failed.retryable)

    def _finish(self, reply: ByteReply) -> None:
        if self._end is not None and self._position < self._end:
            raise self._short(reply)
        self._done = True
        self.close()

    def _short(self, reply: ByteReply) -> Exception:
        whole = "content-length" in reply.headers or "transfer-encoding" in reply.headers
        self.close()
        error = self._requests.wrong_size("fewer")
        # Without a length, the end of the body and a cut cable look the same.
        return error if whole else self._again(error)

    def _open(self) -> ByteReply | None:
        reply, kind = self._requests.send(self._position, self._stop, self._etag)
        if kind in {ResponseKind.WHOLE, ResponseKind.REST}:
            return self._begin(reply, kind)
        if kind is ResponseKind.AT_END:
            reply.close()
            self._done = True
            return None
        raise self._refusal(reply, kind)

    def _forget(self, reply: ByteReply, restart: Callable[[], None]) -> None:
        """Start again: the next bytes may be of another file than those so far."""
        self._restarts += 1
        if self._restarts > _MOST_RESTARTS:
            reply.close()
            raise self._requests.mixed_up()
        restart()
        self._position = 0

    def _begin(self, reply: ByteReply, kind: ResponseKind) -> ByteReply | None:
        etag = reply.headers.get("etag")
        if kind is ResponseKind.REST and self._etag and etag and etag != self._etag:
            kind = ResponseKind.NO_RANGE  # the rest of another file
            raise self._refusal(reply, kind)
        validator = validator_of(reply.headers)
        is_same = validator is not None and validator == self._validator
        if self._restart is not None and self._position and not is_same:
            self._forget(reply, self._restart)
            if kind is ResponseKind.REST:
                reply.close()
                return self._open()
        if not self._position:
            self._validator = validator
        self._skip = self._position if kind is ResponseKind.WHOLE else 0
        self._reply_end = end_of_range(reply.headers) if kind is ResponseKind.REST else None
        self._etag = strong_etag_of(reply.headers)
        self._reply = reply
        return reply

    def _refusal(self, reply: ByteReply, kind: ResponseKind) -> Exception:
        error = self._requests.refused(reply, kind)
        later = kind in {ResponseKind.LATER, ResponseKind.NO_RANGE}
        return self._again(error, retryable=later, wait=retry_after(reply.headers))

    def _again(
        self, error: ArtifactsError, *, retryable: bool = True, wait: float | None = None
    ) -> Exception:
        if not retryable:
            return error
        progressed = self._position - self._mark >= _PROGRESS
        self._mark = max(self._mark, self._position)
        return TryAgain(error, retry_after=wait, progressed=progressed)
