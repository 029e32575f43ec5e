"""One remote file without a folder: all its bytes, or a stream that checks itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast, final

from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._values.guards import override
from typed_artifacts.errors import IntegrityError

from .byte_source import ByteSource
from .cancellation import Cancellation
from .checks import Check
from .digests import CHUNK
from .manifest import ManifestEntry
from .reading import ResumingReader
from .urls import UrlBook, UrlProvider

if TYPE_CHECKING:
    from typing_extensions import Buffer

_POLICY = RetryPolicy()


def read_bytes(
    entry: ManifestEntry,
    urls: UrlProvider,
    *,
    source: ByteSource,
    retry: RetryPolicy = _POLICY,
    cancel: Cancellation | None = None,
) -> bytes:
    """All bytes of one file, verified; costs one request, and one more if they were wrong.

    Args:
        entry: the file; without a digest (``""``) or size that part is not checked.
        urls: asks the server for its URL.
        source: sends the request.
        retry: when to try again.
        cancel: stops the reading when it is set.

    Raises:
        IntegrityError: the bytes were wrong twice.
        ArtifactsError: the server or the network failed, after the retries.
    """
    try:
        return _read(entry, urls, source, retry, cancel or Cancellation())
    except IntegrityError:
        return _read(entry, urls, source, retry, cancel or Cancellation())


def _read(
    entry: ManifestEntry,
    urls: UrlProvider,
    source: ByteSource,
    retry: RetryPolicy,
    cancel: Cancellation,
) -> bytes:
    data, check = bytearray(), Check(entry)

    def write(piece: memoryview) -> None:
        check.update(piece)
        data.extend(piece)

    reader = _reader(entry, urls, source, retry, cancel)
    try:
        reader.pump(memoryview(bytearray(min(CHUNK, (entry.size or CHUNK) + 1))), write)
    finally:
        reader.close()
    check.finish("the server")
    return bytes(data)


def open_remote(
    entry: ManifestEntry,
    urls: UrlProvider,
    *,
    source: ByteSource,
    retry: RetryPolicy = _POLICY,
) -> BinaryIO:
    """A file as a stream that is fetched while it is read; costs one request at the first read.

    It resumes after a cut like a download. Whether the bytes were right is known at their end:
    the last read raises ``IntegrityError`` if they were not, so whoever acts on half a file acts
    on bytes nobody has vouched for. It cannot seek.

    Args:
        entry: the file.
        urls: asks the server for its URL.
        source: sends the request.
        retry: when to try again.
    """
    reader = _reader(entry, urls, source, retry, Cancellation())
    stream = io.BufferedReader(_VerifiedStream(entry, reader), CHUNK)
    return cast("BinaryIO", stream)  # what open(…, "rb") returns; typeshed knows no relation


@final
class _VerifiedStream(io.RawIOBase):
    def __init__(self, entry: ManifestEntry, reader: ResumingReader) -> None:
        super().__init__()
        self._reader = reader
        self._check = Check(entry)
        self.name = entry.path

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        count = self._reader.readinto(view)
        self._check.update(view[:count])
        if not count and len(view):
            self._check.finish("the server")
        return count

    @override
    def close(self) -> None:
        self._reader.close()
        super().close()


def _reader(
    entry: ManifestEntry,
    urls: UrlProvider,
    source: ByteSource,
    retry: RetryPolicy,
    cancel: Cancellation,
) -> ResumingReader:
    book = UrlBook([entry.path], urls)
    return ResumingReader(entry.path, entry.size, book, source, policy=retry, cancel=cancel)
