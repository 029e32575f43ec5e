"""Loads the rows of a GraphQL request, each kind for many keys at once."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa
from typing_extensions import override

from ..accounts.permissions import Caller
from ..database import tables as t
from ..database.expressions import is_one_of
from ..database.ids import CursorPart
from ..database.rows import Expression, Select
from ..store import Store
from . import loading as load
from . import nodes as n
from .loading import Loader
from .scope import Scope

T = TypeVar("T")

_VERSION = (*load.VERSION, t.versions.c.same_as)
Location: TypeAlias = tuple[int, n.Membership, tuple[CursorPart, ...]]
"""A membership after its project, and its place in the order of a listing."""


@cache  # made once: to put a statement together takes longer than to run it
def _by_key(columns: tuple[Expression, ...]) -> Select:
    return sa.select(*columns).where(columns[0] == sa.bindparam("this"))


class Loaders(Scope):
    """The rows that a request has loaded; after a write they are loaded again."""

    def __init__(self, store: Store, caller: Caller, *, numbers: bool) -> None:
        """With `numbers`, the number of a version (`v3`) is listed among its aliases."""
        super().__init__(store, caller)
        self._numbers = numbers
        every, within = sa.true, self.within_readable
        self.organization: Loader[n.Organization | None] = self._one(
            load.ORGANIZATION, n.Organization, every
        )
        self.entity: Loader[n.Entity | None] = self._one(load.ENTITY, n.Entity, every)
        self.user: Loader[n.User | None] = self._one(load.USER, n.User, every)
        # A type is only a name: a version that is linked elsewhere shows it there.
        self.type: Loader[n.Type | None] = self._one(load.TYPE, n.Type, every)
        self.project: Loader[n.Project | None] = self._one(
            load.PROJECT, n.Project, self.readable_project
        )
        self.collection: Loader[n.Collection | None] = self._one(
            load.COLLECTION, n.Collection, lambda: within(t.collections.c.project_id)
        )
        self.run: Loader[n.Run | None] = self._one(
            load.RUN, n.Run, lambda: within(t.runs.c.project_id)
        )
        self.version: Loader[n.Version | None] = Loader(self._versions, None)
        self.hidden_collection: Loader[n.Collection | None] = self._one(
            load.COLLECTION, _hidden, every
        )
        self.version_tags: Loader[list[n.Tag]] = Loader(
            lambda keys: self._tags(t.version_tags.c.version_id, t.version_tags, keys), []
        )
        self.collection_tags: Loader[list[n.Tag]] = Loader(
            lambda keys: self._tags(t.collection_tags.c.collection_id, t.collection_tags, keys), []
        )
        self.version_aliases: Loader[list[n.Alias]] = Loader(
            lambda keys: self._aliases(t.memberships.c.version_id, keys), []
        )
        self.version_used: Loader[bool] = Loader(self._used, missing=False)
        #: The memberships of versions that were asked for together, with their projects; `None`
        #: where they are too many to be read together.
        self.version_memberships: dict[int, list[Location] | None] = {}
        self._collection_aliases: dict[int, Loader[list[n.Alias]]] = {}
        self.membership_aliases: Loader[list[n.Alias]] = Loader(
            lambda keys: self._aliases(t.memberships.c.id, keys), []
        )

    @override
    def changed(self) -> None:
        """After a write: what was read before may be wrong now."""
        super().changed()
        for loader in (
            *(self.organization, self.entity, self.user, self.project, self.type, self.run),
            *(self.collection, self.hidden_collection, self.version),
            *(self.version_tags, self.collection_tags),
            *(self.version_aliases, self.membership_aliases, self.version_used),
        ):
            loader.forget()
        self.version_memberships.clear()
        self._collection_aliases.clear()

    def _one(
        self,
        columns: tuple[Expression, ...],
        build: Callable[..., T],
        shown: Callable[[], sa.ColumnElement[bool]],
    ) -> Loader[T | None]:
        def read(keys: Sequence[int]) -> dict[int, T | None]:
            if len(keys) == 1 and self.rights.everything:
                rows = self.rows(_by_key(columns), {"this": keys[0]})
            else:
                rows = self.rows(sa.select(*columns).where(is_one_of(columns[0], keys), shown()))
            return {row[0]: build(*row) for row in rows}

        return Loader(read, None)

    def _used(self, keys: Sequence[int]) -> dict[int, bool]:
        """Which versions a run has used."""
        used = t.run_inputs.c.version_id
        rows = self.rows(sa.select(used).where(is_one_of(used, keys)).distinct())
        return {row[0]: True for row in rows}

    def _versions(self, keys: Sequence[int]) -> dict[int, n.Version | None]:
        """Also by the id of one whose place another took, when both were of the same content."""
        found: dict[int, n.Version | None] = {}
        kept: dict[int, int] = {}
        if len(keys) == 1 and self.rights.everything:
            rows = self.rows(_by_key(_VERSION), {"this": keys[0]})
        else:
            shown = self.readable_version()
            rows = self.rows(sa.select(*_VERSION).where(is_one_of(t.versions.c.id, keys), shown))
        for *row, same in rows:
            found[row[0]] = n.Version(*row)
            if same is not None:
                kept[row[0]] = same
        if kept:
            others = self._versions(list(set(kept.values())))
            found |= {key: others.get(same) for key, same in kept.items()}
        return found

    def _tags(
        self, owner: sa.Column[int], table: sa.Table, keys: Sequence[int]
    ) -> dict[int, list[n.Tag]]:
        statement = (
            sa.select(owner, *load.TAG)
            .join(t.tags, t.tags.c.id == table.c.tag_id)
            .where(is_one_of(owner, keys))
            .order_by(t.tags.c.name, t.tags.c.category)
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
        for key, *row in self.rows(statement):
            found.setdefault(key, []).append(n.Alias(*row))
        load.batched([alias for aliases in found.values() for alias in aliases])
        if self._numbers:
            self._add_numbers(owner, keys, found)
        return found

    def _add_numbers(
        self, owner: sa.Column[int], keys: Sequence[int], found: dict[int, list[n.Alias]]
    ) -> None:
        m = t.memberships.c
        statement = sa.select(owner, m.id, m.collection_id, m.version_index).where(
            is_one_of(owner, keys), self.in_readable(m.collection_id)
        )
        batch: list[n.Alias] = []
        for key, membership, collection, index in self.rows(statement):
            batch.append(n.Alias(-membership, collection, f"v{index}", batch))
            found.setdefault(key, []).append(batch[-1])


def _hidden(*row: Any) -> n.Collection:  # noqa: ANN401  (a row of load.COLLECTION)
    """What is shown of the collection of a version that is seen elsewhere only: its name."""
    collection = n.Collection(*row)
    collection.description, collection.version_count = None, 0
    collection.hidden = True
    return collection
