"""Uploads files to URLs from the server, streamed from disk and checked.

A PUT may be repeated, so a broken one is. What is sent is hashed again while it is sent: a file
that changed since it was hashed for the manifest is an error, before anything is committed. Of a
file that goes in parts each part is sent, and repeated, on its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, final

from ..._environment.network import DEFAULT_WORKERS
from ..._requests.retry import RetryPolicy
from ...errors import ArtifactsError, GraphQLError
from ..concurrency.cancellation import Cancellation
from ..concurrency.workers import end_early, run_workers
from ..events import Advanced, FileDone, Finished, OnEvent, Retried, Skipped, Started, TransferEvent
from ..http.byte_source import ByteSource
from ..http.retry import Retrying
from ..manifests.manifest import ManifestEntry
from .local_files import Content
from .multipart import CompleteUpload, MultipartUpload, PartSpan
from .sending import (
    MOST_RENEWALS,
    AnotherUpload,
    Exchange,
    Payload,
    RenewTarget,
    Sending,
    UploadTarget,
)

_POLICY: Final = RetryPolicy()
_BEGUN_ANEW: Final = "The server took the permission for its parts back: they go to another upload."


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
    complete: CompleteUpload | None = None,
    cancel: Cancellation | None = None,
    entries: Iterable[ManifestEntry] | None = None,
) -> UploadReport:
    """Send files; costs one PUT each or one for each part, none for those without a target.

    Args:
        items: what to send; a generator may ask the server for further targets as it goes.
        source: sends the requests.
        max_workers: threads that send.
        on_event: called with what happens, one event at a time. ``Started`` counts what may be
            sent; a file that the server turns out to have is ``Skipped``.
        retry: when to try again.
        renew: asks the server for another target when one was refused.
        complete: has the server join the parts of a file.
        cancel: stops the upload when it is set.
        entries: of all items, where these are made while those before are sent; read once.

    Raises:
        ConflictError: a file changed since it was hashed.
        IntegrityError: the server says that it received other bytes, twice.
        ArtifactsError: the server or the network failed, after the retries.
        Cancelled: ``cancel`` was set.
    """
    started = time.monotonic()
    run = _Run(source, on_event, retry, renew, complete, cancel or Cancellation())
    if isinstance(items, Sequence):
        entries = [item.entry for item in items if item.target is not None]
        max_workers = min(max_workers, sum(map(_count_puts, items)))
    files = size = 0
    for entry in entries or ():
        files, size = files + 1, size + (entry.size or 0)
    run.emit(Started(files, size))
    run_workers(run.tasks(items), lambda task: task(), count=max_workers, cancel=run.cancel)
    seconds = time.monotonic() - started
    run.emit(Finished(run.uploaded, run.bytes, run.skipped, seconds))
    return UploadReport(run.uploaded, run.skipped, run.bytes, seconds)


def _count_puts(item: UploadItem) -> int:
    multipart = item.target.multipart if item.target else None
    return len(multipart.urls) or 1 if multipart else 1


@final
class _Run:
    def __init__(
        self,
        source: ByteSource,
        on_event: OnEvent | None,
        retry: RetryPolicy,
        renew: RenewTarget | None,
        complete: CompleteUpload | None,
        cancel: Cancellation,
    ) -> None:
        self._on_event = on_event
        self._retry = retry
        self._complete = complete
        self._lock = threading.Lock()
        self._exchange = Exchange(source, cancel, self.emit, renew)
        self.cancel = cancel
        self.uploaded = self.skipped = self.bytes = 0

    def emit(self, event: TransferEvent) -> None:
        """Call the progress callback, from one thread at a time."""
        if self._on_event is not None:
            with self._lock:
                self._on_event(event)

    def tasks(self, items: Iterable[UploadItem]) -> Iterator[Callable[[], None]]:
        """What the threads do: one file each, or one part of it."""
        try:
            for item in items:
                yield from self._tasks_of(item)
        finally:
            end_early(items)

    def _tasks_of(self, item: UploadItem) -> Iterator[Callable[[], None]]:
        if item.target is None or item.target.multipart is None:
            yield partial(self._send_file, item)
            return
        shared = MultipartUpload(item.entry, item.target.multipart)
        if known_bytes := shared.bytes_there:
            self.emit(Advanced(item.entry.path, known_bytes))
        if not item.target.multipart.urls:
            yield partial(self._finish, shared)
        for span in shared.missing():
            yield partial(self._send_part, item, item.target, shared, span)

    def _send_file(self, item: UploadItem) -> None:
        """Upload one file, retries included."""
        name, size = item.entry.path, item.entry.size or 0
        if item.target is None:
            with self._lock:
                self.skipped += 1
            self.emit(Skipped(name, size))
            return
        self._send(Payload(item.entry, item.content), item.target)
        self._done(item.entry)

    def _send_part(
        self, item: UploadItem, target: UploadTarget, shared: MultipartUpload, span: PartSpan
    ) -> None:
        """Upload one part, retries included; the last one completes the file."""
        if shared.target is not target.multipart:
            return  # another thread sends all parts to another upload
        payload = Payload(shared.part_entry(span), item.content, span.offset, span.number)
        try:
            sending = self._send(payload, target)
        except AnotherUpload as another:
            self._send_anew(item, target, shared, another)
            return
        if shared.note(target.multipart, span.number, sending.tag):
            self._finish(shared)
        else:
            self.emit(Retried(item.entry.path, _BEGUN_ANEW, 0.0, span.length))

    def _send_anew(
        self,
        item: UploadItem,
        target: UploadTarget,
        shared: MultipartUpload,
        another: AnotherUpload,
    ) -> None:
        """Send all parts to another upload, unless another thread does."""
        multipart = another.target.multipart
        renewals = shared.renewals  # read first: each of them changes the target
        if shared.target is not target.multipart:
            return
        if multipart is None or renewals >= MOST_RENEWALS:
            raise another.error
        again = shared.begin_anew(target.multipart, multipart)
        if again is None:
            return
        self.emit(Retried(item.entry.path, _BEGUN_ANEW, 0.0, again))
        for span in [*shared.missing()]:
            self._send_part(item, another.target, shared, span)
        self._finish(shared)

    def _send(self, payload: Payload, target: UploadTarget) -> Sending:
        name, size = payload.entry.path, payload.entry.size or 0

        def on_retry(error: ArtifactsError, wait: float) -> None:
            self.emit(Retried(name, str(error), wait, sending.sent))

        sending = Sending(payload, target, self._exchange)
        Retrying(self._retry, self.cancel, on_retry)(sending.attempt)
        with self._lock:
            self.bytes += size
        return sending

    def _finish(self, shared: MultipartUpload) -> None:
        """Have the parts joined, once all are there."""
        parts = shared.take_completed()
        if parts is None or self._complete is None:
            return
        name = shared.entry.path
        try:
            self._complete(name, shared.target, parts)
        except GraphQLError:
            # If the response to the first request was lost, the second one finds no upload.
            renew = self._exchange.renew
            if renew is None or renew(name) is not None:
                raise
        self._done(shared.entry)

    def _done(self, entry: ManifestEntry) -> None:
        with self._lock:
            self.uploaded += 1
        self.emit(FileDone(entry.path, entry.size or 0))
