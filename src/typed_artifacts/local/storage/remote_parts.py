"""Multipart uploads to an object store: parts are objects until they are joined.

Clients put them there by signed URLs, so that only the joining goes through the server: somebody
has to read the whole to know its MD5. An upload is found by its id in any process.
"""

import json
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from ..errors import RegistryRefused
from ..json_values import is_object, parsed_json
from .blobs import Blob
from .direct_access import Found
from .incoming import IncomingBlob
from .part_uploads import (
    STALE_SECONDS,
    PartUpload,
    PartUploads,
    is_upload_id,
    read_facts,
    upload_id,
    written_facts,
)
from .remote_blobs import RemoteBlobs

_FOLDER = "uploads"
_FACTS = "upload.json"


class _JoinedBlob(IncomingBlob):
    """The parts as one blob: read once for its digests, and again as it is written."""

    def __init__(self, blobs: RemoteBlobs, parts: Sequence[Found]) -> None:
        super().__init__(blobs)
        self._remote, self._parts = blobs, parts
        for piece in self._pieces():
            self._count(piece)

    def _pieces(self) -> Iterator[bytes]:
        for part in self._parts:
            yield from self._remote.objects.read(part.key, 0, part.size)

    @override
    def seal(self, blob: Blob) -> None:
        if not self._remote.is_there(blob):
            self._remote.write(blob, self._pieces())

    @override
    def keep(self, blob: Blob) -> None:
        self.seal(blob)  # where a garbage collection has taken it away meanwhile


class RemoteParts(PartUploads):
    """The uploads of a registry whose files are in an object store."""

    def __init__(self, blobs: RemoteBlobs) -> None:
        super().__init__(blobs)
        self._remote = blobs

    @override
    def begin(self, user: int, declared: Sequence[str], parts: Sequence[str]) -> PartUpload:
        key = upload_id(user, declared, parts)
        known = self.find(user, key)
        if known is not None and known.md5 is None:
            return known
        upload = PartUpload(key, Path(key), tuple(declared), tuple(parts))
        self._note(upload)
        return upload

    @override
    def find(self, user: int, key: str) -> PartUpload | None:
        text = self._remote.objects.get(f"{_FOLDER}/{key}/{_FACTS}") if is_upload_id(key) else None
        return None if text is None else read_facts(user, key, Path(key), text.decode("ascii"))

    @override
    def stored(self, upload: PartUpload) -> frozenset[int]:
        return frozenset(self._objects(upload))

    def _objects(self, upload: PartUpload) -> dict[int, Found]:
        found = self._remote.objects.listed(f"{_FOLDER}/{upload.id}/")
        names = ((each.key.rpartition("/")[2], each) for each in found)
        return {int(name): each for name, each in names if name.isdigit()}

    @override
    def part_url(self, upload: PartUpload, number: int) -> str | None:
        if not self._remote.objects.signs_parts:
            return None
        return self._remote.objects.signed("PUT", f"{_FOLDER}/{upload.id}/{number}")

    @override
    def take(self, key: str, number: int, incoming: IncomingBlob) -> bool:
        if self._remote.objects.look(f"{_FOLDER}/{key}/{_FACTS}") is None:
            return False
        with incoming.as_file() as path:
            self._remote.objects.put(f"{_FOLDER}/{key}/{number}", path)
        return True

    @override
    def advance(self, user: int, key: str) -> None:
        """Nothing is joined before all parts are there."""

    @override
    @contextmanager
    def joined(self, upload: PartUpload) -> Generator[tuple[IncomingBlob, Blob] | None]:
        join = self._join(upload.id)
        with join.lock:
            incoming = None if join.is_taken else self._read(upload)
            if incoming is None:
                yield None
                return
            try:
                with suppress(FileNotFoundError):  # another process has joined them meanwhile
                    yield incoming, incoming.digests()
                    join.is_taken = True
            finally:
                self._forget(upload.id)

    def _read(self, upload: PartUpload) -> _JoinedBlob | None:
        """All parts, read; None: another process has joined them, or has given them up."""
        objects = self._objects(upload)
        numbers = range(1, len(upload.parts) + 1)
        missing = next((number for number in numbers if number not in objects), None)
        if missing is None:
            with suppress(FileNotFoundError):
                return _JoinedBlob(self._remote, [objects[number] for number in numbers])
        elif self._is_pending(upload):
            raise RegistryRefused(
                f"The upload cannot be completed: part {missing} of {len(upload.parts)} was not "
                "sent."
            )
        return None

    def _is_pending(self, upload: PartUpload) -> bool:
        facts = parsed_json(self._remote.objects.get(f"{_FOLDER}/{upload.id}/{_FACTS}") or b"null")
        return is_object(facts) and facts.get("md5") is None

    @override
    def finish(self, upload: PartUpload, blob: Blob) -> None:
        self._note(replace(upload, md5=blob.md5))
        self._remote.objects.delete([each.key for each in self._objects(upload).values()])

    @override
    def give_up(self, upload: PartUpload) -> None:
        found = self._remote.objects.listed(f"{_FOLDER}/{upload.id}/")
        self._remote.objects.delete([each.key for each in found])

    @override
    def sweep(self, seconds: float = STALE_SECONDS, *, remove: bool = True) -> tuple[int, int]:
        uploads: dict[str, list[Found]] = {}
        for found in self._remote.objects.listed(f"{_FOLDER}/"):
            uploads.setdefault(found.key.split("/")[-2], []).append(found)
        old = time.time() - seconds
        stale = [
            each
            for group in uploads.values()
            if max(found.modified for found in group) < old
            for each in group
        ]
        if remove:
            self._remote.objects.delete([each.key for each in stale])
        return len(stale), sum(each.size for each in stale)

    def _note(self, upload: PartUpload) -> None:
        text = json.dumps(written_facts(upload))
        self._remote.objects.put(f"{_FOLDER}/{upload.id}/{_FACTS}", text.encode("ascii"))
