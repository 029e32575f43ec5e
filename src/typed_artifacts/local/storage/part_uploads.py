"""Multipart uploads to a folder: parts are files until they are joined.

An upload is a folder below `files/uploads`, named after what will be stored and who sends it: who
announces the same file again goes on with the parts that are there. What is joined so far is read
only once: the parts that follow one another are joined as they come, so that little is left to do
when the last has come. Garbage collection removes uploads without recent activity.
"""

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import RegistryRefused, RegistryStorageError
from ..json_values import is_array, is_object, parsed_json
from .blobs import CHUNK, Blob, BlobStore, disk_errors
from .incoming import IncomingBlob

STALE_SECONDS = 24 * 3600.0
MOST_PARTS = 10_000
_ID_LENGTH = 32
_FACTS = "upload.json"
# The number of uploads whose joining state is kept; joining starts again for the others.
_MOST_JOINED = 16
# Parts that are not joined yet: the next part's request helps to join them, and waits.
_MOST_BEHIND = 4


@dataclass(frozen=True, slots=True)
class PartUpload:
    """What was announced: the digests of the whole in hex, the MD5 of each part in hex."""

    id: str
    folder: Path
    declared: tuple[str, ...]
    parts: tuple[str, ...]
    md5: str | None = None
    """Of the file that the parts were joined to."""

    def part(self, number: int) -> Path:
        return self.folder / str(number)


