"""Reads a remote file into memory."""

from __future__ import annotations

from ..._requests.attempt import log_wait
from ..._requests.retry import RetryPolicy
from ...errors import IntegrityError, ServerError
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
    most: int | None = None,
) -> bytes:
    """All bytes of one file, verified; costs one request, and one more if they were wrong.

    Args:
        entry: the file; without a digest (``""``) or size that part is not checked.
        urls: asks the server for its URL.
        source: sends the request.
        retry: when to try again.
        cancel: stops the reading when it is set.
        decode: whether it is certainly not stored encoded, so that any encoding is undone.
        most: the bytes that are kept in memory at most, of a file of unknown size.

    Raises:
        IntegrityError: the bytes were wrong twice.
        ServerError: there are more than ``most``.
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
        return _read(first, data, check, most)
    except IntegrityError as error:
        log_wait(entry.path, 0.0, error)
        return _read(reader(first), data, check, most)


def _read(reader: ResumingReader, data: bytearray, check: Check, most: int | None) -> bytes:
    entry = check.entry

    def write(piece: memoryview) -> None:
        check.update(piece)
        data.extend(piece)
        if most is not None and len(data) > most:
            raise ServerError(
                f"{entry.path!r} has more than {most >> 20:,} MiB, and is not read into memory.",
                operation="download",
                subject=entry.path,
            )

    try:
        reader.copy_to(memoryview(bytearray(min(CHUNK, (entry.size or CHUNK) + 1))), write)
    finally:
        reader.close()
    check.finish("the server")
    return bytes(data)
