"""Lists the blobs of a registry, as its rows have them."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from ..database.tables import blobs
from ..storage.blobs import Blob
from ..store import Store


def stored_blobs(store: Store, at_once: int) -> Iterator[Sequence[Blob]]:
    """All blobs in the order of their MD5s, so many at a time, each time in a new transaction."""
    statement = sa.select(blobs.c.md5, blobs.c.xxh128, blobs.c.size).order_by(blobs.c.md5)
    after = ""
    while True:
        with store.read() as connection:
            rows = connection.execute(statement.where(blobs.c.md5 > after).limit(at_once)).all()
        if not rows:
            return
        yield [Blob(*row) for row in rows]
        after = rows[-1].md5
