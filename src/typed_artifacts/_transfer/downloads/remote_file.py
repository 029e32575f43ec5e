"""A remote file as a file object: seekable, buffered, fetched by ranges."""

from __future__ import annotations

import io
from contextlib import ExitStack, closing
from typing import IO, TYPE_CHECKING, Final, final

from ..._requests.main_thread import run_off_main_thread
from ..._requests.retry import RetryPolicy
from ..._requests.stopping import stopped_by
from ..._values.forks import renew_after_fork
from ..._values.guards import override
from ...errors import ArtifactsError
from ..concurrency.cancellation import Cancellation
from ..disk.disk_errors import disk_error
from ..http.byte_source import ByteSource
from ..manifests.content_checks import Check
from ..manifests.digests import CHUNK
from ..manifests.manifest import ManifestEntry
from .read_ahead import SHORT_SKIP, Blocks, ReadAhead, Span
from .reading import ResumingReader
from .urls import UrlBatches, UrlProvider

if TYPE_CHECKING:
    from typing_extensions import Buffer

_POLICY = RetryPolicy()
_BUFFER: Final = 64 << 10
_IN_MEMORY: Final = 16 << 20  # bytes of a file that is spooled before it goes to the disk


def open_remote(
    entry: ManifestEntry,
    urls: UrlProvider,
    *,
    source: ByteSource,
    retry: RetryPolicy = _POLICY,
) -> io.BufferedReader:
    """A file as a buffered binary file whose bytes are fetched when they are read.

    Costs one request where it is read from start to end, or is small; where it is read here and
    there, one for each place, which brings what is likely to be read next. A server that ignores
    ranges sends the file once, and it is kept in memory or a temporary file until it is closed.

    It resumes after a cut like a download. When all bytes from the first to the last have come,
    they are verified: the last byte of a wrong file is an ``IntegrityError``. Who stops before it
    uses bytes that were not verified.

    Args:
        entry: the file; where its size is not known it cannot seek.
        urls: asks the server for its URL.
        source: sends the requests.
        retry: when to try again.
    """
    return io.BufferedReader(RemoteFile(entry, urls, source, retry), _BUFFER)


