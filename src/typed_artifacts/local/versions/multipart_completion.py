"""Joins the parts of an uploaded file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ..errors import RegistryNotFound, RegistryRefused, RegistryTooLarge
from ..storage.blobs import Blob, base64_digest
from ..storage.file_rows import expect_blobs
from ..storage.incoming import IncomingBlob
from ..storage.part_uploads import MOST_PARTS, PartUpload
from ..store import Arrival, Store
from .pending_versions import agrees, stored_blob

_MD5_LENGTH = 32
UPLOADS_FOLDER = "uploads"
STORED = "#stored"
"""Ends the URL of a part that is here already. Who does not know this sends it again: no harm."""


@dataclass(frozen=True, slots=True)
class Completion:
    """Who says that all parts of an upload were sent, and with which ETags."""

    user: int
    version: int
    upload: str
    tags: Mapping[int, str]


def part_digests(name: str, announced: Sequence[tuple[int, str]]) -> list[str]:
    """The MD5 of each part in hex, in order.

    Raises:
        RegistryRefused: the numbers are not 1, 2, 3…, or a digest is none.
    """
    if [number for number, _ in announced] != list(range(1, len(announced) + 1)):
        raise RegistryRefused(f"The parts of {name!r} are not numbered 1, 2, 3 and so on.")
    if len(announced) > MOST_PARTS:
        raise RegistryRefused(f"{name!r} has {len(announced)} parts; {MOST_PARTS} are the most.")
    digests = [digest.lower() for _, digest in announced]
    for number, digest in enumerate(digests, 1):
        if len(digest) != _MD5_LENGTH or set(digest) - set("0123456789abcdef"):
            raise RegistryRefused(f"Part {number} of {name!r} is announced without an MD5 in hex.")
    return digests


def complete_upload(store: Store, completion: Completion, most: int) -> Blob:
    """Joins the parts, and keeps the file for the version.

    Raises:
        RegistryNotFound: there is no such upload.
        RegistryRefused: a part is missing, or an ETag or the whole is not what was announced.
        RegistryTooLarge: the file has more than `most` bytes.
    """
    upload = _found(store, completion)
    if upload.md5 is None:
        _check_tags(upload, completion.tags, own=not store.blobs.is_remote)
        with store.uploads.joined(upload) as joined:
            if joined is not None:
                return _kept(store, completion, upload, *joined, most)
        upload = _found(store, completion)
    return _completed_before(store, completion, upload)


def _found(store: Store, completion: Completion) -> PartUpload:
    upload = store.uploads.find(completion.user, completion.upload)
    if upload is None:
        raise RegistryNotFound(
            "There is no such upload: it was given up, or never begun. Announce the file again."
        )
    return upload


def _kept(
    store: Store,
    completion: Completion,
    upload: PartUpload,
    incoming: IncomingBlob,
    blob: Blob,
    most: int,
) -> Blob:
    """The file, if it is what was announced; otherwise nothing is left of its parts."""
    if blob.size > most:
        store.uploads.give_up(upload)
        raise RegistryTooLarge(f"The file is larger than {most} bytes. Nothing was kept.")
    declared = [base64_digest(each) for each in upload.declared]
    if not agrees(blob, declared):
        store.uploads.give_up(upload)
        raise RegistryRefused(
            f"The parts are not what was announced: the MD5 of the whole is "
            f"{base64_digest(blob.md5)}, the digest announced {', '.join(declared)}. Nothing was "
            "kept."
        )
    incoming.seal(blob)
    store.group_commit.enter(Arrival(incoming, blob, completion.version))
    store.uploads.finish(upload, blob)
    return blob


def _completed_before(store: Store, completion: Completion, upload: PartUpload) -> Blob:
    """The result of an earlier completion of this upload, or of an equal file."""

    def expect(connection: sa.Connection) -> Blob | None:
        blob = stored_blob(connection, upload.md5 or "")
        if blob is None or not store.blobs.has(blob.md5, blob.size):
            return None
        expect_blobs(connection, [(completion.version, blob.md5)])
        return blob

    blob = store.change(expect)
    if blob is None:
        raise RegistryNotFound("What this upload became is gone. Announce the file again.")
    return blob


def _check_tags(upload: PartUpload, tags: Mapping[int, str], *, own: bool) -> None:
    """Refuses what is missing, and what is not of `own` ETags: a store may have others."""
    for number, digest in enumerate(upload.parts, 1):
        tag = tags.get(number)
        if tag is None:
            raise RegistryRefused(
                f"The upload cannot be completed: part {number} of {len(upload.parts)} is not "
                "among those that are said to be sent."
            )
        if own and tag.strip('"') != digest:
            raise RegistryRefused(
                f"The upload cannot be completed: the ETag of part {number} is {digest!r}, and "
                f"not {tag[:80]!r}."
            )
    if len(tags) > len(upload.parts):
        raise RegistryRefused(
            f"The upload cannot be completed: it has {len(upload.parts)} parts, not {len(tags)}."
        )
