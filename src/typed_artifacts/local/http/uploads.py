"""Uploads to signed URLs: received, checked and stored.

The target in the URL says what the bytes will be:

- `file/DIGEST[,DIGEST]/VERSION`: a file, its digests in hex, as announced for a version.
- `part/MD5/UPLOAD/NUMBER/USER/VERSION`: a part of a file, see `part_uploads`.
- `manifest/DRAFT`: a manifest that was announced.
- `run/...`: a file of a run that is no artifact: taken and not kept.
"""

import shutil
from dataclasses import dataclass
from urllib.parse import unquote

import sqlalchemy as sa

from ..database.tables import drafts, versions
from ..errors import (
    RegistryError,
    RegistryNotFound,
    RegistryRefused,
    RegistryStorageError,
    RegistryTooLarge,
)
from ..messages import FAILURES, Reply, Request, declared_length, failure, problem
from ..service import Service
from ..storage.blobs import Blob, base64_digest
from ..storage.file_rows import record_blobs
from ..storage.incoming import IncomingBlob
from ..store import Arrival, Store
from ..versions.pending_versions import agrees, hex_digest

PREFIX = "/storage/uploads/"
# Errors that refuse an upload.
REFUSALS = (*FAILURES, RegistryError)
# A manifest is read into memory: a million files take a little more.
MOST_MANIFEST_BYTES = 128 << 20
MOST_RUN_FILE_BYTES = 5 << 30
_LONGEST_KEY = 18  # digits
_KINDS = ("file", "manifest", "part")
# For smaller files, a full disk is noticed when they are written.
_LARGE = 1 << 20
_STATE = sa.select(versions.c.state).where(versions.c.id == sa.bindparam("version"))


@dataclass(frozen=True, slots=True)
class Target:
    """What an upload will be. `key` is that of a version, or of the draft of a manifest."""

    kind: str
    digests: tuple[str, ...]
    key: int
    upload: str = ""
    number: int = 0
    user: int = 0


def read_target(text: str) -> Target:
    """The target of a path that was signed, so that it has the right form."""
    kind, *rest = text.split("/")
    if kind == "run":
        return Target(kind, (), 0)
    key = rest[-1] if rest else ""
    if kind not in _KINDS or not key.isdigit() or len(key) > _LONGEST_KEY:
        raise RegistryRefused("The upload URL says nothing that this registry knows.")
    if kind == "part":
        md5, upload, number, user, _ = rest
        return Target(kind, (md5,), int(key), upload, int(number), int(user))
    digests = tuple(rest[0].split(",")) if kind != "manifest" else ()
    return Target(kind, digests, int(key))


