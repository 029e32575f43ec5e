"""Versions that are not committed yet: their announced manifests and files."""

import binascii
from base64 import b64decode
from collections.abc import Iterable

import sqlalchemy as sa

from ..accounts.accounts import inserted
from ..database.tables import blobs, drafts, versions
from ..errors import RegistryNotFound
from ..storage.blobs import Blob
from .memberships import find_membership

_CHUNK = 500
# Made once: to put a statement together takes longer than to run it.
_STORED_BLOBS = [
    sa.select(column, blobs.c.md5, blobs.c.xxh128, blobs.c.size).where(
        column.in_(sa.bindparam("wanted", expanding=True))
    )
    for column in (blobs.c.md5, blobs.c.xxh128)
]


def hex_digest(base64_text: str) -> str | None:
    """A base64 digest of 16 bytes (MD5 or XXH128) in hex; None if it is invalid."""
    try:
        raw = b64decode(base64_text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == 16 else None


def agrees(blob: Blob, declared: Iterable[str]) -> bool:
    """Whether a blob is what was announced: each base64 digest is its MD5 or its XXH128."""
    return all(hex_digest(each) in (blob.md5, blob.xxh128) for each in declared if each)


def blobs_by(
    connection: sa.Connection, digests: Iterable[str]
) -> tuple[dict[str, Blob], dict[str, Blob]]:
    """The blobs we have, by their MD5, and of the other digests those by their XXH128; in hex.

    Anybody can make a content of a given XXH128: it must not stand for an MD5 that looks the same.
    """
    wanted = list(dict.fromkeys(digests))
    found: tuple[dict[str, Blob], dict[str, Blob]] = {}, {}
    for statement, known in zip(_STORED_BLOBS, found, strict=True):
        for start in range(0, len(wanted), _CHUNK):
            part = {"wanted": wanted[start : start + _CHUNK]}
            for key, *row in connection.execute(statement, part):
                blob = Blob(*row)
                known[blob.md5 if key == blob.md5 else blob.xxh128] = blob
        wanted = [digest for digest in wanted if digest not in known]
    return found


def stored_blob(connection: sa.Connection, digest: str) -> Blob | None:
    """The blob with an MD5, or else an XXH128, in hex."""
    by_md5, by_xxh128 = blobs_by(connection, [digest])
    return by_md5.get(digest) or by_xxh128.get(digest)


def announce_manifest(
    connection: sa.Connection, version: int, kind: str, name: str, digest: str, base: int | None
) -> int:
    """A manifest that will be uploaded; a FULL one replaces what was announced before."""
    if kind == "FULL":
        known = sa.select(drafts.c.id).where(drafts.c.version_id == version, drafts.c.kind == kind)
        found: int | None = connection.scalar(known)
        if found is not None:
            # Uploads for an earlier digest no longer count.
            kept = sa.case((drafts.c.digest.in_((digest, "")), drafts.c.blob), else_=None)
            values = {"name": name, "digest": digest, "base_id": base, "blob": kept}
            connection.execute(sa.update(drafts).where(drafts.c.id == found).values(**values))
            return found
    row = {"version_id": version, "kind": kind, "name": name, "digest": digest, "base_id": base}
    return inserted(connection, drafts, **row)


def pending_version(connection: sa.Connection, key: int) -> str:
    """The state of a version, which must not be deleted."""
    state: str | None = connection.scalar(sa.select(versions.c.state).where(versions.c.id == key))
    if state is None or state == "DELETED":
        raise RegistryNotFound("There is no such artifact version, or it was deleted.")
    return state


def membership_in(connection: sa.Connection, collection: int, version: int, name: str) -> int:
    """The membership of a version in a collection, or an error that says it is not there."""
    found = find_membership(connection, collection, version)
    if found is None:
        raise RegistryNotFound(f"The artifact version is not in the collection {name!r}.")
    return found