class _Join:
    """The parts of an upload on their way into one file."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self.lock = threading.Lock()
        self.incoming = IncomingBlob(blobs)
        self.joined = 0
        self.is_taken = False

    def begin_anew(self) -> None:
        self.incoming.close()
        self.incoming, self.joined = IncomingBlob(self._blobs), 0

    def advance(self, upload: PartUpload) -> None:
        """Joins the parts that follow, as far as they are here."""
        while not self.is_taken and self.joined < len(upload.parts):
            try:
                part = upload.part(self.joined + 1).open("rb", buffering=0)
            except FileNotFoundError:
                return
            with part:
                while chunk := part.read(CHUNK):
                    self.incoming.write(chunk)
            self.joined += 1


class PartUploads:
    """The uploads of a registry; for all threads of one process."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self.folder: Path = blobs.folder / "uploads"
        self._lock = threading.Lock()
        self._joins: dict[str, _Join] = {}

    def begin(self, user: int, declared: Sequence[str], parts: Sequence[str]) -> PartUpload:
        """The upload of a file: a new one, or the one that was begun before."""
        key = upload_id(user, declared, parts)
        known = self.find(user, key)
        if known is not None and known.md5 is None:
            os.utime(known.folder)
            return known
        folder = self.folder / key
        upload = PartUpload(key, folder, tuple(declared), tuple(parts))
        with disk_errors():
            folder.mkdir(parents=True, exist_ok=True)
            _write(upload)
        return upload

    def find(self, user: int, key: str) -> PartUpload | None:
        """An upload of this user, by its id."""
        if not is_upload_id(key):
            return None
        folder = self.folder / key
        try:
            return read_facts(user, key, folder, (folder / _FACTS).read_text("ascii"))
        except (OSError, ValueError):
            return None

    def stored(self, upload: PartUpload) -> frozenset[int]:
        """The numbers of the parts that are here."""
        with suppress(OSError):
            names = [path.name for path in upload.folder.iterdir()]
            return frozenset(int(name) for name in names if name.isdigit())
        return frozenset()

    def part_url(self, _upload: PartUpload, _number: int) -> str | None:
        """Where a client puts a part itself; None: it sends it to the server."""
        return None

    def take(self, key: str, number: int, incoming: IncomingBlob) -> bool:
        """Keeps a part that was checked; whether the upload is still there."""
        folder = self.folder / key
        facts = folder / _FACTS
        if not facts.exists():
            return False
        incoming.move(folder / str(number))
        return True

    def advance(self, user: int, key: str) -> None:
        """Joins what can be joined by now, unless another thread is about it."""
        upload = self.find(user, key)
        if upload is None or upload.md5 is not None:
            return
        join = self._join(key)
        behind = len(self.stored(upload)) - join.joined
        if not join.lock.acquire(blocking=behind > _MOST_BEHIND):
            return
        try:
            join.advance(upload)
        except (RegistryStorageError, OSError):
            self._forget(key)  # the completion says what is wrong
        finally:
            join.lock.release()

    @contextmanager
    def joined(self, upload: PartUpload) -> Generator[tuple[IncomingBlob, Blob] | None]:
        """All parts as one file, still to be checked and kept; None: another thread has done that.

        Raises:
            RegistryRefused: a part is missing.
        """
        join = self._join(upload.id)
        with join.lock:
            if join.is_taken:
                yield None
                return
            if join.joined and not join.incoming.exists():  # removed as a stale one
                join.begin_anew()
            with disk_errors():
                join.advance(upload)
            if join.joined < len(upload.parts):
                if self._is_joined(upload):
                    self._forget(upload.id)
                    yield None
                    return
                raise RegistryRefused(
                    f"The upload cannot be completed: part {join.joined + 1} of "
                    f"{len(upload.parts)} was not sent."
                )
            join.is_taken = True
            try:
                yield join.incoming, join.incoming.digests()
            finally:
                self._forget(upload.id)

    def _is_joined(self, upload: PartUpload) -> bool:
        """Whether its parts were joined, and removed, since it was found."""
        with suppress(OSError):
            facts = parsed_json((upload.folder / _FACTS).read_text("ascii"))
            return is_object(facts) and isinstance(facts.get("md5"), str)
        return False

    def finish(self, upload: PartUpload, blob: Blob) -> None:
        """Removes the parts, and notes what became of them: the same may be asked again."""
        with suppress(OSError):
            _write(PartUpload(upload.id, upload.folder, upload.declared, upload.parts, blob.md5))
            for number in self.stored(upload):
                upload.part(number).unlink(missing_ok=True)

    def give_up(self, upload: PartUpload) -> None:
        """Removes an upload whose parts are not what was announced."""
        shutil.rmtree(upload.folder, ignore_errors=True)

    def sweep(self, seconds: float = STALE_SECONDS, *, remove: bool = True) -> tuple[int, int]:
        """Remove uploads without activity for so long; returns the number of files and bytes."""
        files = size = 0
        folders = list(self.folder.iterdir()) if self.folder.is_dir() else []
        for folder in folders:
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime <= seconds:
                    continue
                found = [path.stat().st_size for path in folder.iterdir()]
                if remove:
                    self._forget(folder.name)
                    shutil.rmtree(folder)
                files, size = files + len(found), size + sum(found)
        return files, size

    def close(self) -> None:
        """Removes what was joined and not completed; the parts stay."""
        for key in list(self._joins):
            self._forget(key)

    def _join(self, key: str) -> _Join:
        with self._lock:
            join = self._joins.get(key)
            if join is None:
                # The upload that was started first is most likely to be abandoned.
                idle = [key for key, each in self._joins.items() if not each.lock.locked()]
                if len(self._joins) >= _MOST_JOINED and idle:
                    self._joins.pop(idle[0]).incoming.close()
                join = self._joins[key] = _Join(self._blobs)
            return join

    def _forget(self, key: str) -> None:
        with self._lock:
            join = self._joins.pop(key, None)
        if join is not None:
            join.incoming.close()


def is_upload_id(key: str) -> bool:
    """Whether a text can be the id of an upload."""
    return len(key) == _ID_LENGTH and key.isalnum() and key.isascii()


def read_facts(user: int, key: str, folder: Path, text: str) -> PartUpload | None:
    """What was noted of an upload, if it is this one of this user."""
    facts = parsed_json(text)
    if not is_object(facts):
        return None
    declared, parts = _texts(facts.get("declared")), _texts(facts.get("parts"))
    if upload_id(user, declared, parts) != key:
        return None
    md5 = facts.get("md5")
    return PartUpload(key, folder, declared, parts, md5 if isinstance(md5, str) else None)


def upload_id(user: int, declared: Sequence[str], parts: Sequence[str]) -> str:
    """The same for the same file of the same user, in any process."""
    text = json.dumps([user, list(declared), list(parts)])
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH]


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if is_array(value) else ()


def written_facts(upload: PartUpload) -> dict[str, object]:
    """What is noted of an upload, for `read_facts`."""
    return {"declared": upload.declared, "parts": upload.parts, "md5": upload.md5}


def _write(upload: PartUpload) -> None:
    new = upload.folder / f".{os.getpid()}-{threading.get_ident()}"
    new.write_text(json.dumps(written_facts(upload)), "ascii")
    new.replace(upload.folder / _FACTS)