class Upload:
    """One PUT. `write` takes the pieces, `finish` answers; `close` forgets an unfinished one."""

    def __init__(self, store: Store, target: Target, most: int) -> None:
        self._store = store
        self._target = target
        self._most = most
        self._size = 0
        self._keep = target.kind != "run"
        self._incoming = IncomingBlob(store.blobs)

    def write(self, piece: bytes) -> None:
        """Takes a piece.

        Raises:
            RegistryError: There are more bytes than allowed, or no version needs them.
        """
        if not self._size and self._target.kind in ("file", "part"):
            self._check_version()
        self._size += len(piece)
        if self._size > self._most:
            raise too_large(self._most)
        if self._keep:
            self._store.check_free_space(len(piece))
            self._incoming.write(piece)

    def finish(self, last: bytes = b"") -> Reply:
        """Takes the last piece, and keeps the bytes if they are what was announced."""
        try:
            if self._keep:
                self.write(last)
                blob = self._incoming.digests()
                self._check(blob)
                if self._target.kind == "part":
                    self._keep_part()
                else:
                    self._incoming.seal(blob)
                    self._record(blob)
                return Reply(200, {"etag": f'"{blob.md5}"'})
        except REFUSALS as error:
            return refusal(error)
        finally:
            self.close()
        return Reply(200)

    def close(self) -> None:
        self._incoming.close()

    def _check_version(self) -> None:
        if not _is_wanted(self._store, self._target.key):
            raise RegistryNotFound("The version that this file was announced for is gone.")

    def _check(self, blob: Blob) -> None:
        if self._target.kind == "manifest":
            with self._store.read() as connection:
                statement = sa.select(drafts.c.digest).where(drafts.c.id == self._target.key)
                digest = connection.scalar(statement)
            if digest is None:
                raise RegistryNotFound("The version of this manifest is committed or gone.")
            declared = [digest]
        else:
            declared = [base64_digest(each) for each in self._target.digests]
        if not agrees(blob, declared):
            raise RegistryRefused(
                f"The upload is not what was announced: its MD5 is {base64_digest(blob.md5)}, "
                f"the digest announced {', '.join(declared)}. Nothing was kept."
            )

    def _keep_part(self) -> None:
        target, uploads = self._target, self._store.uploads
        if not uploads.take(target.upload, target.number, self._incoming):
            raise RegistryNotFound("There is no such upload: it was given up, or never begun.")
        uploads.advance(target.user, target.upload)

    def _record(self, blob: Blob) -> None:
        key = self._target.key
        if self._target.kind == "file":
            self._store.group_commit.enter(Arrival(self._incoming, blob, key))
            return
        with self._store.write(alone=False) as connection:
            self._incoming.keep(blob)
            record_blobs(connection, [blob])
            statement = sa.update(drafts).where(drafts.c.id == key)
            connection.execute(statement.values(blob=blob.md5))


def begin_upload(service: Service, request: Request) -> Upload | Reply:
    """The upload that a signed URL allows, or the refusal. Quick: it asks no database."""
    refused = service.unsigned("PUT", request)
    if refused is not None:
        return refused
    try:
        target = read_target(unquote(request.path.removeprefix(PREFIX)))
        most = _most_bytes(service, target)
        _check_length(service.store, request, most)
        _check_content_md5(target, request)
        return Upload(service.store, target, most)
    except REFUSALS as error:
        return refusal(error)


def refusal(error: Exception) -> Reply:
    """Why an upload is not taken."""
    if isinstance(error, FAILURES):
        return failure(error)
    return problem(404 if isinstance(error, RegistryNotFound) else 400, str(error))


def too_large(most: int) -> RegistryTooLarge:
    """The refusal of an upload that has more bytes than this."""
    return RegistryTooLarge(f"The upload is larger than {most} bytes. Nothing was kept.")


def _most_bytes(service: Service, target: Target) -> int:
    if target.kind == "manifest":
        return MOST_MANIFEST_BYTES
    if target.kind == "run":
        return MOST_RUN_FILE_BYTES
    if target.kind == "part":
        return service.most_put_bytes
    return min(service.most_file_bytes, service.most_put_bytes)


def _check_content_md5(target: Target, request: Request) -> None:
    """Refuses a part that says itself that it is another."""
    given = request.headers.get("content-md5")
    if target.kind == "part" and given and hex_digest(given) not in target.digests:
        raise RegistryRefused("The Content-MD5 is not that of the part that was announced.")


def _check_length(store: Store, request: Request, most: int) -> None:
    """Refuses, before the first byte of it, what cannot be kept."""
    length = declared_length(request)
    if length > most:
        raise too_large(most)
    if length > _LARGE and length > shutil.disk_usage(store.blobs.folder).free:
        raise RegistryStorageError(
            f"The registry cannot store {length} bytes: the disk is full.", full=True
        )


def _is_wanted(store: Store, version: int) -> bool:
    def read(key: int) -> dict[int, bool]:
        with store.read() as connection:
            state = connection.scalar(_STATE, {"version": key})
        return {key: state is not None and state != "DELETED"}

    return bool(store.version_facts.get(version, read))
