"""Uploading files to the URLs a server gave: streamed from disk, checked on the way out and back.

A PUT may be repeated, so a broken one is. What is sent is hashed again while it is sent: a file
that changed since it was hashed for the manifest is an error, before anything is committed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from typed_artifacts._environment.network import DEFAULT_WORKERS
from typed_artifacts._requests.response import retry_after
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts.errors import ArtifactsError, IntegrityError

from .byte_source import (
    ByteReply,
    ByteRequest,
    ByteSource,
    ExchangeError,
    host_of,
    send_following,
    words_of,
)
from .cancellation import Cancellation
from .checks import Check
from .digests import DigestAlgorithm
from .events import Advanced, FileDone, Finished, OnEvent, Retried, Skipped, Started, TransferEvent
from .held_files import HeldFile
from .local_files import Content, LocalFile, changed
from .manifest import ManifestEntry
from .refusals import broken, refusal
from .retry import Retrying, TryAgain
from .streamed import StreamedFile
from .upload_bodies import answer_agrees, parse_header_lines, read_file
from .verdicts import Verdict, judge
from .workers import run_workers

_POLICY: Final = RetryPolicy()


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """Where a file goes.

    Attributes:
        url: takes a PUT; the permission is in it.
        headers: ``Key:Value`` lines to send with it, as the server gave them.
    """

    url: str
    headers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class UploadItem:
    """One file to upload.

    Attributes:
        entry: its name, size and digest, as in the manifest.
        content: its bytes, or where they are.
        target: where it goes; ``None`` if the server has it already.
    """

    entry: ManifestEntry
    content: Content
    target: UploadTarget | None


RenewTarget = Callable[[str], UploadTarget | None]
"""Gives another target for a file whose URL was refused; called from the uploading threads."""


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What an upload did.

    Attributes:
        uploaded: how many files were sent.
        skipped: how many the server had already.
        bytes: the bytes that were sent.
        seconds: how long it took.
    """

    uploaded: int
    skipped: int
    bytes: int
    seconds: float


def upload(
    items: Iterable[UploadItem],
    *,
    source: ByteSource,
    max_workers: int = DEFAULT_WORKERS,
    on_event: OnEvent | None = None,
    retry: RetryPolicy = _POLICY,
    renew: RenewTarget | None = None,
    cancel: Cancellation | None = None,
    entries: Iterable[ManifestEntry] | None = None,
) -> UploadReport:
    """Send files; costs one PUT each, none for those without a target.

    Args:
        items: what to send; a generator may ask the server for further targets as it goes.
        source: sends the requests.
        max_workers: threads that send.
        on_event: called with what happens, one event at a time. ``Started`` counts what may be
            sent; a file that the server turns out to have is ``Skipped``.
        retry: when to try again.
        renew: asks the server for another target when one was refused.
        cancel: stops the upload when it is set.
        entries: of all items, where these are made while those before are sent; read once.

    Raises:
        ConflictError: a file changed since it was hashed.
        IntegrityError: the server says that it received other bytes, twice.
        ArtifactsError: the server or the network failed, after the retries.
        Cancelled: ``cancel`` was set.
    """
    started = time.monotonic()
    run = _Run(source, on_event, retry, renew, cancel or Cancellation())
    if isinstance(items, Sequence):
        entries = [item.entry for item in items if item.target is not None]
        max_workers = min(max_workers, len(items))
    files = size = 0
    for entry in entries or ():
        files, size = files + 1, size + (entry.size or 0)
    run.emit(Started(files, size))
    run_workers(items, run.send_one, count=max_workers, cancel=run.cancel)
    seconds = time.monotonic() - started
    run.emit(Finished(run.uploaded, run.bytes, run.skipped, seconds))
    return UploadReport(run.uploaded, run.skipped, run.bytes, seconds)


