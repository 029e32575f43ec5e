"""Uploads to signed URLs: received piece by piece, checked, then kept or thrown away.

The target in the URL says what the bytes will be: `file/DIGEST[,DIGEST]` (hex, as announced),
`manifest/DRAFT`, or `run/...` (files of a run that are no artifacts: taken and not kept).
"""

from urllib.parse import unquote

import sqlalchemy as sa

from .blobs import Blob, base64_digest
from .creating import agrees
from .faults import RegistryError, RegistryNotFound, RegistryRefused
from .incoming import IncomingBlob
from .recording import record_blobs
from .service import FAILURES, Reply, Request, Service, failure, problem
from .store import Arrival, Store
from .tables import drafts

PREFIX = "/storage/uploads/"


class Upload:
    """One PUT. `write` takes the pieces, `finish` answers; `close` forgets an unfinished one."""

    def __init__(self, store: Store, target: str) -> None:
        self._store = store
        self._target = target
        self._keep = not target.startswith("run/")
        self._incoming = IncomingBlob(store.blobs)

    def write(self, piece: bytes) -> None:
        if self._keep:
            self._incoming.write(piece)

    def finish(self, last: bytes = b"") -> Reply:
        """Takes the last piece, and keeps the bytes if they are what was announced."""
        try:
            if self._keep:
                self.write(last)
                blob = self._incoming.digests()
                self._check(blob)
                self._incoming.seal(blob)
                self._record(blob)
                return Reply(200, {"etag": f'"{blob.md5}"'})
        except FAILURES as error:
            return failure(error)
        except RegistryError as error:
            return problem(400, str(error))
        finally:
            self.close()
        return Reply(200)

    def close(self) -> None:
        self._incoming.close()

    def _check(self, blob: Blob) -> None:
        kind, _, rest = self._target.partition("/")
        if kind == "file":
            declared = [base64_digest(each) for each in rest.split("/")[0].split(",")]
        else:
            with self._store.read() as connection:
                digest = connection.scalar(
                    sa.select(drafts.c.digest).where(drafts.c.id == int(rest))
                )
            if digest is None:
                raise RegistryNotFound("The version of this manifest is committed or gone.")
            declared = [digest]
        if not agrees(blob, declared):
            raise RegistryRefused(
                f"The upload is not what was announced: its MD5 is {base64_digest(blob.md5)}, "
                f"the digest announced {', '.join(declared)}. Nothing was kept."
            )

    def _record(self, blob: Blob) -> None:
        kind, _, rest = self._target.partition("/")
        if kind == "file":
            self._store.ledger.enter(Arrival(self._incoming, blob, int(rest.split("/")[1])))
            return
        with self._store.write() as connection:
            self._incoming.keep(blob)
            record_blobs(connection, [blob])
            connection.execute(
                sa.update(drafts).where(drafts.c.id == int(rest)).values(blob=blob.md5)
            )


def begin_upload(service: Service, request: Request) -> Upload | Reply:
    """The upload that a signed URL allows, or the refusal. Quick: it asks no disk."""
    refused = service.unsigned("PUT", request)
    if refused is not None:
        return refused
    try:
        return Upload(service.store, unquote(request.path.removeprefix(PREFIX)))
    except FAILURES as error:
        return failure(error)
