"""Downloads entries of a manifest into a folder: only missing files, each verified.

A file appears under its final name only when its size and digest are right: see ``partial_files``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from ..._environment.network import DEFAULT_WORKERS
from ..._requests.retry import RetryPolicy
from ..._values.file_names import clashing, may_clash
from ..concurrency.cancellation import Cancellation
from ..concurrency.workers import chosen_by_workers, run_workers
from ..disk.cache import ContentCache
from ..disk.disk_errors import disk_error
from ..disk.folders import UNNAMEABLE
from ..disk.partial_files import PartFile, folds_names, part_key, sweep
from ..disk.presence import file_is_right
from ..disk.roots import Root
from ..events import FileDone, Finished, OnEvent, Skipped, Started, TransferEvent
from ..http.byte_source import ByteSource
from ..manifests.manifest import ManifestEntry
from .file_downloads import Fetcher
from .file_plan import CANNOT_BE_HAD, Plan, make_plan, refusal, without
from .urls import UrlBatches, UrlProvider

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
        refused: names that cannot be files below the folder, and why.
        bytes: the bytes of what was fetched or cached.
        seconds: how long it took.
    """

    root: Path
    fetched: tuple[str, ...]
    cached: tuple[str, ...]
    skipped: tuple[str, ...]
    references: tuple[ManifestEntry, ...]
    refused: Mapping[str, str]
    bytes: int
    seconds: float

    def raise_if_refused(self) -> None:
        """Turn names that were left out into an error.

        Raises:
            IntegrityError: some were.
        """
        if self.refused:
            raise refusal(self.refused, f"The other files are in {str(self.root)!r}.")


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
    5,000 files at a time, and again for those whose URL was refused. What an interrupted download
    left of a file is not fetched again. Files of the folder that are not among the entries stay as
    they are.

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
        IntegrityError: bytes that were wrong twice (they are not on the disk; other files may be).
        InvalidInput: a link or a folder is in the way, or the root cannot be made.
        ArtifactsError: the server, the network or the disk failed, after the retries.
        Cancelled: ``cancel`` was set.
    """
    started = time.monotonic()
    plan = make_plan(entries)
    run = _Run(root, source, max_workers, on_event, retry, cache, cancel or Cancellation())
    try:
        plan, wanted = run.prepare(plan)
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
        refused={**plan.refused, **run.refused},
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
        self._max_workers = max(1, max_workers)
        self._on_event = on_event
        self._cancel = cancel
        self._lock = threading.Lock()
        self._fetcher = Fetcher(source, retry, cache, cancel, self.emit)
        self.fetched: list[str] = []
        self.cached: list[str] = []
        self.skipped: list[str] = []
        self.refused: dict[str, str] = {}
        self.bytes = 0
        self._abandoned: Mapping[str, str] = {}

    def emit(self, event: TransferEvent) -> None:
        """Call the progress callback, from one thread at a time."""
        if self._on_event is not None:
            with self._lock:
                self._on_event(event)

    def prepare(self, plan: Plan) -> tuple[Plan, list[ManifestEntry]]:
        """Look at the folder, clean it, and tell which entries it can have, and which it lacks."""
        if plan.refused and not plan.files:
            return plan, []
        found = self._root.file_sizes(entry.path for entry in plan.files)
        self._root.create()
        if may_clash(found):
            with self._root.folder("") as folder:
                plan = without(plan, clashing(found)) if folds_names(folder) else plan
        candidates = [
            entry
            for entry in plan.files
            if found[entry.path] is not None
            and entry.digest
            and entry.size in {None, found[entry.path]}
        ]
        present = self._right_ones(candidates)
        for entry in candidates:
            if entry.path in present:
                self.skipped.append(entry.path)
                self.emit(Skipped(entry.path, entry.size or 0))
        # The largest first, so that no thread is left alone with one at the end.
        missing = [entry for entry in plan.files if entry.path not in present]
        self._abandoned = _sweep(self._root, found, missing)
        return plan, sorted(missing, key=lambda entry: -(entry.size or 0))

    def fetch(self, wanted: list[ManifestEntry], urls: UrlProvider) -> None:
        """Fetch what is lacking."""
        self.emit(Started(len(wanted), sum(entry.size or 0 for entry in wanted)))
        with closing(UrlBatches([entry.path for entry in wanted], urls)) as urls_by_path:
            if wanted and self._fetcher.needs_url(wanted[0]):
                # Requested before the threads start: all would wait for it, which would look like
                # waiting for a distant server.
                urls_by_path.get(wanted[0].path)
            run_workers(
                wanted,
                lambda entry: self._fetch_one(entry, urls_by_path),
                count=min(self._max_workers, len(wanted)),
                cancel=self._cancel,
            )

    def _right_ones(self, candidates: list[ManifestEntry]) -> set[str]:
        def is_right(entry: ManifestEntry) -> bool:
            return file_is_right(self._root, entry, self._fetcher.buffer(entry), self._cancel)

        right = chosen_by_workers(
            candidates, is_right, count=self._max_workers, cancel=self._cancel
        )
        return {entry.path for entry in right}

    def _fetch_one(self, entry: ManifestEntry, urls: UrlBatches) -> None:
        parent, _, leaf = entry.path.rpartition("/")
        try:
            with self._root.folder(parent, create=True) as folder:
                part = PartFile(folder, leaf, entry.digest, self._abandoned.get(entry.path))
                size, cached = self._fetcher.fetch(entry, part, urls)
        except OSError as error:
            if error.errno in UNNAMEABLE:
                self.refused[entry.path] = f"{CANNOT_BE_HAD} ({error.strerror})"
                return
            raise disk_error(error, f"Writing {entry.path!r}", entry.path) from error
        urls.done(entry.path)
        with self._lock:
            (self.cached if cached else self.fetched).append(entry.path)
            self.bytes += size
        self.emit(FileDone(entry.path, size, cached))


def _sweep(root: Root, names: Iterable[str], missing: Iterable[ManifestEntry]) -> dict[str, str]:
    """Remove what dead processes left, except for what begins a missing file; gives the latter."""
    lacking: dict[str, list[ManifestEntry]] = {}
    for entry in missing:
        if entry.digest:
            lacking.setdefault(entry.path.rpartition("/")[0], []).append(entry)
    found: dict[str, str] = {}
    for parent in {name.rpartition("/")[0] for name in names}:
        keys = {
            part_key(entry.path.rpartition("/")[2], entry.digest): entry.path
            for entry in lacking.get(parent, [])
        }
        try:
            with root.folder(parent) as folder:
                kept = sweep(folder, keys.keys())
        except FileNotFoundError:
            continue
        found |= {keys[key]: name for key, name in kept.items()}
    return found
