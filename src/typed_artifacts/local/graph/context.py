"""What one GraphQL request knows: who asks, one view of the data, and what was read already."""

import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa

from .. import tables as t
from ..access import Caller, Rights, rights_of
from ..faults import OperationStopped, RegistryRefused
from ..ids import local_id
from ..links import Links
from ..rows import Expression, Row, Select
from ..sqlite import is_one_of, limit_time
from ..store import Store
from . import loading as load
from . import nodes as n
from .filter_keys import Clause, Key
from .filters import compile_filters
from .loading import Loader

T = TypeVar("T")
MOST_ITEMS = 100_000
# How much text one request may read from the database, and how long it may take.
MOST_CHARACTERS = 32 << 20
LONGEST_SECONDS = 30.0
_ROWS_AT_ONCE = 32
# Statements made of a filter longer than this are not kept for the next one.
_KEPT_FILTER = 2000


class Context:
    """The context value of an execution. Reads share one snapshot until something is written."""

    def __init__(
        self, store: Store, caller: Caller, links: Links, features: frozenset[str]
    ) -> None:
        self.store = store
        self.viewer_key = caller.user
        self.links = links
        self.features = features
        self.permitted = False  # whether a mutation has asked for permission, see `written`
        self.deadline = time.monotonic() + LONGEST_SECONDS
        self._end = math.inf  # of the server
        self._caller = caller
        self._rights: Rights | None = None
        self._items = 0
        self._characters = 0
        self._kept = True
        self._stack = ExitStack()
        self._connection: sa.Connection | None = None
        self.organization = self._one(load.ORGANIZATION, n.Organization, sa.true)
        self.entity = self._one(load.ENTITY, n.Entity, sa.true)
        self.user = self._one(load.USER, n.User, sa.true)
        # A type is only a name: a version that is linked elsewhere shows it there.
        self.type = self._one(load.TYPE, n.Type, sa.true)
        self.project = self._one(load.PROJECT, n.Project, self.readable_project)
        within = self.within_readable
        self.collection = self._one(
            load.COLLECTION, n.Collection, lambda: within(t.collections.c.project_id)
        )
        self.run = self._one(load.RUN, n.Run, lambda: within(t.runs.c.project_id))
        self.version = self._one(load.VERSION, n.Version, self.readable_version)
        self.hidden_collection = self._one(load.COLLECTION, _hidden, sa.true)
        self.version_tags: Loader[list[n.Tag]] = Loader(
            lambda keys: self._tags(t.version_tags.c.version_id, t.version_tags, keys), []
        )
        self.collection_tags: Loader[list[n.Tag]] = Loader(
            lambda keys: self._tags(t.collection_tags.c.collection_id, t.collection_tags, keys), []
        )
        self.version_aliases: Loader[list[n.Alias]] = Loader(
            lambda keys: self._aliases(t.memberships.c.version_id, keys), []
        )
        self._collection_aliases: dict[int, Loader[list[n.Alias]]] = {}
        self.membership_aliases: Loader[list[n.Alias]] = Loader(
            lambda keys: self._aliases(t.memberships.c.id, keys), []
        )

    @property
    def connection(self) -> sa.Connection:
        if self._connection is None:
            connection = self._stack.enter_context(self.store.read())
            self._stack.callback(limit_time, connection, None)
            self._connection = connection
            self._limit()
        return self._connection

    @property
    def rights(self) -> Rights:
        """What who asks may do."""
        if self._rights is None:
            self._rights = (
                Rights(self._caller.user, everything=True)
                if self._caller.everything
                else rights_of(self.connection, self._caller)
            )
        return self._rights

    def readable_project(self) -> sa.ColumnElement[bool]:
        """Which projects there are, for who asks."""
        return self.rights.readable()

    def within_readable(self, project: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The same, given a column with the keys of projects."""
        if self.rights.everything:
            return sa.true()
        return project.in_(sa.select(t.projects.c.id).where(self.rights.readable()))

    def readable_version(self) -> sa.ColumnElement[bool]:
        """Which versions there are, for who asks: in some readable collection."""
        if self.rights.everything:
            return sa.true()
        held = t.memberships.alias("readable_memberships")
        linked = sa.select(held.c.id).where(
            held.c.version_id == t.versions.c.id, self.in_readable(held.c.collection_id)
        )
        own = self.in_readable(t.versions.c.sequence_id)
        return sa.or_(own, sa.exists(linked.correlate(t.versions)))

    def in_readable(self, collection: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """Which collections there are, for who asks, given a column with their keys."""
        if self.rights.everything:
            return sa.true()
        c = t.collections.alias("readable_collections")
        return collection.in_(sa.select(c.c.id).where(self.within_readable(c.c.project_id)))

    def end_within(self, seconds: float) -> None:
        """Shortens the time that is left; also asked from another thread."""
        self._end = time.monotonic() + seconds
        self.deadline = min(self.deadline, self._end)
        self._limit()

    @contextmanager
    def unhurried(self) -> Generator[None]:
        """For what has to take its time (a write that waits for its turn): it is not counted."""
        left, self.deadline = self.deadline - time.monotonic(), self._end
        try:
            self._limit()
            yield
        finally:
            self.deadline = min(time.monotonic() + left, self._end)
            self._limit()

    def _limit(self) -> None:
        connection = self._connection
        if connection is not None:
            limit_time(connection, self.deadline)

    def close(self) -> None:
        """Ends the snapshot."""
        self._connection = None
        self._stack.close()

    def changed(self) -> None:
        """After a write: what was read before may be wrong now."""
        self.close()
        self._rights = None
        for loader in (
            *(self.organization, self.entity, self.user, self.project, self.type, self.run),
            *(self.collection, self.hidden_collection, self.version),
            *(self.version_tags, self.collection_tags),
            *(self.version_aliases, self.membership_aliases),
        ):
            loader.forget()
        self._collection_aliases.clear()

    def rows(self, statement: Select) -> Sequence[Row]:
        """All rows; refused where they hold more text than a request may read."""
        found: list[Row] = []
        for part in self.connection.execute(statement).partitions(_ROWS_AT_ONCE):
            found += part
            self._characters += sum(
                [len(each) for row in part for each in row if isinstance(each, str)]
            )
            if self._characters > MOST_CHARACTERS:
                raise OperationStopped(
                    f"it reads more than {MOST_CHARACTERS} characters; ask for smaller pages"
                )
        return found

    def condition(self, filters: str | None, keys: Mapping[str, Key]) -> Clause:
        """What a filter stands for. A statement made of a long one is not kept."""
        if self._kept and filters is not None and len(filters) > _KEPT_FILTER:
            self._kept = False
            self.connection.execution_options(compiled_cache=None)
        return compile_filters(filters, keys)

    def spend(self, items: int) -> None:
        """Counts what one request lists: pages inside pages multiply."""
        self._items += items
        if self._items > MOST_ITEMS:
            raise RegistryRefused(
                f"The operation is refused: it lists more than {MOST_ITEMS} items; ask for smaller "
                "pages, or for less in each."
            )

    def viewer(self) -> n.User | None:
        return self.user.get(self.viewer_key)

    def version_by_id(self, value: str) -> n.Version | None:
        key = local_id("Artifact", value)
        return None if key is None else self.version.get(key)

    def _one(
        self,
        columns: tuple[Expression, ...],
        build: Callable[..., T],
        shown: Callable[[], sa.ColumnElement[bool]],
    ) -> Loader[T | None]:
        def read(keys: Sequence[int]) -> dict[int, T | None]:
            rows = self.rows(sa.select(*columns).where(is_one_of(columns[0], keys), shown()))
            return {row[0]: build(*row) for row in rows}

        return Loader(read, None)

    def _tags(
        self, owner: sa.Column[int], table: sa.Table, keys: Sequence[int]
    ) -> dict[int, list[n.Tag]]:
        statement = (
            sa.select(owner, *load.TAG)
            .join(t.tags, t.tags.c.id == table.c.tag_id)
            .where(is_one_of(owner, keys))
            .order_by(t.tags.c.name)
        )
        found: dict[int, list[n.Tag]] = {}
        for key, *row in self.rows(statement):
            found.setdefault(key, []).append(n.Tag(*row))
        return found

    def collection_aliases(self, limit: int) -> Loader[list[n.Alias]]:
        """The first aliases of collections, so many of each, for all of a page at once."""
        if limit not in self._collection_aliases:
            self._collection_aliases[limit] = Loader(
                lambda keys: self._first_aliases(limit, keys), []
            )
        return self._collection_aliases[limit]

    def _first_aliases(self, limit: int, keys: Sequence[int]) -> dict[int, list[n.Alias]]:
        a = t.aliases.c
        position = sa.func.row_number().over(partition_by=a.collection_id, order_by=a.id)
        ranked = sa.select(*load.ALIAS, position.label("position"))
        ranked_rows = ranked.where(is_one_of(a.collection_id, keys)).subquery()
        statement = (
            sa.select(ranked_rows.c.id, ranked_rows.c.collection_id, ranked_rows.c.alias)
            .where(ranked_rows.c.position <= limit)
            .order_by(ranked_rows.c.id)
        )
        found: dict[int, list[n.Alias]] = {}
        rows = self.rows(statement)
        self.spend(len(rows))
        for row in rows:
            alias = n.Alias(*row)
            found.setdefault(alias.collection_key, []).append(alias)
        return found

    def _aliases(self, owner: sa.Column[int], keys: Sequence[int]) -> dict[int, list[n.Alias]]:
        statement = (
            sa.select(owner, *load.ALIAS)
            .join(t.memberships, t.memberships.c.id == t.aliases.c.membership_id)
            .where(is_one_of(owner, keys), self.in_readable(t.aliases.c.collection_id))
            .order_by(t.aliases.c.id)
        )
        found: dict[int, list[n.Alias]] = {}
        batch: list[n.Alias] = []
        for key, *row in self.rows(statement):
            alias = n.Alias(*row)
            alias.batch = batch
            batch.append(alias)
            found.setdefault(key, []).append(alias)
        return found


def _hidden(*row: Any) -> n.Collection:  # noqa: ANN401  (a row of load.COLLECTION)
    """What is shown of the collection of a version that is seen elsewhere only: its name."""
    collection = n.Collection(*row)
    collection.description, collection.version_count = None, 0
    collection.hidden = True
    return collection
