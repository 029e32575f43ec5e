"""Garbage collection: removes what no version needs.

It may run beside everything else, in any process. Each step is a short transaction that looks once
more before it removes, and blobs are put in their place and expected by versions in transactions
too: so what an upload counts on stays. A download that has begun goes on to its end.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from ..database.expressions import is_one_of
from ..database.ids import timestamp
from ..database.tables import blobs, drafts, entries, manifests, pending_blobs, versions
from ..storage.blobs import STALE_SECONDS
from ..store import Store

T = TypeVar("T")
DAY = 24 * 3600.0
_BLOBS_AT_ONCE = 500
_MANIFESTS_AT_ONCE = 20


@dataclass(slots=True)
class Reclaimed:
    """What a garbage collection removed, or would remove.

    Attributes:
        versions: rows of versions that were deleted, or created and never committed.
        manifests: manifests that no version has any more.
        files: stored files, and leftovers of interrupted uploads.
        bytes: the size of these files.
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
        store.database.shrink()
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
        self._sweep()  # first, because it needs no space
        self._change(self._forget_versions, alone=False)
        self._sweep_uploads()
        while self._change(self._forget_manifests):
            pass
        after = ""
        while unused := self._unused(after):
            after = unused[-1]
            sizes = self._change(partial(self._forget_blobs, batch=unused))
            self._change(partial(self._remove_forgotten, sizes=sizes))
        for shard in self._store.blobs.shards():
            # Listed before the transaction: an object store takes its time, and often has none.
            if strays := self._strays(shard):
                self._change(partial(self._remove_strays, sizes=strays))

    def _sweep(self) -> None:
        """Removes what interrupted uploads left behind."""
        seconds = min(self._seconds, STALE_SECONDS)
        files, size = self._store.blobs.sweep(seconds, remove=not self._dry)
        parts, part_bytes = self._store.uploads.sweep(self._seconds, remove=not self._dry)
        self.found.files += files + parts
        self.found.bytes += size + part_bytes

    def _sweep_uploads(self) -> None:
        """Removes what clients put into a store for versions that are not worked on any more.

        As long as one is, however long that takes, they count on what they have sent.
        """
        uploaded = self._store.blobs.uploaded_before(time.time() - STALE_SECONDS)
        v = versions.c
        pending = sa.select(v.id).where(v.state == "PENDING", is_one_of(v.id, list(uploaded)))
        with self._reading() as connection:
            kept = set(connection.scalars(pending) if uploaded else ())
        given_up = [each for key, found in uploaded.items() if key not in kept for each in found]
        if not self._dry:
            self._store.blobs.forget_uploads(given_up)
        self.found.files += len(given_up)
        self.found.bytes += sum(each.size for each in given_up)

    def _change(self, work: Callable[[sa.Connection], T], *, alone: bool = True) -> T:
        return self._store.change(work, freeing=not self._dry, alone=alone)

    def _forget_versions(self, connection: sa.Connection) -> None:
        """Deleted versions hold on to nothing; rows of old ones, and of given up ones, go."""
        v = versions.c
        old = sa.and_(v.state.in_(("DELETED", "PENDING")), v.updated_at < self._before)
        self.found.versions += connection.execute(
            sa.delete(versions).where(v.id.in_(_unlocked(old)))
        ).rowcount
        has_content = sa.or_(v.manifest_id.is_not(None), v.metadata.is_not(None))
        connection.execute(
            sa.update(versions)
            .where(v.id.in_(_unlocked(sa.and_(v.state == "DELETED", has_content))))
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
        with self._reading() as connection:
            return connection.scalars(statement).all()

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        return self._store.write() if self._dry else self._store.read()

    def _forget_blobs(self, connection: sa.Connection, batch: Sequence[str]) -> Mapping[str, int]:
        """Takes blobs that nothing needs out of the books; the sizes of the files that are to go.

        A process that is killed then leaves strays, and no row without its file.
        """
        statement = _UNUSED.add_columns(blobs.c.size).where(blobs.c.md5.in_(batch))
        sizes: dict[str, int] = dict(connection.execute(statement).all())
        if not self._dry:
            connection.execute(sa.delete(blobs).where(blobs.c.md5.in_(sizes)))
        return sizes

    def _remove_forgotten(self, connection: sa.Connection, sizes: Mapping[str, int]) -> None:
        """Removes their files, except those that were uploaded again meanwhile."""
        known = sa.select(blobs.c.md5).where(blobs.c.md5.in_(sizes))
        again: set[str] = set() if self._dry else set(connection.scalars(known))
        self._remove({md5: size for md5, size in sizes.items() if md5 not in again})

    def _strays(self, shard: str) -> Mapping[str, int]:
        """The sizes of files that are in no row: left by a process that was killed in between."""
        old = time.time() - self._seconds
        files = {name: size for name, size, when in self._store.blobs.listed(shard) if when < old}
        within = sa.select(blobs.c.md5).where(blobs.c.md5 >= shard, blobs.c.md5 < shard + "g")
        with self._reading() as connection:
            known = set(connection.scalars(within) if files else ())
        return {name: size for name, size in files.items() if name not in known}

    def _remove_strays(self, connection: sa.Connection, sizes: Mapping[str, int]) -> None:
        """Removes them, except those that got a row meanwhile."""
        known = sa.select(blobs.c.md5).where(is_one_of(blobs.c.md5, list(sizes)))
        again = set(connection.scalars(known))
        self._remove({name: size for name, size in sizes.items() if name not in again})

    def _remove(self, sizes: Mapping[str, int]) -> None:
        """Removes files, and counts them."""
        removed = dict(sizes) if self._dry else self._store.blobs.remove(sizes)
        removed_sizes = [size for size in removed.values() if size is not None]
        self.found.files += len(removed_sizes)
        self.found.bytes += sum(removed_sizes)


def _unlocked(condition: sa.ColumnElement[bool]) -> sa.Select[int]:
    """Versions that are not locked now; the others wait for the next collection."""
    return sa.select(versions.c.id).where(condition).with_for_update(skip_locked=True)


_UNUSED = sa.select(blobs.c.md5).where(
    ~sa.select(entries.c.path).where(entries.c.blob == blobs.c.md5).exists(),
    ~sa.select(manifests.c.id).where(manifests.c.blob == blobs.c.md5).exists(),
    ~sa.select(pending_blobs.c.blob).where(pending_blobs.c.blob == blobs.c.md5).exists(),
    blobs.c.md5.not_in(sa.select(drafts.c.blob).where(drafts.c.blob.is_not(None))),
)
