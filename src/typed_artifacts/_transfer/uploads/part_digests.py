"""The MD5 digests of files and their parts, for multipart uploads."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import final

from ..concurrency.cancellation import Cancellation
from ..concurrency.workers import run_workers
from ..manifests.digests import DigestAlgorithm, Hasher, new_hasher
from ..manifests.manifest import ManifestEntry
from .hashing import HASHERS
from .local_files import Content
from .multipart import FileParts, PartSizes, PartSpan, is_large, part_sizes, part_spans
from .streamed import StreamedFile
from .upload_bodies import content_pieces


@final
class PartDigests:
    """The parts of the large files of a draft, hashed when they are about to be announced.

    So are whole files that the draft names by another digest than their MD5.

    Args:
        contents: where the bytes of each file are.
        sizes: when a file goes in parts.
    """

    def __init__(self, contents: Mapping[str, Content], sizes: PartSizes | None = None) -> None:
        self._contents = contents
        self._sizes = sizes or part_sizes()
        self._md5: dict[str, str] = {}
        self._known: dict[str, FileParts] = {}
        self.cancel = Cancellation()

    def prepare(self, entries: Sequence[ManifestEntry]) -> None:
        """Hash the parts of those files that have any, and what has no MD5 yet.

        Raises:
            ConflictError: a file changed since it was hashed as a whole.
            InvalidInput: a file is larger than a server takes.
            Cancelled: ``cancel`` was set.
        """
        for entry in entries:
            if entry.path not in self._known and is_large(entry.size or 0, self._sizes):
                spans = part_spans(entry.size or 0, self._sizes)
                digests = self._hashed(self._contents[entry.path], spans)
                self._known[entry.path] = FileParts(spans, digests)
        others = [
            entry
            for entry in entries
            if entry.algorithm is not DigestAlgorithm.MD5 and entry.path not in self._md5
        ]
        if others:
            count = min(HASHERS, len(others))
            run_workers(others, self._hash_whole, count=count, cancel=self.cancel)

    def md5_of(self, entry: ManifestEntry) -> str:
        """The MD5 of a file, in base64."""
        is_md5 = entry.algorithm is DigestAlgorithm.MD5
        return entry.digest if is_md5 else self._md5[entry.path]

    def of(self, path: str) -> FileParts | None:
        """The parts of a file that goes in parts."""
        return self._known.get(path)

    def any_of(self, entries: Iterable[ManifestEntry]) -> bool:
        """Whether one of these files goes in parts."""
        return any(entry.path in self._known for entry in entries)

    def _hash_whole(self, entry: ManifestEntry) -> None:
        hasher = new_hasher(DigestAlgorithm.MD5)
        for piece in content_pieces(self._contents[entry.path], 0, entry.size or 0):
            self.cancel.check()
            hasher.update(piece)
        self._md5[entry.path] = b64encode(hasher.digest()).decode("ascii")

    def _hashed(self, content: Content, spans: Sequence[PartSpan]) -> list[str]:
        hashers = [new_hasher(DigestAlgorithm.MD5) for _ in spans]
        if isinstance(content, StreamedFile):
            self._hash_stream(content, spans, hashers)
        else:

            def hash_one(span: PartSpan) -> None:
                hasher = hashers[span.number - 1]
                for piece in content_pieces(content, span.offset, span.length):
                    self.cancel.check()
                    hasher.update(piece)

            run_workers(spans, hash_one, count=min(HASHERS, len(spans)), cancel=self.cancel)
        return [hasher.hexdigest() for hasher in hashers]

    def _hash_stream(
        self, content: StreamedFile, spans: Sequence[PartSpan], hashers: Sequence[Hasher]
    ) -> None:
        """From start to end: only so does the stream verify itself, and one request is enough."""
        coming = iter(zip(spans, hashers, strict=True))
        span, hasher = next(coming)
        remaining = span.length
        for piece in content.pieces(0, spans[-1].offset + spans[-1].length):
            self.cancel.check()
            while len(piece) > remaining:
                hasher.update(piece[:remaining])
                piece = piece[remaining:]  # noqa: PLW2901 -- the rest belongs to the next part
                span, hasher = next(coming)
                remaining = span.length
            hasher.update(piece)
            remaining -= len(piece)
