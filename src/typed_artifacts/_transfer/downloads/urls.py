"""URLs of files: requested in batches, and again when they have expired."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, final

from ...errors import ArtifactsError, NotFoundError
from ..concurrency.prefetch import one_ahead
from ..concurrency.workers import end_early

BATCH: Final = 5000
"""Files whose URLs are asked for at once; what the official client asks for, too."""


class UrlProvider(Protocol):
    """Asks the server for URLs; called from the transferring threads, one call at a time."""

    def __call__(self, paths: Sequence[str], /) -> Mapping[str, str]:
        """Fresh URLs for at least these paths; a path that is left out has none."""
        ...


class UrlOf(Protocol):
    """Where a file can be had."""

    def get(self, path: str, /) -> str:
        """The file's URL."""
        ...

    def renew(self, path: str, stale: str, /) -> str | None:
        """Another URL in place of one that was refused; ``None`` if there is none."""
        ...


@final
class UrlBatches:
    """URLs by path, from one provider, shared by all threads of a transfer.

    Of many files, the next batch is asked for while the files of the one before are fetched, all by
    one thread: the C library keeps what a reply took for the thread that read it, some megabytes.

    Args:
        paths: the files, in the order in which they will be needed.
        provider: what is asked.
        batch: for how many files it is asked at once.
    """

    def __init__(self, paths: Sequence[str], provider: UrlProvider, *, batch: int = BATCH) -> None:
        self._provider = provider
        self._batches = [paths[i : i + batch] for i in range(0, len(paths), batch)]
        self._batch_of = {path: n for n, group in enumerate(self._batches) for path in group}
        self._urls: dict[str, str] = {}
        answers = map(self._ask, self._batches)
        self._answers = one_ahead(answers) if len(self._batches) > 1 else answers
        self._answered = 0
        self._failure: ArtifactsError | None = None
        self._lock = threading.Lock()

    def get(self, path: str, /) -> str:
        """The file's URL; waits for that of its whole batch if it is not known yet.

        Raises:
            NotFoundError: the server gives none.
        """
        url = self._urls.get(path)
        if url is None:
            with self._lock:
                while self._answered <= self._batch_of[path]:
                    self._take(lambda: next(self._answers))
                    self._answered += 1
            url = self._urls.get(path)
        if not url:
            raise NotFoundError(
                f"The server gives no URL for {path!r}: it is not, or no longer, stored there.",
                missing="file",
                subject=path,
            )
        return url

    def renew(self, path: str, stale: str, /) -> str | None:
        """Another URL; asks again for what is left of the file's batch, as all have aged alike."""
        with self._lock:
            if self._urls.get(path) == stale:  # else another thread was faster
                self._take(lambda: self._ask(self._batches[self._batch_of[path]]))
        return self._urls.get(path)

    def renew_lock(self) -> None:
        """Forget requests in progress: a child process has none."""
        self._lock = threading.Lock()

    def done(self, path: str) -> None:
        """The file needs no URL any more: forgotten, as those of a million files take 500 MB."""
        self._batch_of.pop(path, None)
        self._urls.pop(path, None)

    def close(self) -> None:
        """Wait for what was asked and is not needed."""
        end_early(self._answers)

    def _take(self, answer: Callable[[], Mapping[str, str]]) -> None:
        # A provider retries by itself: other threads raise its error instead of retrying again.
        if self._failure is not None:
            raise self._failure
        try:
            self._urls.update(answer())
        except ArtifactsError as error:
            self._failure = error
            raise

    def _ask(self, group: Sequence[str]) -> Mapping[str, str]:
        wanted = [name for name in group if name in self._batch_of]
        return self._provider(wanted) if wanted else {}


@final
class FixedUrls:
    """A provider for URLs that are known already, with an optional way to ask again."""

    def __init__(self, urls: Mapping[str, str], renew: UrlProvider | None = None) -> None:
        self._urls = urls
        self._renew = renew
        self._asked = False

    def __call__(self, paths: Sequence[str], /) -> Mapping[str, str]:
        """The known URLs at first, if there are any, then those of ``renew``."""
        if self._renew is None or (self._urls and not self._asked):
            self._asked = True
            return self._urls
        return self._renew(paths)