@final
class RemoteFile(io.RawIOBase):
    """What is below the buffer of such a file."""

    def __init__(
        self, entry: ManifestEntry, urls: UrlProvider, source: ByteSource, retry: RetryPolicy
    ) -> None:
        super().__init__()
        self._stream: ResumingReader | None = None
        self._spool: IO[bytes] | None = None
        self._blocks = Blocks()
        self.name = entry.path
        self.mode = "rb"
        self.cancellation = Cancellation()
        self._size = entry.size
        self._provider = urls
        self._urls = UrlBatches([entry.path], urls)
        self._source = source
        self._retry = retry
        self._ahead = ReadAhead(entry.size or 0)
        self._position = 0
        self._check = Check(entry)
        self._is_wrong = False
        renew_after_fork(self)

    def renew(self) -> None:
        """Share no connection and no file with the parent process: ask again where it reads on."""
        self._stream = self._spool = None  # dropped: closing it may read what is the parent's
        self.cancellation = Cancellation()
        self._urls.renew_lock()

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return self._size is not None

    @override
    def tell(self) -> int:
        self._refuse_closed()
        return self._position

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._refuse_closed()
        size = self._size
        if size is None:
            raise io.UnsupportedOperation(f"the size of {self.name!r} is not known")
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: size}
        if whence not in origins:
            raise ValueError(f"whence is 0, 1 or 2, not {whence!r}")
        if (position := origins[whence] + offset) < 0:
            # An OSError as of any file, which zipfile expects of a short one, and a ValueError.
            raise io.UnsupportedOperation(
                f"the position {position} lies before the start of the file"
            )
        self._position = position
        return position

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        self._refuse_closed()
        # Released at the end: the thread that has read still refers to it for a moment, and a
        # buffer that something refers to cannot be resized, as Python 3.15 does.
        with memoryview(buffer) as given, given.cast("B") as view:
            count = self._read_off_main_thread(self._position, view) if len(view) else 0
        if self._is_wrong and self._position + count == self._size:
            count -= 1  # do not return the last byte of a wrong file
            if count < 1:
                self._check.finish("the server")
        self._position += count
        return count

    @override
    def close(self) -> None:
        run_off_main_thread(self._drop_stream, self.cancellation.set)
        self._blocks.clear()
        if self._spool is not None:
            self._spool.close()
        super().close()

    def _refuse_closed(self) -> None:
        if self.closed:
            raise ValueError(f"{self.name!r} is closed")

    def _read_off_main_thread(self, position: int, view: memoryview) -> int:
        """Read where no interrupt from the keyboard meets a lock of the connections."""
        if count := self._blocks.copy(position, view):
            return count
        counts: list[int] = []

        def read() -> None:
            with stopped_by(self.cancellation):
                counts.append(self._read_or_let_go(position, view))

        try:
            run_off_main_thread(read, self.cancellation.set)
        except BaseException:
            if self.cancellation.is_set():  # by an interrupt: the next read sends a new request
                self.cancellation = Cancellation()
                run_off_main_thread(self._drop_stream, self.cancellation.set)
            raise
        return counts[0]

    def _read_or_let_go(self, position: int, view: memoryview) -> int:
        try:
            return self._read_at(position, view)
        except ArtifactsError:
            # The next read asks for the URL anew: these keep the error that they met.
            self._drop_stream()
            self._urls = UrlBatches([self.name], self._provider)
            raise

    def _read_at(self, position: int, view: memoryview) -> int:
        if self._size is not None and position >= self._size:
            return 0
        while True:
            if self._spool is not None:
                self._spool.seek(position)
                data = self._spool.read(len(view))
                view[: len(data)] = data
                return len(data)
            if count := self._blocks.copy(position, view):
                return count
            if (stream := self._stream_before(position)) is not None:
                count = self._take(stream, view)
                # A reader that detects the file's format seeks back a few times.
                if 0 < count <= _BUFFER:
                    self._blocks.keep(position, bytearray(view[:count]))
                if count or self._size is None:
                    return count
            self._ask(position, len(view))

    def _stream_before(self, position: int) -> ResumingReader | None:
        """The stream that is read, at that position, if it is not far away."""
        stream = self._stream
        if stream is None or not 0 <= position - stream.position <= SHORT_SKIP:
            return None
        while gap := position - stream.position:
            if not self._take(stream, memoryview(bytearray(gap))):
                return None
        return stream

    def _ask(self, position: int, wanted: int) -> None:
        """Have what follows a position in the spool, in the blocks or in the stream."""
        self._drop_stream()
        span = self._ahead.span(position, wanted) if self._size else Span(position, None)
        reader = ResumingReader(
            self.name,
            self._size,
            self._urls,
            self._source,
            policy=self._retry,
            cancel=self.cancellation,
            start=span.start,
            stop=span.stop,
        )
        if not reader.open():
            self._keep_whole(reader)
        elif span.is_block:
            stop = span.stop or self._size or 0
            self._blocks.keep(span.start, self._all_of(reader, stop - span.start))
        else:
            self._stream = reader

    def _take(self, reader: ResumingReader, view: memoryview) -> int:
        start = reader.position
        count = reader.readinto(view)
        self._note(start, view[:count])
        if not count and self._size is None:
            self._check.finish("the server")
        return count

    def _all_of(self, reader: ResumingReader, length: int) -> bytearray:
        data, done = bytearray(length), 0
        with memoryview(data) as view, closing(reader):
            while count := self._take(reader, view[done:]):
                done += count
        return data

    def _keep_whole(self, reader: ResumingReader) -> None:
        """Keep the file that a server sends where it was asked for a range."""
        from tempfile import SpooledTemporaryFile

        reader.take_whole()
        with ExitStack() as stack:
            stack.enter_context(closing(reader))
            spool = SpooledTemporaryFile[bytes](max_size=_IN_MEMORY)
            stack.callback(spool.close)
            view = memoryview(bytearray(CHUNK))
            try:
                while count := self._take(reader, view):
                    spool.write(view[:count])
            except OSError as error:
                raise disk_error(error, f"Keeping {self.name!r}", self.name) from error
            spool.flush()  # a child after a fork has no bytes to write
            stack.pop_all()
            reader.close()
        self._spool = spool

    def _note(self, start: int, data: memoryview) -> None:
        """Hash what goes on where the hash is."""
        known = self._check.count - start
        if 0 <= known < len(data):
            self._check.update(data[known:])
            if self._check.count == self._size:
                self._is_wrong = self._check.why_wrong() is not None

    def _drop_stream(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
