"""Garbage collection: what no version needs is removed, and its space given back.

It may run beside everything else, in any process. Each step is a short transaction that looks once
more before it removes, and blobs are put in their place and expected by versions in transactions
too: so what an upload counts on stays. A download that has begun goes on to its end.
"""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from .blobs import STALE_SECONDS
from .ids import timestamp
from .store import Store
from .tables import blobs, drafts, entries, manifests, pending_blobs, versions

T = TypeVar("T")
DAY = 24 * 3600.0
_BLOBS_AT_ONCE = 500
_MANIFESTS_AT_ONCE = 20


@dataclass(slots=True)
class Reclaimed:
    """What a garbage collection has removed, or would remove.

    Attributes:
        versions: rows of versions that were deleted, or begun and never committed.
        manifests: manifests that no version has any more.
        files: stored files, and what interrupted uploads left behind.
        bytes: what these files take.
    """

    versions: int = 0
    manifests: int = 0
    files: int = 0
    bytes: int = 0


class _RolledBack(Exception):
    pass


def collect_garbage(store: Store, *, dry_run: bool = False, older_than: float = DAY) -> Reclaimed:
    """Removes what no version needs.

    Args:
        store: where from.
        dry_run: change nothing, only count.
        older_than: seconds; what was begun and not worked on for so long counts as given up.

    Raises:
        RegistryStorageError: the disk or the database refuses.
    """
    collection = _Collection(store, dry_run, older_than)
    if not dry_run:
        collection.run()
        store.database.give_back()
        store.reserve()
        return collection.found
    with suppress(_RolledBack), store.write():
        collection.run()
        raise _RolledBack
    return collection.found


class _Collection:
    def __init__(self, store: Store, dry: bool, older_than: float) -> None:
        self._store = store
        self._dry = dry
        self._seconds = older_than
        self._before = timestamp(datetime.now(UTC) - timedelta(seconds=older_than))
        self.found = Reclaimed()

    def run(self) -> None:
        self._change(self._forget_versions)
        while self._change(self._forget_manifests):
            pass
        after = ""
        while unused := self._unused(after):
            after = unused[-1]
            self._change(partial(self._remove_blobs, batch=unused))
        for shard in sorted(self._store.blobs.folder.glob("[0-9a-f][0-9a-f]")):
            self._change(partial(self._remove_strays, shard=shard))
        seconds = min(self._seconds, STALE_SECONDS)
        files, size = self._store.blobs.sweep(seconds, remove=not self._dry)
        parts, part_bytes = self._store.uploads.sweep(self._seconds, remove=not self._dry)
        self.found.files += files + parts
        self.found.bytes += size + part_bytes

    def _change(self, work: Callable[[sa.Connection], T]) -> T:
        return self._store.change(work, freeing=not self._dry)

    def _forget_versions(self, connection: sa.Connection) -> None:
        """Deleted versions hold on to nothing; rows of old ones, and of given up ones, go."""
        v = versions.c
        old = sa.and_(v.state.in_(("DELETED", "PENDING")), v.updated_at < self._before)
        self.found.versions += connection.execute(sa.delete(versions).where(old)).rowcount
        held = sa.or_(v.manifest_id.is_not(None), v.metadata.is_not(None))
        connection.execute(
            sa.update(versions)
            .where(v.state == "DELETED", held)
            .values(manifest_id=None, metadata=None)
        )

    def _forget_manifests(self, connection: sa.Connection) -> bool:
        """A few manifests without a version, with their entries; whether there were any."""
        used = sa.select(versions.c.id).where(versions.c.manifest_id == manifests.c.id)
        unused = sa.select(manifests.c.id).where(~used.exists()).limit(_MANIFESTS_AT_ONCE)
        keys = connection.scalars(unused).all()
        connection.execute(sa.delete(manifests).where(manifests.c.id.in_(keys)))
        self.found.manifests += len(keys)
        return bool(keys)

    def _unused(self, after: str) -> Sequence[str]:
        """The next blobs that nothing needs, in the order of their digests."""
        statement = _UNUSED.where(blobs.c.md5 > after).order_by(blobs.c.md5).limit(_BLOBS_AT_ONCE)
        with self._store.write() if self._dry else self._store.read() as connection:
            return connection.scalars(statement).all()

    def _remove_blobs(self, connection: sa.Connection, batch: Sequence[str]) -> None:
        unused = connection.scalars(_UNUSED.where(blobs.c.md5.in_(batch))).all()
        gone = [md5 for md5 in unused if self._remove(self._store.blobs.path(md5))]
        connection.execute(sa.delete(blobs).where(blobs.c.md5.in_(gone)))

    def _remove_strays(self, connection: sa.Connection, shard: Path) -> None:
        """Files that are in no row: left by a process that was killed in between."""
        names = [entry.name for entry in os.scandir(shard) if entry.is_file()]
        first, last = shard.name, shard.name + "g"
        within = sa.select(blobs.c.md5).where(blobs.c.md5 >= first, blobs.c.md5 < last)
        known = set(connection.scalars(within))
        for name in names:
            path = shard / name
            if name not in known and self._is_old(path):
                self._remove(path)

    def _is_old(self, path: Path) -> bool:
        try:
            return time.time() - path.stat().st_mtime > self._seconds
        except FileNotFoundError:
            return False

    def _remove(self, path: Path) -> bool:
        """Removes a file, counts it, and says whether it is gone."""
        try:
            size = path.stat().st_size
            if not self._dry:
                path.unlink()
        except FileNotFoundError:
            return True
        except OSError:
            return False  # somebody reads it, on a system that keeps it then: the next time
        self.found.files += 1
        self.found.bytes += size
        return True


_UNUSED = sa.select(blobs.c.md5).where(
    ~sa.select(entries.c.path).where(entries.c.blob == blobs.c.md5).exists(),
    ~sa.select(manifests.c.id).where(manifests.c.blob == blobs.c.md5).exists(),
    ~sa.select(pending_blobs.c.blob).where(pending_blobs.c.blob == blobs.c.md5).exists(),
    blobs.c.md5.not_in(sa.select(drafts.c.blob).where(drafts.c.blob.is_not(None))),
)
