"""The context of a page request: the user, and what the user may read."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import parse_qs

from ..accounts.permissions import Caller
from ..errors import RegistryNotFound
from ..features import FEATURES
from ..graph import nodes as n
from ..graph.context import Context
from ..graph.finding import collection_named
from ..graph.paging import Connection, PageArguments
from ..graph.reads_roots import entity_by_name, project
from ..messages import Request
from ..service import Service
from ..storage.signed_urls import Links
from . import addresses
from .rendering import Link

T = TypeVar("T")
PER_PAGE = 50
_MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a listing goes on. An empty address: it does not."""

    total: int
    first: str
    next: str


class PageRequest:
    """A request for a page, and the data as its user sees it."""

    def __init__(self, service: Service, request: Request, caller: Caller) -> None:
        self.request = request
        self.context: Context = Context(service.store, caller, Links("", b""), frozenset(FEATURES))

    @property
    def user(self) -> str:
        found = self.context.viewer()
        return found.username if found else ""

    @cached_property
    def query(self) -> dict[str, str]:
        """The fields of the address; of one that is given twice, the last."""
        try:
            found = parse_qs(self.request.query, max_num_fields=_MOST_FIELDS)
        except ValueError:
            return {}
        return {name: values[-1] for name, values in found.items()}

    def page(self, name: str = "after") -> PageArguments:
        """Which page of a listing is asked for; `name` is the field with its cursor."""
        return PageArguments(PER_PAGE, self.query.get(name))

    def pager(self, found: Connection[T], name: str = "after") -> Pager:
        """The way from a page of a listing to the next one, and to the first."""
        # A browser takes a path that begins with two slashes for the address of another server.
        path = f"/{self.request.path.lstrip('/')}"
        more = found.has_next_page and found.end_cursor
        next_ = f"{path}?{name}={found.end_cursor}" if more else ""
        return Pager(found.total_count, path if self.query.get(name) else "", next_)

    def entity(self, name: str) -> n.Entity:
        found = entity_by_name(self.context, name)
        if found is None:
            raise RegistryNotFound(
                f"There is no user or team {name!r} here, or you may not see it."
            )
        return found

    def project(self, entity: str, name: str) -> n.Project:
        found = project(None, self.context, entity, name)
        if found is None:
            raise RegistryNotFound(
                f"There is no project {entity}/{name} here, or you may not see it."
            )
        return found

    def collection(self, project: n.Project, name: str) -> n.Collection:
        found = collection_named(self.context, project.key, name)
        if found is None:
            raise RegistryNotFound(f"There is no collection {name!r} in this project.")
        return found

    def type_name(self, collection: n.Collection) -> str:
        """The name of a collection's type."""
        keys = [each.type_key for each in collection.batch]
        found = self.context.type.get(collection.type_key, keys)
        return found.name if found else ""

    def path_of(self, project_key: int) -> tuple[str, str] | None:
        """Entity and name of a project; None if the viewer may not see it."""
        found = self.context.project.get(project_key)
        entity = None if found is None else self.context.entity.get(found.entity_key)
        return None if found is None or entity is None else (entity.name, found.name)

    def version_link(self, version: n.Version) -> Link:
        """A version by the collection that it was made in; no address where that is not shown."""
        keys = [each.sequence_key for each in version.batch]
        collection = self.context.collection.get(version.sequence_key, keys)
        shown = collection or self.context.hidden_collection.get(version.sequence_key)
        number = f"v{version.version_index}"
        name = f"{shown.name if shown else ''}:{number}"
        path = None if collection is None else self.path_of(collection.project_key)
        if collection is None or path is None:
            return Link(name)
        kind = self.type_name(collection)
        return Link(name, addresses.version_address(*path, kind, collection.name, number))

    def run_link(self, run: n.Run) -> Link:
        """A run by its name."""
        path = self.path_of(run.project_key)
        text = run.display_name or run.name
        return Link(text) if path is None else Link(text, addresses.run_address(*path, run.name))
