"""Files that clients uploaded directly to the object store."""

from collections.abc import Mapping

import sqlalchemy as sa

from ..errors import RegistryRefused
from ..storage.blobs import Blob
from ..storage.direct_access import Found
from ..storage.file_rows import expect_blobs, record_blobs
from ..store import Store
from .pending_versions import blobs_by

_TRIES = 5


def ingest_uploads(store: Store, version: int) -> None:
    """Enters what was uploaded for a PENDING version into the books, once it is in its place.

    Raises:
        RegistryRefused: Something is not what was announced.
        RegistryStorageError: The store refuses.
    """
    uploaded = store.blobs.uploaded(version)
    for _ in range(_TRIES):
        if not uploaded or _are_taken_in(store, version, uploaded):
            store.blobs.forget_uploads(uploaded.values())
            return
    raise RegistryRefused("The files of the version vanish as they come in; commit it again.")


def _are_taken_in(store: Store, version: int, uploaded: Mapping[str, Found]) -> bool:
    with store.read() as connection:
        rows, _ = blobs_by(connection, uploaded)
    store.blobs.look_up(rows.values())
    known = [blob.md5 for blob in rows.values() if store.blobs.intact(blob)]
    sizes = store.blobs.accept(uploaded, known)
    refused = [md5 for md5, size in sizes.items() if size is None]
    if refused:
        store.blobs.forget_uploads(uploaded[md5] for md5 in refused)
        raise RegistryRefused(
            f"The file that was uploaded as {refused[0]} has another MD5. It was removed; "
            "upload it again."
        )
    # No store knows what their XXH128 is.
    new = [Blob(md5, "", size or 0) for md5, size in sizes.items() if md5 not in known]

    def enter(connection: sa.Connection) -> bool:
        still, _ = blobs_by(connection, known)
        if len(still) < len(known):
            return False  # a garbage collection has removed one meanwhile
        record_blobs(connection, new)
        expect_blobs(connection, [(version, md5) for md5 in uploaded])
        return True

    # A blob without a row may have been removed before this row was written.
    return store.change(enter, alone=False) and store.blobs.are_there(new)