@final
class _Run:
    def __init__(
        self,
        source: ByteSource,
        on_event: OnEvent | None,
        retry: RetryPolicy,
        renew: RenewTarget | None,
        cancel: Cancellation,
    ) -> None:
        self._source = source
        self._on_event = on_event
        self._retry = retry
        self._renew = renew
        self._lock = threading.Lock()
        self.cancel = cancel
        self.uploaded = self.skipped = self.bytes = 0

    def emit(self, event: TransferEvent) -> None:
        """Tell whoever listens; one thread at a time."""
        if self._on_event is not None:
            with self._lock:
                self._on_event(event)

    def send_one(self, item: UploadItem) -> None:
        """Upload one file, retries included."""
        name, size = item.entry.path, item.entry.size or 0
        if item.target is None:
            with self._lock:
                self.skipped += 1
            self.emit(Skipped(name, size))
            return

        def on_retry(error: ArtifactsError, wait: float) -> None:
            self.emit(Retried(name, str(error), wait, sending.sent))

        sending = _Sending(item, item.target, self)
        Retrying(self._retry, self.cancel, on_retry)(sending.attempt)
        with self._lock:
            self.uploaded += 1
            self.bytes += size
        self.emit(FileDone(name, size))

    def send(self, request: ByteRequest) -> ByteReply:
        """Send one request."""
        self.cancel.check()
        return send_following(self._source, request)

    def renewed(self, name: str) -> UploadTarget | None:
        """Another target, if there is a way to ask for one."""
        return None if self._renew is None else self._renew(name)


@final
class _Sending:
    """One file on its way out."""

    def __init__(self, item: UploadItem, target: UploadTarget, run: _Run) -> None:
        self._entry = item.entry
        self._content = item.content
        self._target = target
        self._run = run
        self._renewals = 0
        self._mismatches = 0
        self._attempts = 0
        self._check = Check(item.entry)
        self.sent = 0

    def attempt(self) -> None:
        """Send it once.

        Raises:
            TryAgain: it failed, and may not fail again.
        """
        url = self._target.url
        self._attempts += 1
        request = ByteRequest(
            "PUT",
            url,
            parse_header_lines(self._target.headers, self._entry.path),
            self._body,
            self._entry.size or 0,
            self._run.cancel,
            self._entry.path,
            self._attempts,
        )
        try:
            reply = self._run.send(request)
        except ExchangeError as failed:
            self._run.cancel.check()
            error = broken(self._what(), self._entry.path, host_of(url), failed)
            raise (TryAgain(error) if failed.retryable else error) from failed
        if 200 <= reply.status < 300:
            self._accept(reply, url)
        else:
            self._refuse(reply, url)

    def _body(self) -> Iterator[bytes | memoryview]:
        self._check, self.sent = Check(self._entry), 0
        content = self._content
        for piece in _pieces(content, self._entry.size or 0):
            self._run.cancel.check()
            self._check.update(piece)
            yield piece
            self.sent += len(piece)
            self._run.emit(Advanced(self._entry.path, len(piece)))
        if isinstance(content, LocalFile) and self._check.why_wrong():
            raise changed(content.path)
        if isinstance(content, StreamedFile):
            self._check.finish("the server that it is copied from")

    def _accept(self, reply: ByteReply, url: str) -> None:
        reply.close()
        if self._entry.algorithm is not DigestAlgorithm.MD5 or answer_agrees(
            reply.headers, self._entry.digest
        ):
            return
        self._mismatches += 1
        error = IntegrityError(
            f"{host_of(url)} received other bytes for {self._entry.path!r} than were sent: the "
            "digest in its answer is not the file's.",
            operation="upload",
            subject=self._entry.path,
        )
        raise TryAgain(error) if self._mismatches == 1 else error

    def _refuse(self, reply: ByteReply, url: str) -> None:
        words = words_of(reply)
        host, path = host_of(url), self._entry.path
        error = refusal(self._what(), path, host, reply.status, reply.headers, words)
        verdict = judge(reply.status, reply.headers, 0, None)
        if verdict is Verdict.EXPIRED and self._renewals < 2:
            self._renewals += 1
            renewed = self._run.renewed(path)
            if renewed is not None:
                self._target = renewed
                self.attempt()  # at once: a new target is no repetition of what failed
                return
        if verdict is Verdict.LATER:
            raise TryAgain(error, retry_after=retry_after(reply.headers))
        raise error

    def _what(self) -> str:
        return f"Uploading {self._entry.path!r}"


def _pieces(content: Content, size: int) -> Iterator[memoryview]:
    match content:
        case LocalFile():
            return read_file(content)
        case StreamedFile():
            return content.pieces(size)
        case HeldFile():
            return content.pieces()
        case _:
            return iter([memoryview(content)])
