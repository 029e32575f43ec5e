"""A file of the cache folder as a file object, verified before it is read."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, final

from ..._values.forks import renew_after_fork
from ..._values.guards import override
from ...errors import ArtifactsError
from ..concurrency.cancellation import Cancellation
from ..manifests.manifest import ManifestEntry
from .cache import ContentCache

if TYPE_CHECKING:
    from typing_extensions import Buffer


@final
class CachedFile(io.RawIOBase):
    """What is below the buffer of such a file.

    Args:
        cache: the folder; ``None`` for one that has nothing.
        entry: the file.
        missing_error: the error for a content that is not there, or damaged.
    """

    def __init__(
        self,
        cache: ContentCache | None,
        entry: ManifestEntry,
        missing_error: Callable[[], ArtifactsError],
    ) -> None:
        super().__init__()
        self.name = entry.path
        self.mode = "rb"
        self.cancellation = Cancellation()
        self._cache = cache
        self._entry = entry
        self._missing_error = missing_error
        self._stream: io.FileIO | None = None
        self._position = 0
        renew_after_fork(self)

    def renew(self) -> None:
        """Open the file anew: the parent process has the same position in an inherited one."""
        self._stream = None
        self.cancellation = Cancellation()

    def _opened(self) -> io.FileIO:
        if self._stream is None and self._cache is not None:
            self._stream = self._cache.open(self._entry, self.cancellation)
            if self._stream is not None:
                self._stream.seek(self._position)
        if self._stream is None:
            raise self._missing_error()
        return self._stream

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        count = self._opened().readinto(buffer)
        self._position += count
        return count

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._position = self._opened().seek(offset, whence)
        return self._position

    @override
    def tell(self) -> int:
        return self._position

    @override
    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        super().close()
