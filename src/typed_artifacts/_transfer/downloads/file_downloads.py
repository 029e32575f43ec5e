"""Downloads one file: from the cache, by resuming a partial file, or completely."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, final

from ..._requests.attempt import log_wait
from ..._requests.retry import RetryPolicy
from ...errors import ArtifactsError, IntegrityError
from ..concurrency.cancellation import Cancellation
from ..disk.cache import ContentCache
from ..disk.partial_files import PartFile
from ..events import Advanced, OnEvent, Retried
from ..http.byte_source import ByteSource
from ..manifests.content_checks import Check
from ..manifests.digests import CHUNK
from ..manifests.manifest import ManifestEntry
from .reading import ResumingReader
from .urls import UrlBatches

WORTH_KEEPING: Final = 8 << 20
"""Bytes of an interrupted file that are left in the folder; fewer are soon fetched again."""
_ANOTHER: Final = "what follows may be of another file, and there is no digest to tell"


@final
class Fetcher:
    """Fetches the files of one download, in many threads."""

    def __init__(
        self,
        source: ByteSource,
        retry: RetryPolicy,
        cache: ContentCache | None,
        cancel: Cancellation,
        emit: OnEvent,
    ) -> None:
        self._source = source
        self._retry = retry
        self._cache = cache
        self._cancel = cancel
        self._emit = emit
        self._buffers = threading.local()

    def buffer(self, entry: ManifestEntry) -> memoryview:
        """This thread's buffer, as long as the longest file that it had, a chunk at the most."""
        # A byte more: a file that is longer than announced shows at once.
        wanted = CHUNK if entry.size is None else min(CHUNK, entry.size + 1)
        buffer: memoryview | None = getattr(self._buffers, "buffer", None)
        if buffer is None or len(buffer) < wanted:
            buffer = self._buffers.buffer = memoryview(bytearray(wanted))
        return buffer

    def needs_url(self, entry: ManifestEntry) -> bool:
        """Whether a missing file is certain to need one: not if it is empty, or may be cached."""
        return entry.size != 0 and self._cache is None

    def fetch(self, entry: ManifestEntry, part: PartFile, urls: UrlBatches) -> tuple[int, bool]:
        """Make the file whole and right, and give it its final name.

        What has arrived of it when the network fails, or the transfer is cancelled, is left for
        the next download where it is worth it.

        Returns:
            Its bytes, and whether they came from the cache folder.

        Raises:
            IntegrityError: the bytes were wrong twice.
            ArtifactsError: the server or the network failed, after the retries.
            OSError: the disk refused.
            Cancelled: the transfer was cancelled.
        """
        try:
            outcome = self._fill(entry, part, urls)
            part.commit()
        except (OSError, IntegrityError):
            part.discard()  # a disk that is full gets its room back
            raise
        except BaseException:
            if entry.digest and part.size >= WORTH_KEEPING:
                part.leave()
            else:
                part.discard()
            raise
        return outcome

    def _fill(self, entry: ManifestEntry, part: PartFile, urls: UrlBatches) -> tuple[int, bool]:
        if self._cache is not None and self._cache.holds(entry):
            part.restart()
            if self._cache.fill(entry, part, self.buffer(entry)):
                return entry.size or 0, True
            part.restart()
        check = self._checked_so_far(entry, part)

        def restart(why: str) -> None:
            self._emit(Retried(entry.path, why, 0.0, check.count))
            part.restart()
            check.restart()

        reader = self._reader(entry, urls, check.count, restart)
        try:
            self._pump(reader, part, check)
        except IntegrityError as error:
            # Once more from the start: a proxy may have mangled it, or the file was replaced.
            log_wait(entry.path, 0.0, error)
            restart(str(error))
            self._pump(self._reader(entry, urls, 0, restart, reader), part, check)
        if self._cache is not None:
            self._cache.keep(entry, part)
        return check.count, False

    def _checked_so_far(self, entry: ManifestEntry, part: PartFile) -> Check:
        """What an interrupted download left, hashed: the rest is fetched, then it must be right."""
        if entry.size is None or part.size > entry.size:
            part.restart()
        check = Check(entry)
        if part.size:
            for piece in part.reread(self.buffer(entry)):
                self._cancel.check()
                check.update(piece)
            self._emit(Advanced(entry.path, check.count))
        return check

    def _reader(
        self,
        entry: ManifestEntry,
        urls: UrlBatches,
        start: int,
        restart: Callable[[str], None],
        after: ResumingReader | None = None,
    ) -> ResumingReader:
        def on_retry(error: ArtifactsError, wait: float) -> None:
            self._emit(Retried(entry.path, str(error), wait))

        return ResumingReader(
            entry.path,
            entry.size,
            urls,
            self._source,
            policy=self._retry,
            cancel=self._cancel,
            on_retry=on_retry,
            start=start,
            requests=0 if after is None else after.requests,
            restart=None if entry.digest else lambda: restart(_ANOTHER),
            after=after,
        )

    def _pump(self, reader: ResumingReader, part: PartFile, check: Check) -> None:
        entry = check.entry

        def write(data: memoryview) -> None:
            check.update(data)
            part.write(data)
            self._emit(Advanced(entry.path, len(data)))

        if entry.size != check.count:
            try:
                reader.copy_to(self.buffer(entry), write)
            finally:
                reader.close()
        check.finish("the server")
