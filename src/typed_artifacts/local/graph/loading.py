"""Loads nodes in batches, for fields that lead to other objects."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from ..database import tables as t
from . import nodes as n

T = TypeVar("T")
NodeT = TypeVar("NodeT", n.Collection, n.Version, n.Membership, n.Alias)

ORGANIZATION = (t.organizations.c.id, t.organizations.c.name)
ENTITY = (
    t.entities.c.id,
    t.entities.c.name,
    t.entities.c.kind,
    t.entities.c.organization_id,
    t.entities.c.created_at,
)
USER = (
    t.users.c.id,
    t.users.c.username,
    t.users.c.name,
    t.users.c.email,
    t.users.c.entity_id,
    t.users.c.default_entity_id,
    t.users.c.created_at,
)
PROJECT = (
    t.projects.c.id,
    t.projects.c.entity_id,
    t.projects.c.name,
    t.projects.c.description,
    t.projects.c.access,
    t.projects.c.any_type,
    t.projects.c.views,
    t.projects.c.created_at,
    t.projects.c.updated_at,
)
TYPE = (
    t.types.c.id,
    t.types.c.project_id,
    t.types.c.name,
    t.types.c.description,
    t.types.c.created_at,
)
COLLECTION = (
    t.collections.c.id,
    t.collections.c.project_id,
    t.collections.c.type_id,
    t.collections.c.kind,
    t.collections.c.name,
    t.collections.c.description,
    t.collections.c.version_count,
    t.collections.c.created_at,
    t.collections.c.updated_at,
)
VERSION = (
    t.versions.c.id,
    t.versions.c.sequence_id,
    t.versions.c.version_index,
    t.versions.c.state,
    t.versions.c.digest,
    t.versions.c.digest_algorithm,
    t.versions.c.description,
    t.versions.c.metadata,
    t.versions.c.ttl,
    t.versions.c.size,
    t.versions.c.file_count,
    t.versions.c.history_step,
    t.versions.c.commit_hash,
    t.versions.c.manifest_id,
    t.versions.c.run_id,
    t.versions.c.user_id,
    t.versions.c.created_at,
    t.versions.c.updated_at,
)
MEMBERSHIP = (
    t.memberships.c.id,
    t.memberships.c.collection_id,
    t.memberships.c.version_id,
    t.memberships.c.version_index,
    t.memberships.c.created_at,
)
ALIAS = (t.aliases.c.id, t.aliases.c.collection_id, t.aliases.c.alias)
TAG = (t.tags.c.id, t.tags.c.name, t.tags.c.category)
RUN = (
    t.runs.c.id,
    t.runs.c.project_id,
    t.runs.c.name,
    t.runs.c.display_name,
    t.runs.c.notes,
    t.runs.c.state,
    t.runs.c.job_type,
    t.runs.c.group_name,
    t.runs.c.commit_hash,
    t.runs.c.config,
    t.runs.c.summary,
    t.runs.c.tags,
    t.runs.c.user_id,
    t.runs.c.created_at,
    t.runs.c.updated_at,
)


class Loader(Generic[T]):
    """What belongs to a key, read for all keys of a batch when the first is asked for."""

    def __init__(self, load: Callable[[Sequence[int]], dict[int, T]], missing: T) -> None:
        self._load = load
        self._missing = missing
        self._known: dict[int, T] = {}

    def get(self, key: int, batch: Iterable[int] = ()) -> T:
        known = self._known
        if key not in known:
            wanted = {key, *batch} - known.keys()
            found = self._load(list(wanted))
            for each in wanted:
                known[each] = found.get(each, self._missing)
        return known[key]

    def forget(self) -> None:
        self._known.clear()


def batched(nodes: list[NodeT]) -> None:
    """Lets nodes that were read together know each other."""
    for node in nodes:
        node.batch = nodes  # pyright: ignore[reportAttributeAccessIssue]  # it mixes the four types
