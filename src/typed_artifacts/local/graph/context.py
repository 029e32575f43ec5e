"""What one GraphQL request knows: who asks, one view of the data, and what was read already."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import TypeVar

import sqlalchemy as sa

from .. import tables as t
from ..faults import RegistryRefused
from ..ids import local_id
from ..links import Links
from ..rows import Expression, Row, Select
from ..store import Store
from ..visibility import seen_by
from . import loading as load
from . import nodes as n
from .loading import Loader

T = TypeVar("T")
MOST_ITEMS = 100_000


class Context:
    """The context value of an execution. Reads share one snapshot until something is written."""

    def __init__(
        self,
        store: Store,
        viewer: int | None,
        links: Links,
        features: frozenset[str],
        *,
        makes_entities: bool = False,
    ) -> None:
        self.store = store
        self.makes_entities = makes_entities
        self.viewer_key = viewer
        self.links = links
        self.features = features
        self._items = 0
        self._stack = ExitStack()
        self._connection: sa.Connection | None = None
        self.organization: Loader[n.Organization | None] = self._one(
            load.ORGANIZATION, n.Organization
        )
        self.entity: Loader[n.Entity | None] = self._one(load.ENTITY, n.Entity)
        self.user: Loader[n.User | None] = self._one(load.USER, n.User)
        self.project: Loader[n.Project | None] = self._one(load.PROJECT, n.Project)
        self.type: Loader[n.Type | None] = self._one(load.TYPE, n.Type)
        self.collection: Loader[n.Collection | None] = self._one(load.COLLECTION, n.Collection)
        self.version: Loader[n.Version | None] = Loader(self._versions, None)
        self.run: Loader[n.Run | None] = self._one(load.RUN, n.Run)
        # Entities and projects that the request names: whoever may not see them was refused there.
        self.named_entities: set[int] = set()
        self.named_projects: set[int] = set()
        self._seen: Loader[bool] = Loader(self._read_seen, missing=False)
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
            self._connection = self._stack.enter_context(self.store.read())
        return self._connection

    def close(self) -> None:
        """Ends the snapshot."""
        self._connection = None
        self._stack.close()

    def changed(self) -> None:
        """After a write: what was read before may be wrong now."""
        self.close()
        for loader in (
            *(self.organization, self.entity, self.user, self.project, self.type, self.run),
            *(self.collection, self.version, self.version_tags, self.collection_tags),
            *(self.version_aliases, self.membership_aliases),
        ):
            loader.forget()
        self._seen.forget()
        self._collection_aliases.clear()

    def rows(self, statement: Select) -> Sequence[Row]:
        return self.connection.execute(statement).all()

    def spend(self, items: int) -> None:
        """Counts what one request lists: pages inside pages multiply."""
        self._items += items
        if self._items > MOST_ITEMS:
            raise RegistryRefused(
                f"The operation is refused: it lists more than {MOST_ITEMS} items; ask for smaller "
                "pages, or for less in each."
            )

    def viewer(self) -> n.User | None:
        return None if self.viewer_key is None else self.user.get(self.viewer_key)

    def sees(self, project: int | None, batch: Iterable[int] = ()) -> bool:
        """Whether what is in a project may be shown where something else leads to it."""
        if project is None:
            return False
        return project in self.named_projects or self._seen.get(project, batch)

    def seen_projects(self) -> sa.ColumnElement[bool]:
        """The same as a condition on `projects`."""
        p = t.projects.c
        return sa.or_(
            p.id.in_(self.named_projects),
            p.entity_id.in_(self.named_entities),
            seen_by(self.viewer_key),
        )

    def _read_seen(self, keys: Sequence[int]) -> dict[int, bool]:
        p = t.projects.c
        statement = sa.select(p.id).where(p.id.in_(keys), self.seen_projects())
        return dict.fromkeys(self.connection.scalars(statement), True)

    def version_by_id(self, value: str) -> n.Version | None:
        key = local_id("Artifact", value)
        return None if key is None else self.version.get(key)

    def _one(self, columns: tuple[Expression, ...], build: Callable[..., T]) -> Loader[T | None]:
        def read(keys: Sequence[int]) -> dict[int, T | None]:
            rows = self.rows(sa.select(*columns).where(columns[0].in_(keys)))
            return {row[0]: build(*row) for row in rows}

        return Loader(read, None)

    def _versions(self, keys: Iterable[int]) -> dict[int, n.Version | None]:
        """Also by the id of one whose place another took, when both were of the same content."""
        statement = sa.select(*load.VERSION, t.versions.c.same_as)
        found: dict[int, n.Version | None] = {}
        kept: dict[int, int] = {}
        for *row, same in self.rows(statement.where(t.versions.c.id.in_(keys))):
            found[row[0]] = n.Version(*row)
            if same is not None:
                kept[row[0]] = same
        if kept:
            others = self._versions(set(kept.values()))
            found |= {key: others.get(same) for key, same in kept.items()}
        return found

    def _tags(
        self, owner: sa.Column[int], table: sa.Table, keys: Sequence[int]
    ) -> dict[int, list[n.Tag]]:
        statement = (
            sa.select(owner, *load.TAG)
            .join(t.tags, t.tags.c.id == table.c.tag_id)
            .where(owner.in_(keys))
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
        ranked_rows = ranked.where(a.collection_id.in_(keys)).subquery()
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
            .where(owner.in_(keys))
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
