"""Migrates a registry: copies all rows and files from one database and store to others.

Rows keep their ids, so that what names them stays good. Both are written in an order that can be
gone on with: files by their digests, rows by their keys. When all are there, they are compared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa

from ..._values.thread_pools import map_in_threads
from ..database.expressions import insert_unless_there
from ..database.rows import Row
from ..database.tables import access_tokens, metadata, settings
from ..errors import AlreadyMoved, FileDamaged, RegistryError, RegistryRefused
from ..storage.blobs import Blob
from ..storage.file_rows import complete_blobs
from ..storage.incoming import IncomingBlob
from ..store import Store
from .stored_blobs import stored_blobs

_MARK = "moving-from"  # until the end
_DONE = "moved-from"  # from then on
_ROWS_AT_ONCE = 2000
_FILES_AT_ONCE = 8
_FILES_OF_A_STEP = 256
# Tables of the running servers, which are not content of the registry.
_LEFT_OUT = (settings, access_tokens)


@dataclass(slots=True)
class Moved:
    """The result of a migration, which may continue an earlier one.

    Attributes:
        rows: rows written now.
        files: files copied now.
        bytes: the size of these files.
        kept: files that were there already.
        damaged: MD5s of files that are damaged in the source.
    """

    rows: int = 0
    files: int = 0
    bytes: int = 0
    kept: int = 0
    damaged: tuple[str, ...] = ()


def move(source: Store, target: Store, progress: Callable[[Moved], None] | None = None) -> Moved:
    """Copies everything, and compares it. The source is not changed, and must not be written to.

    Args:
        source: Where from.
        target: Where to: an empty registry, or what an earlier move from there has left.
        progress: Is told now and then how far it is.

    Raises:
        AlreadyMoved: The target is the result of an earlier move from there.
        RegistryRefused: The target has something of its own in it.
        RegistryError: The result is not the same: the source was written to in the meantime.
    """
    _begin(source, target)
    moved, completed = Moved(), list[Blob]()
    tell = progress or _silent
    for batch in stored_blobs(source, _FILES_OF_A_STEP):
        completed += _copy_files(source, target, batch, moved)
        tell(moved)
    for table in _tables():
        for count in _copy_rows(source, target, table):
            moved.rows += count
            tell(moved)
    for table in _tables():
        if not _is_equal(source, target, table):
            raise RegistryError(
                f"The rows of {table.name} are not the same: somebody wrote to the registry while "
                "it was moved. Begin again, with an empty target."
            )
    with target.write() as connection:
        for table in _tables():
            if "id" in table.c:
                target.database.numbered(connection, table)
        complete_blobs(connection, completed)
        connection.execute(sa.delete(settings).where(settings.c.name.in_((_MARK, _DONE))))
        done = {"name": _DONE, "value": source.database.shown}
        connection.execute(insert_unless_there(settings).values(done))
    return moved


def refuse_unfinished(store: Store) -> None:
    """Refuses a registry to which a move was begun, and has not come to its end.

    Raises:
        RegistryRefused: it is one, of which nobody should take what is there for all.
    """
    with store.read() as connection:
        mark = _value(connection, _MARK)
    if mark is not None:
        raise RegistryRefused(
            f"The registry in {store.database.shown} is not whole: it is being moved from {mark}. "
            "Run `typed-artifacts registry migrate` again, which goes on with that."
        )


def _value(connection: sa.Connection, name: str) -> str | None:
    return connection.scalar(sa.select(settings.c.value).where(settings.c.name == name))


def _silent(_moved: Moved) -> None:
    """Nobody asked how far it is."""


def _tables() -> list[sa.Table]:
    return [table for table in metadata.sorted_tables if table not in _LEFT_OUT]


def _begin(source: Store, target: Store) -> None:
    """Marks a target that is empty; refuses one that has something else in it."""
    name = source.database.shown
    with target.write() as connection:
        mark = _value(connection, _MARK)
        if mark is None:
            _refuse_filled(connection, name, target.database.shown)
            connection.execute(insert_unless_there(settings).values(name=_MARK, value=name))
        elif mark != name:
            raise RegistryRefused(
                f"The registry in {target.database.shown} is being moved from {mark}; go on with "
                "that, or take another."
            )


def _refuse_filled(connection: sa.Connection, source: str, target: str) -> None:
    """Refuses a target that is whole: with something else in it, or with what was moved to it."""
    for table in _tables():
        if connection.execute(sa.select(sa.literal(1)).select_from(table)).first():
            if _value(connection, _DONE) == source:
                raise AlreadyMoved(
                    f"The registry in {target} is not empty: it was moved from {source} already. "
                    "What was written to either since then is not copied."
                )
            raise RegistryRefused(f"The registry in {target} is not empty: move to a new one.")


def _copy_files(
    source: Store, target: Store, batch: Sequence[Blob], moved: Moved
) -> Sequence[Blob]:
    """Copies some files; those whose XXH128 was not known, as clients had put them into a store."""
    target.blobs.look_up(batch)

    def copied(blob: Blob) -> Blob | bool:
        if target.blobs.intact(blob) is not None:
            return False
        return _copied_file(source, target, blob) or True  # it is damaged

    results = list(zip(batch, map_in_threads(copied, batch, _FILES_AT_ONCE), strict=True))
    new = [found for _, found in results if not isinstance(found, bool)]
    target.blobs.settle(blob.md5 for blob in new)
    moved.files += len(new)
    moved.bytes += sum(blob.size for blob in new)
    moved.kept += sum(found is False for _, found in results)
    moved.damaged += tuple(blob.md5 for blob, found in results if found is True)
    unknown = {blob.md5 for blob in batch if not blob.xxh128}
    return [blob for blob in new if blob.md5 in unknown]


def _copied_file(source: Store, target: Store, blob: Blob) -> Blob | None:
    """Copies a file if it is what it should be, by its MD5; what it is then."""
    try:
        with IncomingBlob(target.blobs) as incoming:
            for piece in source.blobs.read(blob, 0, blob.size):
                incoming.write(piece)
            actual = incoming.digests()
            if actual.md5 != blob.md5:
                return None
            incoming.seal(actual)
            incoming.keep(actual)
    except FileDamaged:
        return None
    return actual


def _copy_rows(source: Store, target: Store, table: sa.Table) -> Iterator[int]:
    """Writes the rows that follow the last one that is there, some at a time: how many."""
    last = _last(target, table)
    while True:
        with source.read() as connection:
            rows = connection.execute(_after(table, last).limit(_ROWS_AT_ONCE)).mappings().all()
        if not rows:
            return
        values: list[dict[str, Any]] = [dict(row) for row in rows]
        with target.write() as connection:
            connection.execute(sa.insert(table), values)
        last = _key(table, rows[-1])
        yield len(rows)


def _last(store: Store, table: sa.Table) -> tuple[object, ...] | None:
    keys = table.primary_key.columns
    with store.read() as connection:
        row = connection.execute(
            sa.select(*keys).order_by(*(key.desc() for key in keys)).limit(1)
        ).first()
    return None if row is None else tuple(row)


def _key(table: sa.Table, row: Mapping[Any, Any]) -> tuple[object, ...]:
    return tuple(row[key.name] for key in table.primary_key.columns)


def _after(table: sa.Table, last: tuple[object, ...] | None) -> sa.Select[*tuple[Any, ...]]:
    """The rows of a table after a key, in the order of their keys."""
    keys = list(table.primary_key.columns)
    statement = sa.select(table).order_by(*keys)
    if last is None:
        return statement
    if len(keys) == 1:
        return statement.where(keys[0] > last[0])
    values = [sa.literal(value, key.type) for key, value in zip(keys, last, strict=True)]
    return statement.where(sa.tuple_(*keys) > sa.tuple_(*values))


def _is_equal(source: Store, target: Store, table: sa.Table) -> bool:
    """Whether both have the same rows, compared one by one."""
    source_rows, target_rows = _all_rows(source, table), _all_rows(target, table)
    return all(row == other for row, other in zip_longest(source_rows, target_rows))


def _all_rows(store: Store, table: sa.Table) -> Iterator[Row]:
    last: tuple[object, ...] | None = None
    while True:
        with store.read() as connection:
            rows = connection.execute(_after(table, last).limit(_ROWS_AT_ONCE)).all()
        if not rows:
            return
        yield from rows
        last = _key(table, rows[-1]._mapping)  # noqa: SLF001 - SQLAlchemy's name for the public view
