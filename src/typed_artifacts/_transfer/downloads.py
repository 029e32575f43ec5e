"""Downloading a manifest's entries into a folder: only what is missing, verified, all or nothing.

A file appears under its final name only when its size and digest are right; see ``parts`` for how.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts.errors import ArtifactsError, IntegrityError

from .byte_source import ByteSource
from .cache import ContentCache
from .cancellation import Cancellation
from .checks import Check
from .digests import CHUNK
from .events import Advanced, FileDone, Finished, OnEvent, Retried, Skipped, Started, TransferEvent
from .folders import Root, by_parent, disk_error
from .manifest import ManifestEntry
from .partial_files import PartFile, folds_names, sweep
from .plan import Plan, make_plan, refuse_clash
from .presence import file_is_right
from .reading import ResumingReader
from .urls import UrlBook, UrlProvider
from .workers import run_workers

DEFAULT_WORKERS: Final = 8
DEFAULT_RETRY: Final = RetryPolicy()


@dataclass(frozen=True, slots=True)
class DownloadReport:
    """What a download did.

    Attributes:
        root: the folder.
        fetched: names that came from the server.
        cached: names that came from the cache folder.
        skipped: names that were there already, and right.
        references: entries that refer to something elsewhere and were not followed.
        bytes: the bytes of what was fetched or cached.
        seconds: how long it took.
    """

    root: Path
    fetched: tuple[str, ...]
    cached: tuple[str, ...]
    skipped: tuple[str, ...]
    references: tuple[ManifestEntry, ...]
    bytes: int
    seconds: float


def download(
    entries: Iterable[ManifestEntry],
    root: Path,
    urls: UrlProvider,
    *,
    source: ByteSource,
    max_workers: int = DEFAULT_WORKERS,
    on_event: OnEvent | None = None,
    retry: RetryPolicy = DEFAULT_RETRY,
    cache: ContentCache | None = None,
    cancel: Cancellation | None = None,
) -> DownloadReport:
    """Make a folder hold these entries.

    Costs one request per file that is not there yet, and whatever ``urls`` sends: it is asked for
    5,000 files at a time, and again for those whose URL was refused. Files of the folder that are
    not among the entries stay as they are.

    Args:
        entries: of one manifest; references are reported, not followed.
        root: the folder; made if need be.
        urls: asks the server for URLs.
        source: sends the requests.
        max_workers: threads that fetch.
        on_event: called with what happens, one event at a time.
        retry: when to try again.
        cache: a folder of contents to look in first, and to keep contents in.
        cancel: stops the download when it is set.

    Raises:
        IntegrityError: an unsafe name (then nothing was written), or bytes that were wrong twice
            (then they are not on the disk; other files may be).
        InvalidInput: a link or a folder is in the way, or the root cannot be made.
        ArtifactsError: the server, the network or the disk failed, after the retries.
        Cancelled: ``cancel`` was set.
    """
    started = time.monotonic()
    plan = make_plan(entries)
    run = _Run(root, source, max_workers, on_event, retry, cache, cancel or Cancellation())
    try:
        wanted = run.prepare(plan)
        run.fetch(wanted, urls)
    except OSError as error:
        raise disk_error(error, f"Downloading into {str(root)!r}", str(root)) from error
    seconds = time.monotonic() - started
    run.emit(Finished(len(wanted), run.bytes, len(run.skipped), seconds))
    return DownloadReport(
        root=root,
        fetched=tuple(run.fetched),
        cached=tuple(run.cached),
        skipped=tuple(run.skipped),
        references=plan.references,
        bytes=run.bytes,
        seconds=seconds,
    )


@final
class _Run:
    """One download in progress; its lists are appended to by many threads."""

    def __init__(
        self,
        root: Path,
        source: ByteSource,
        max_workers: int,
        on_event: OnEvent | None,
        retry: RetryPolicy,
        cache: ContentCache | None,
        cancel: Cancellation,
    ) -> None:
        self._root = Root(root)
        self._source = source
        self._max_workers = max(1, max_workers)
        self._on_event = on_event
        self._retry = retry
        self._cache = cache
        self._cancel = cancel
        self._lock = threading.Lock()
        self._buffers = threading.local()
        self.fetched: list[str] = []
        self.cached: list[str] = []
        self.skipped: list[str] = []
        self.bytes = 0

    def emit(self, event: TransferEvent) -> None:
        """Tell whoever listens; one thread at a time."""
        if self._on_event is not None:
            with self._lock:
                self._on_event(event)

    def prepare(self, plan: Plan) -> list[ManifestEntry]:
        """Look at the folder, clean it, and tell which entries it lacks."""
        names = [entry.path for entry in plan.files]
        found = self._root.survey(names)
        self._root.create()
        if plan.clash is not None:
            with self._root.folder("") as folder:
                if folds_names(folder):
                    refuse_clash(plan, str(self._root.path))
        _sweep(self._root, names)
        candidates = [
            entry
            for entry in plan.files
            if (status := found[entry.path]) is not None
            and entry.digest
            and entry.size in {None, status.st_size}
        ]
        present = self._right_ones(candidates)
        for entry in candidates:
            if entry.path in present:
                self.skipped.append(entry.path)
                self.emit(Skipped(entry.path, entry.size or 0))
        # The largest first, so that no thread is left alone with one at the end.
        missing = [entry for entry in plan.files if entry.path not in present]
        return sorted(missing, key=lambda entry: -(entry.size or 0))

    def fetch(self, wanted: list[ManifestEntry], urls: UrlProvider) -> None:
        """Fetch what is lacking."""
        self.emit(Started(len(wanted), sum(entry.size or 0 for entry in wanted)))
        book = UrlBook([entry.path for entry in wanted], urls)
        self._in_threads(wanted, lambda entry: self._fetch_one(entry, book))

    def _right_ones(self, candidates: list[ManifestEntry]) -> set[str]:
        right: set[str] = set()

        def look(entry: ManifestEntry) -> None:
            if file_is_right(self._root, entry, self._buffer(), self._cancel):
                right.add(entry.path)

        self._in_threads(candidates, look)
        return right

    def _in_threads(
        self, entries: list[ManifestEntry], work: Callable[[ManifestEntry], None]
    ) -> None:
        run_workers(entries, work, count=min(self._max_workers, len(entries)), cancel=self._cancel)

    def _fetch_one(self, entry: ManifestEntry, book: UrlBook) -> None:
        parent, _, leaf = entry.path.rpartition("/")
        try:
            with self._root.folder(parent, create=True) as folder:
                part = PartFile(folder, leaf)
                try:
                    size, cached = self._fill(entry, part, book)
                    part.commit()
                finally:
                    part.discard()
        except OSError as error:
            raise disk_error(error, f"Writing {entry.path!r}", entry.path) from error
        book.done(entry.path)
        with self._lock:
            (self.cached if cached else self.fetched).append(entry.path)
            self.bytes += size
        self.emit(FileDone(entry.path, size, cached))

    def _fill(self, entry: ManifestEntry, part: PartFile, book: UrlBook) -> tuple[int, bool]:
        if self._cache is not None:
            if self._cache.copy_out(entry, self._buffer(), part.write):
                return entry.size or 0, True
            part.restart()
        check = Check(entry)
        try:
            self._pump(entry, part, book, check)
        except IntegrityError as error:
            # Once more from the start: a proxy may have mangled it, or the file was replaced.
            self.emit(Retried(entry.path, str(error), 0.0, check.count))
            part.restart()
            check = Check(entry)
            self._pump(entry, part, book, check)
        if self._cache is not None:
            self._cache.keep(entry, part.handle)
        return check.count, False

    def _pump(self, entry: ManifestEntry, part: PartFile, book: UrlBook, check: Check) -> None:
        def write(data: memoryview) -> None:
            check.update(data)
            part.write(data)
            if self._on_event is not None:
                self.emit(Advanced(entry.path, len(data)))

        def on_retry(error: ArtifactsError, wait: float) -> None:
            self.emit(Retried(entry.path, str(error), wait))

        if entry.size != 0:
            reader = ResumingReader(
                entry.path,
                entry.size,
                book,
                self._source,
                policy=self._retry,
                cancel=self._cancel,
                on_retry=on_retry,
            )
            try:
                reader.pump(self._buffer(), write)
            finally:
                reader.close()
        check.finish("the server")

    def _buffer(self) -> memoryview:
        buffer: memoryview | None = getattr(self._buffers, "buffer", None)
        if buffer is None:
            buffer = self._buffers.buffer = memoryview(bytearray(CHUNK))
        return buffer


def _sweep(root: Root, names: list[str]) -> None:
    for parent in by_parent(names):
        try:
            with root.folder(parent) as folder:
                sweep(folder)
        except FileNotFoundError:
            continue
