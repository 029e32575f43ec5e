"""Reads a remote file into memory."""

from __future__ import annotations

from typed_artifacts._requests.attempt import log_wait
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts.errors import IntegrityError

from ..concurrency.cancellation import Cancellation
from ..http.byte_source import ByteSource
from ..manifests.content_checks import Check
from ..manifests.digests import CHUNK
from ..manifests.manifest import ManifestEntry
from .reading import ResumingReader
from .urls import UrlBatches, UrlProvider

_POLICY = RetryPolicy()


def read_bytes(
    entry: ManifestEntry,
    urls: UrlProvider,
    *,
    source: ByteSource,
    retry: RetryPolicy = _POLICY,
    cancel: Cancellation | None = None,
    decode: bool = False,
) -> bytes:
    """All bytes of one file, verified; costs one request, and one more if they were wrong.

    Args:
        entry: the file; without a digest (``""``) or size that part is not checked.
        urls: asks the server for its URL.
        source: sends the request.
        retry: when to try again.
        cancel: stops the reading when it is set.
        decode: whether it is certainly not stored encoded, so that any encoding is undone.

    Raises:
        IntegrityError: the bytes were wrong twice.
        ArtifactsError: the server or the network failed, after the retries.
    """
    stop = cancel or Cancellation()

    data, check = bytearray(), Check(entry)

    def restart() -> None:
        data.clear()
        check.restart()

    def reader(after: ResumingReader | None) -> ResumingReader:
        restart()
        return ResumingReader(
            entry.path,
            entry.size,
            UrlBatches([entry.path], urls),
            source,
            policy=retry,
            cancel=stop,
            requests=0 if after is None else after.requests,
            restart=None if entry.digest else restart,
            decode=decode,
            after=after,
        )

    first = reader(None)
    try:
        return _read(first, data, check)
    except IntegrityError as error:
        log_wait(entry.path, 0.0, error)
        return _read(reader(first), data, check)


def _read(reader: ResumingReader, data: bytearray, check: Check) -> bytes:
    entry = check.entry

    def write(piece: memoryview) -> None:
        check.update(piece)
        data.extend(piece)

    try:
        reader.copy_to(memoryview(bytearray(min(CHUNK, (entry.size or CHUNK) + 1))), write)
    finally:
        reader.close()
    check.finish("the server")
    return bytes(data)
