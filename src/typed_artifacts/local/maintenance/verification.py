"""Verifies a registry: each row, and each byte on the disk."""

import hashlib
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
import xxhash

from ..database.tables import blobs, collections, entities, entries, manifests, projects, versions
from ..storage.blobs import Blob
from ..storage.incoming import put_bytes
from ..storage.manifests import Entry, write_manifest
from ..store import Store
from .row_verification import check_collections, check_manifests
from .stored_blobs import stored_blobs

_BLOBS_AT_ONCE = 200


@dataclass(slots=True)
class Verified:
    """The result of a verification.

    Attributes:
        files: the number of stored files that were read.
        bytes: their size.
        repaired: the problems that were repaired, one sentence each.
        wrong: the remaining problems, one sentence each.
    """

    files: int = 0
    bytes: int = 0
    repaired: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])

    def add(self, text: str, *, repaired: bool) -> None:
        """Notes something that is, or was, wrong."""
        (self.repaired if repaired else self.wrong).append(text)


def verify(store: Store, *, repair: bool = False) -> Verified:
    """Reads every file and compares every row; takes as long as the disk needs.

    Args:
        store: what to look at. It may be in use meanwhile.
        repair: mend what can be derived from the rest: counts, sizes, digests, rows of entries.
            The content of a file cannot be: log the same content again, or take it from a backup.

    Raises:
        RegistryStorageError: the disk or the database refuses.
    """
    found = Verified()
    with store.read() as connection:
        for problem in store.database.problems_of(connection):
            text = f"The database is damaged: {problem}. Put it back from a backup."
            found.add(text, repaired=False)
        if found.wrong:
            return found  # further checks of a damaged database would mean nothing
        for problem in store.database.lost_rows(connection):
            found.add(f"The database is not whole: {problem}.", repaired=False)
    for batch in stored_blobs(store, _BLOBS_AT_ONCE):
        for blob in batch:
            _check_blob(store, blob, found, repair=repair)
    for check in (check_manifests, check_collections):
        for text, mend in check(store):
            if repair and mend is not None:
                store.change(mend)
            found.add(text, repaired=repair and mend is not None)
    return found


def _check_blob(store: Store, blob: Blob, found: Verified, *, repair: bool) -> None:
    actual = _on_disk(store, blob.md5)
    found.files += 1
    found.bytes += 0 if actual is None else actual.size
    # The XXH128 of a file that a client put into an object store is not computed at first.
    expected = blob if blob.xxh128 or actual is None else replace(blob, xxh128=actual.xxh128)
    if actual == expected:
        return
    with store.read() as connection:
        if connection.scalar(sa.select(blobs.c.md5).where(blobs.c.md5 == blob.md5)) is None:
            return  # deleted, and removed by a garbage collection, meanwhile
        uses = _uses(connection, blob.md5)
    if actual is not None and actual.md5 == blob.md5:
        if repair:
            values = {"xxh128": actual.xxh128, "size": actual.size}
            statement = sa.update(blobs).where(blobs.c.md5 == blob.md5).values(**values)
            store.change(lambda connection: connection.execute(statement))
        found.add(f"The size or XXH128 noted of the file {blob.md5} is wrong.", repaired=repair)
        return
    damage = "is missing" if actual is None else "is damaged"
    if not uses:
        if actual is None and store.blobs.is_remote:
            return  # left by a garbage collection of an earlier release that was killed
        if repair:
            store.change(
                lambda connection: connection.execute(
                    sa.delete(blobs).where(blobs.c.md5 == blob.md5)
                )
            )
        found.add(f"The stored file {blob.md5} {damage}; no version has it.", repaired=repair)
        return
    mended = repair and _rewritten(store, blob.md5)
    advice = "" if mended else " Log this content again, or take it from a backup."
    text = f"The stored file {blob.md5} {damage}. It is {', '.join(uses)}.{advice}"
    found.add(text, repaired=mended)


def _on_disk(store: Store, md5: str) -> Blob | None:
    """What a file really is; None if it cannot be read."""
    hashers = hashlib.md5(usedforsecurity=False), xxhash.xxh128()
    size = 0
    try:
        for chunk in store.blobs.content(md5):
            size += len(chunk)
            for hasher in hashers:
                hasher.update(chunk)
    except OSError:
        return None
    return Blob(hashers[0].hexdigest(), hashers[1].hexdigest(), size)


def _uses(connection: sa.Connection, md5: str) -> list[str]:
    """The first few files of versions, or manifests, that a blob is."""
    location = (
        sa.select(entities.c.name, projects.c.name, collections.c.name, versions.c.version_index)
        .select_from(versions)
        .join(collections, collections.c.id == versions.c.sequence_id)
        .join(projects, projects.c.id == collections.c.project_id)
        .join(entities, entities.c.id == projects.c.entity_id)
        .where(versions.c.state == "COMMITTED")
        .limit(3)
    )
    as_file = location.add_columns(entries.c.path).join(
        entries, entries.c.manifest_id == versions.c.manifest_id
    )
    as_manifest = location.add_columns(sa.literal("")).join(
        manifests, manifests.c.id == versions.c.manifest_id
    )
    rows = [
        *connection.execute(as_file.where(entries.c.blob == md5)),
        *connection.execute(as_manifest.where(manifests.c.blob == md5)),
    ]
    return [
        f"{f'{path!r}' if path else 'the manifest'} of {entity}/{project}/{name}:v{index}"
        for entity, project, name, index, path in rows
    ]


def _rewritten(store: Store, md5: str) -> bool:
    """Writes a manifest again from its rows, if that gives the same bytes."""
    e = entries.c
    with store.write() as connection:
        rows = connection.execute(
            sa.select(e.path, e.digest, e.size)
            .join(manifests, manifests.c.id == e.manifest_id)
            .where(manifests.c.blob == md5)
        )
        data = write_manifest([Entry(path, digest, size) for path, digest, size in rows])
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != md5:
            return False
        put_bytes(store.blobs, data)
        store.blobs.settle([md5])
        return True
