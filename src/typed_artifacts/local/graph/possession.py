"""Which files a user may put into a version: those that they can read, or have uploaded for it.

Without this, who knows the digest of a file could put it into a version of their own and read it.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa

from .. import tables as t
from ..blobs import Blob
from ..faults import RegistryRefused
from ..sqlite import is_one_of
from .context import Context

# The kind of draft that says that a file was uploaded for a version.
UPLOADED = "FILE"


def upload_kind(context: Context) -> str:
    """The first word of an upload's target: whether who uploaded what is to be noted."""
    return "file" if context.rights.everything else "own"


def known_blobs(context: Context, found: Mapping[str, Blob]) -> dict[str, Blob]:
    """Those of the blobs, by digest, that the user can read already."""
    if context.rights.everything:
        return dict(found)
    wanted = sorted({blob.md5 for blob in found.values()})
    statement = _readable_files(context).where(is_one_of(t.entries.c.blob, wanted))
    readable = set(context.connection.scalars(statement))
    return {digest: blob for digest, blob in found.items() if blob.md5 in readable}


def blobs_of_manifest(
    context: Context, manifest: int | None, found: Mapping[str, Blob]
) -> dict[str, Blob]:
    """Those of the blobs, by digest, that a manifest lists."""
    if context.rights.everything:
        return dict(found)
    wanted = sorted({blob.md5 for blob in found.values()})
    e = t.entries.c
    listed = sa.select(e.blob).where(e.manifest_id == manifest, is_one_of(e.blob, wanted))
    kept = set(context.connection.scalars(listed))
    return {digest: blob for digest, blob in found.items() if blob.md5 in kept}


@contextmanager
def only_own_files(context: Context, connection: sa.Connection, version: int) -> Generator[None]:
    """Refuses a commit, when it is done, that takes in files of others."""
    if context.rights.everything:
        yield
        return
    d, e = t.drafts.c, t.entries.c
    uploads = sa.select(d.blob).where(d.version_id == version, d.kind == UPLOADED)
    uploaded = set(connection.scalars(uploads))
    yield
    manifest = sa.select(t.versions.c.manifest_id).where(t.versions.c.id == version)
    readable = _readable_files(context).where(t.versions.c.id != version)
    own = t.entries.alias("own")
    statement = sa.select(own.c.path, own.c.blob).where(
        own.c.manifest_id == manifest.scalar_subquery(),
        own.c.blob.is_not(None),
        own.c.blob.not_in(readable.where(e.blob.is_not(None))),
    )
    for path, blob in connection.execute(statement):
        if blob not in uploaded:
            raise RegistryRefused(
                f"The version can not be committed: its file {path!r} was not uploaded."
            )


def _readable_files(context: Context) -> sa.Select[str | None]:
    """The blobs in the versions that the user may read."""
    joined = t.entries.join(t.versions, t.versions.c.manifest_id == t.entries.c.manifest_id)
    return sa.select(t.entries.c.blob).select_from(joined).where(context.readable_version())
