"""Which files a user may add to a version: readable or uploaded ones.

Without this, who knows the digest of a file could put it into a version of their own and read it.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager

import sqlalchemy as sa

from ..database import tables as t
from ..database.expressions import is_one_of
from ..errors import RegistryRefused
from ..storage.blobs import Blob
from .context import Context


def known_blobs(context: Context, found: Iterable[Blob]) -> dict[str, Blob]:
    """Those of the blobs, by MD5, that the user can read already."""
    by_md5 = {blob.md5: blob for blob in found}
    if context.rights.everything:
        return by_md5
    statement = _readable_files(context).where(is_one_of(t.entries.c.blob, sorted(by_md5)))
    return {md5: by_md5[md5] for md5 in context.connection.scalars(statement) if md5}


def own_blobs(context: Context, found: Iterable[Blob]) -> dict[str, Blob]:
    """The same, and those that were uploaded for versions that the user has yet to commit.

    So a log that was interrupted goes on with the files that it has sent.
    """
    by_md5 = {blob.md5: blob for blob in found}
    known = known_blobs(context, by_md5.values())
    unknown = sorted(by_md5.keys() - known.keys())
    if unknown:
        p, v = t.pending_blobs.c, t.versions.c
        statement = (
            sa.select(p.blob)
            .join(t.versions, v.id == p.version_id)
            .where(
                v.user_id == context.viewer_key, v.state == "PENDING", is_one_of(p.blob, unknown)
            )
        )
        known |= {md5: by_md5[md5] for md5 in context.connection.scalars(statement)}
    return known


@contextmanager
def only_own_files(context: Context, connection: sa.Connection, version: int) -> Generator[None]:
    """Refuses a commit, when it is done, that takes in files of others."""
    if context.rights.everything:
        yield
        return
    p, e = t.pending_blobs.c, t.entries.c
    # What was found stored when it was announced, and could be read; and what was uploaded.
    uploads = sa.select(p.blob).where(p.version_id == version)
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
                f"The version cannot be committed: its file {path!r} was not uploaded."
            )


def _readable_files(context: Context) -> sa.Select[str | None]:
    """The blobs in the versions that the user may read."""
    joined = t.entries.join(t.versions, t.versions.c.manifest_id == t.entries.c.manifest_id)
    return sa.select(t.entries.c.blob).select_from(joined).where(context.readable_version())
