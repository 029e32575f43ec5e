"""Stores blobs in an object store, under the same names as in a folder: `MD5[:2]/MD5`.

Clients upload to signed URLs of the store itself, to `incoming/VERSION/MD5`: for one version, so
that nobody gets hold of a file of others by naming its digest. When the version is committed, what
came is looked at, and copied to its place within the store.
"""

import hashlib
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from typing_extensions import override

from ..._values.thread_pools import map_in_threads
from ..errors import RegistryRefused
from .blobs import Blob, BlobStore, Signature, damaged
from .direct_access import Found
from .object_store import Objects

T = TypeVar("T")
INCOMING = "incoming"
_AT_ONCE = 16
# For this time, a blob that was found in the store is assumed to exist if it has a row.
_KNOWN_SECONDS = 60.0
_MOST_KNOWN = 200_000


class RemoteBlobs(BlobStore):
    """Blobs in an object store. What comes through the server waits in a temporary folder."""

    is_remote = True

    def __init__(self, url: str) -> None:
        self.objects: Objects = Objects(url)
        self.upload_headers: Sequence[str] = self.objects.upload_headers
        spool = tempfile.mkdtemp(prefix="typed-artifacts-")
        self._removal = weakref.finalize(self, _remove, spool, os.getpid())
        super().__init__(Path(spool), durable=False)
        self._found: dict[str, tuple[int, float]] = {}

    @override
    def has(self, md5: str, size: int) -> bool:
        return self._size(md5) == size

    @override
    def signature(self, md5: str) -> Signature | None:
        size = self._size(md5)
        return None if size is None else (size, 0, 0, 0)

    @override
    def intact(self, blob: Blob, *, own: bool = False) -> Signature | None:
        """By its size, and its MD5 where the store knows it."""
        return (blob.size, 0, 0, 0) if self.has(blob.md5, blob.size) else None

    @override
    def is_still(self, blob: Blob, found: Signature) -> bool:
        return found[0] == blob.size and self.is_there(blob)

    def is_there(self, blob: Blob) -> bool:
        """Asks the store, whatever was found before: another server may have removed it."""
        return self._look(blob.md5) == blob.size

    @override
    def are_there(self, blobs: Iterable[Blob]) -> bool:
        by_md5 = {blob.md5: blob for blob in blobs}
        return all(self.in_parallel(lambda md5: self.is_there(by_md5[md5]), list(by_md5)))

    @override
    def look_up(self, blobs: Iterable[Blob]) -> None:
        old = time.monotonic() - _KNOWN_SECONDS
        wanted = {each.md5 for each in blobs if self._found.get(each.md5, (0, old))[1] <= old}
        if len(wanted) > 1:
            self.in_parallel(self._size, list(wanted))

    def _size(self, md5: str) -> int | None:
        known = self._found.get(md5)
        if known is not None and time.monotonic() - known[1] < _KNOWN_SECONDS:
            return known[0]
        return self._look(md5)

    def _look(self, md5: str) -> int | None:
        """Asks the store. That something is not there is not kept: another server may store it."""
        found = self.objects.look(key_of(md5))
        if found is None or self._recorded_md5(found, md5) not in (None, md5):
            self._found.pop(md5, None)
            return None
        self._note(md5, found.size)
        return found.size

    def _note(self, md5: str, size: int) -> None:
        if len(self._found) >= _MOST_KNOWN:
            self._found.clear()
        self._found[md5] = (size, time.monotonic())

    @override
    def deliver(self, path: str, blob: Blob) -> None:
        self.objects.put(key_of(blob.md5), path)
        self._note(blob.md5, blob.size)

    def write(self, blob: Blob, pieces: Iterable[bytes]) -> None:
        """Stores a blob that comes in pieces: only if these are what it should be.

        Raises:
            RegistryRefused: They are not.
        """
        self.objects.write(key_of(blob.md5), _checked(blob, pieces))
        self._note(blob.md5, blob.size)

    @override
    def place(self, path: str, blob: Blob) -> bool:
        if not self.is_there(blob):  # taken away since it was delivered
            self.deliver(path, blob)
        return False

    @override
    def settle(self, md5s: Iterable[str]) -> None:
        """Nothing: an object store confirms a blob only when it is stored."""

    @override
    def read(self, blob: Blob, start: int, length: int) -> Iterator[bytes]:
        read = 0
        try:
            for piece in self.objects.read(key_of(blob.md5), start, length):
                read += len(piece)
                yield piece
        except FileNotFoundError as error:
            raise damaged(blob.md5) from error
        if read < length:
            raise damaged(blob.md5)

    @override
    def listed(self, shard: str) -> list[tuple[str, int, float]]:
        found = self.objects.listed(f"{shard}/")
        return [(each.key.rpartition("/")[2], each.size, each.modified) for each in found]

    @override
    def content(self, md5: str) -> Iterator[bytes]:
        found = self.objects.look(key_of(md5))
        if found is None:
            raise FileNotFoundError(md5)
        yield from self.objects.read(found.key, 0, found.size)

    @override
    def shards(self) -> list[str]:
        return [f"{number:02x}" for number in range(256)]

    @override
    def remove(self, sizes: Mapping[str, int]) -> dict[str, int | None]:
        self.objects.delete([key_of(md5) for md5 in sizes])
        for md5 in sizes:
            self._found.pop(md5, None)
        return dict(sizes)

    @override
    def download_url(self, md5: str) -> str | None:
        return self.objects.signed("GET", key_of(md5)) if self.objects.signs else None

    @override
    def upload_url(self, version: int, md5: str) -> str | None:
        if not self.objects.signs:
            return None
        return self.objects.signed("PUT", f"{INCOMING}/{version}/{md5}")

    @override
    def uploaded(self, version: int) -> Mapping[str, Found]:
        if not self.objects.signs:
            return {}
        found = self.objects.listed(f"{INCOMING}/{version}/")
        return {each.key.rpartition("/")[2]: each for each in found}

    @override
    def uploaded_before(self, when: float) -> Mapping[int, Sequence[Found]]:
        by_version: dict[int, list[Found]] = {}
        for found in self.objects.listed(f"{INCOMING}/"):
            version = found.key.split("/")[-2]
            if found.modified < when and version.isdecimal():
                by_version.setdefault(int(version), []).append(found)
        return by_version

    @override
    def accept(self, uploaded: Mapping[str, Found], known: Iterable[str]) -> dict[str, int | None]:
        known_md5s = frozenset(known)

        def accepted(md5: str) -> int | None:
            return self._accept(md5, uploaded[md5], known=md5 in known_md5s)

        return dict(zip(uploaded, self.in_parallel(accepted, list(uploaded)), strict=True))

    def _accept(self, md5: str, found: Found, *, known: bool) -> int | None:
        """Looks at it in its place, where no client can write to: the URL is good for a while."""
        if known:
            return found.size if self._is_right(found, md5) else None
        target = key_of(md5)
        self.objects.copy(found.key, target)
        stored = self.objects.look(target)
        if stored is None:
            return None
        if not self._is_right(stored, md5):
            self.objects.delete([target])
            return None
        self._note(md5, stored.size)
        return stored.size

    def _is_right(self, found: Found, md5: str) -> bool:
        """Whether an object is what it should be; read where the store does not say."""
        recorded = self._recorded_md5(found, md5)
        if recorded is not None:
            return recorded == md5
        digest = hashlib.md5(usedforsecurity=False)
        for piece in self.objects.read(found.key, 0, found.size):
            digest.update(piece)
        return digest.hexdigest() == md5

    def _recorded_md5(self, found: Found, md5: str) -> str | None:
        """The MD5 of an object, as its store says it; None where that says nothing of the kind."""
        return found.md5 if found.md5 == md5 or self.objects.tags_are_md5s else None

    @override
    def forget_uploads(self, found: Iterable[Found]) -> None:
        self.objects.delete([each.key for each in found])

    def in_parallel(self, work: Callable[[str], T], keys: Sequence[str]) -> list[T]:
        """Does something with many objects, a few at a time: the store takes its time for each."""
        return map_in_threads(work, keys, min(_AT_ONCE, len(keys)))

    @override
    def close(self) -> None:
        self._removal()


def _remove(spool: str, process: int) -> None:
    """Only in the process that made it, as of a temporary registry."""
    if os.getpid() == process:
        shutil.rmtree(spool, ignore_errors=True)


def _checked(blob: Blob, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces; a store that may have got others since they were looked at is not believed."""
    digest = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        digest.update(piece)
        yield piece
    if digest.hexdigest() != blob.md5:
        raise RegistryRefused(
            "The file cannot be stored: parts of it were replaced meanwhile. Upload it again."
        )


def key_of(md5: str) -> str:
    """The key of a blob's object."""
    return f"{md5[:2]}/{md5}"
