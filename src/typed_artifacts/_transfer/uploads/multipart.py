"""Multipart uploads: part sizes, and the state of an upload."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from ..._environment.variables import Environ
from ...errors import InvalidInput
from ..manifests.manifest import ManifestEntry

MOST_BYTES: Final = 5 << 40
"""Of one file: no object store takes more."""

_MOST_PARTS: Final = 10_000
_BLOCK: Final = 4096
_VARIABLE: Final = "_TYPED_ARTIFACTS_PARTS"


@dataclass(frozen=True, slots=True)
class PartSizes:
    """When a file goes in parts, and how large they are.

    Attributes:
        threshold: the bytes from which on a file does.
        part: the bytes of a part, as long as there are no more than 10,000.
    """

    threshold: int = 2 << 30
    part: int = 100 << 20


@dataclass(frozen=True, slots=True)
class PartSpan:
    """Where a part lies in its file; the first has the number 1."""

    number: int
    offset: int
    length: int


def part_sizes() -> PartSizes:
    """The sizes of every client, or those that a test has set: ``THRESHOLD,PART``."""
    given = Environ(None).get(_VARIABLE)
    if given is None:
        return PartSizes()
    threshold, part = map(int, given.split(","))
    return PartSizes(threshold, part)


def is_large(size: int, sizes: PartSizes) -> bool:
    """Whether a file of that size goes in parts. Pure."""
    return size >= sizes.threshold and size > 0


def part_size(size: int, sizes: PartSizes) -> int:
    """The bytes of each part but the last, for a file of that size. Pure."""
    if size <= sizes.part * _MOST_PARTS:
        return sizes.part
    least = -(-size // _MOST_PARTS)
    return -(-least // _BLOCK) * _BLOCK


def part_spans(size: int, sizes: PartSizes) -> list[PartSpan]:
    """The parts of a file of that size. Pure.

    Raises:
        InvalidInput: no server takes such a file.
    """
    if size > MOST_BYTES:
        raise InvalidInput(f"A file of {size:,} bytes is larger than a server takes: 5 TiB.")
    length = part_size(size, sizes)
    offsets = range(0, size, length)
    return [
        PartSpan(number, offset, min(length, size - offset))
        for number, offset in enumerate(offsets, 1)
    ]


@dataclass(frozen=True, slots=True)
class FileParts:
    """The parts of a file that was hashed.

    Attributes:
        spans: where they lie, in order.
        digests: the MD5 of each, in hex.
    """

    spans: Sequence[PartSpan]
    digests: Sequence[str]


@dataclass(frozen=True, slots=True)
class MultipartTarget:
    """Where the parts of a file go.

    Attributes:
        upload_id: what the server calls this upload.
        storage_path: where the file will be.
        urls: for the number of each part that the server lacks, what takes a PUT of it.
        parts: all parts of the file.
    """

    upload_id: str
    storage_path: str
    urls: Mapping[int, str]
    parts: FileParts


CompletedParts: TypeAlias = Sequence[tuple[int, str]]
"""Number and ETag of each part, in order."""

CompleteUpload: TypeAlias = Callable[[str, MultipartTarget, CompletedParts], None]
"""Has the server make one file of the parts; called with the file's name, from a thread."""


@final
class MultipartUpload:
    """One file whose parts are sent; shared by the threads that send them.

    Args:
        entry: the file.
        target: where its parts go.

    Attributes:
        renewals: how often they were to go to another upload.
    """

    def __init__(self, entry: ManifestEntry, target: MultipartTarget) -> None:
        self.entry = entry
        self.target = target
        self.renewals = 0
        self._lock = threading.Lock()
        self._tags = _tags_there(target)
        self._is_taken = False

    @property
    def bytes_there(self) -> int:
        """The bytes of the parts that the server has."""
        return sum(span.length for span in self.target.parts.spans if span.number in self._tags)

    def begin_anew(self, old: MultipartTarget | None, new: MultipartTarget) -> int | None:
        """Send all parts to another upload; ``None`` if they are no longer sent to ``old`` anyway.

        Returns:
            The bytes of parts that were there and will be sent once more.
        """
        with self._lock:
            if old is not self.target:
                return None
            before = self.bytes_there
            self.target, self._tags = new, _tags_there(new)
            self.renewals += 1
            return before - self.bytes_there

    def missing(self) -> Iterator[PartSpan]:
        """The parts that are to be sent."""
        return (span for span in self.target.parts.spans if span.number in self.target.urls)

    def part_entry(self, span: PartSpan) -> ManifestEntry:
        """A part as something to send and to check: the file's name, its own size and MD5."""
        digest = bytes.fromhex(self.target.parts.digests[span.number - 1])
        return ManifestEntry(self.entry.path, b64encode(digest).decode("ascii"), span.length)

    def note(self, target: MultipartTarget | None, number: int, tag: str) -> bool:
        """A part has arrived; ``tag`` is the ETag as it came. Whether that is of any use still."""
        with self._lock:
            is_current = target is self.target
            if is_current:
                self._tags[number] = tag
            return is_current

    def take_completed(self) -> CompletedParts | None:
        """All parts, once there are all: for one caller only."""
        with self._lock:
            if self._is_taken or len(self._tags) < len(self.target.parts.spans):
                return None
            self._is_taken = True
            return sorted(self._tags.items())


def _tags_there(target: MultipartTarget) -> dict[int, str]:
    # The ETag of a part is its MD5; one without a URL is there, from an earlier log.
    return {
        span.number: f'"{digest}"'
        for span, digest in zip(target.parts.spans, target.parts.digests, strict=True)
        if span.number not in target.urls
    }
