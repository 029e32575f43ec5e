"""The user of a request, and what that user may read."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from ..accounts.permissions import Caller, Rights, rights_of
from ..accounts.visibility import visible_to
from ..database import tables as t
from ..store import Store
from .loading import Loader
from .reading import Reading


class Scope(Reading):
    """The conditions on what is read: what the viewer may not read does not exist."""

    def __init__(self, store: Store, caller: Caller) -> None:
        super().__init__(store)
        self.viewer_key: int = caller.user
        self._caller = caller
        self._rights: Rights | None = None
        # Entities and projects that the request names: access to them was checked before.
        self.named_entities: set[int] = set()
        self.named_projects: set[int] = set()
        self._visible: Loader[bool] = Loader(self._read_visible, missing=False)

    def changed(self) -> None:
        """After a write: what was read before may be wrong now."""
        self.close()
        self._rights = None
        self._visible.forget()

    @property
    def rights(self) -> Rights:
        """The rights of the viewer."""
        if self._rights is None:
            self._rights = (
                Rights(self._caller.user, everything=True)
                if self._caller.everything
                else rights_of(self.connection, self._caller)
            )
        return self._rights

    def readable_project(self) -> sa.ColumnElement[bool]:
        """The condition for projects that the viewer may read."""
        return self.rights.readable()

    def within_readable(self, project: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The same, given a column with the keys of projects."""
        if self.rights.everything:
            return sa.true()
        return project.in_(sa.select(t.projects.c.id).where(self.rights.readable()))

    def readable_version(self) -> sa.ColumnElement[bool]:
        """The condition for versions in a collection that the viewer may read."""
        if self.rights.everything:
            return sa.true()
        member = t.memberships.alias("readable_memberships")
        linked = sa.select(member.c.id).where(
            member.c.version_id == t.versions.c.id, self.in_readable(member.c.collection_id)
        )
        own = self.in_readable(t.versions.c.sequence_id)
        return sa.or_(own, sa.exists(linked.correlate(t.versions)))

    def in_readable(self, collection: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The condition for collections that the viewer may read, on a column with their keys."""
        if self.rights.everything:
            return sa.true()
        c = t.collections.alias("readable_collections")
        return collection.in_(sa.select(c.c.id).where(self.within_readable(c.c.project_id)))

    def is_readable(self, project: int | None, batch: Iterable[int] = ()) -> bool:
        """Whether what is in a project may be shown where something else leads to it."""
        if project is None:
            return False
        return project in self.named_projects or self._visible.get(project, batch)

    def visible_projects(self) -> sa.ColumnElement[bool]:
        """The same as a condition on `projects`."""
        if not self.rights.everything:
            return self.rights.readable()
        p = t.projects.c
        return sa.or_(
            p.id.in_(self.named_projects),
            p.entity_id.in_(self.named_entities),
            visible_to(self.viewer_key),
        )

    def _read_visible(self, keys: Sequence[int]) -> dict[int, bool]:
        p = t.projects.c
        statement = sa.select(p.id).where(p.id.in_(keys), self.visible_projects())
        return dict.fromkeys(self.connection.scalars(statement), True)
