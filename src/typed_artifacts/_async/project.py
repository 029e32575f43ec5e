"""A project, which gives access to its artifact types and collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.arguments.argument_types import check_client
from .._domain.arguments.lookups import subject_of
from .._values.guards import override
from . import artifact_types, project_artifact_collections

if TYPE_CHECKING:
    from .._domain.arguments.checks import Filters
    from .artifact_types import AsyncArtifactTypes
    from .client import AsyncClient
    from .project_artifact_collections import AsyncProjectArtifactCollections


class AsyncProject:
    """A project, as the way to its artifact types and collections. Creating one sends nothing.

    Args:
        client: the client that sends the requests.
        entity: the user or team that owns the project; ``None``: the key's default entity.
        name: the project's name.
    """

    def __init__(self, client: AsyncClient, entity: str | None, name: str) -> None:
        check_client(client, "AsyncClient")
        subject_of(entity=entity, name=name)
        self._client = client
        self.entity = entity
        self.name = name

    @property
    def path(self) -> list[str]:
        """``[entity, project]``; without the entity where it was not given. No request."""
        return [self.name] if self.entity is None else [self.entity, self.name]

    def collections(
        self,
        filters: Filters | None = None,
        order: str | None = None,
        per_page: int = 50,
        *,
        start: str | None = None,
        prefetch: bool = False,
    ) -> AsyncProjectArtifactCollections:
        """The artifact collections of all types. No request until they are read, then one per page.

        Args:
            filters: a Mongo-style filter that the server applies.
            order: a snake_case key, optionally prefixed ``+`` or ``-``.
            per_page: how many collections one request fetches.
            start: the ``cursor`` of an earlier listing, to continue after it.
            prefetch: whether to fetch the next page while a loop uses this one.

        Raises:
            InvalidInput: an argument is malformed.
        """
        return project_artifact_collections.AsyncProjectArtifactCollections(
            self._client,
            self.entity,
            self.name,
            per_page,
            filters=filters,
            order=order,
            start=start,
            prefetch=prefetch,
        )

    def artifacts_types(
        self, per_page: int = 50, *, start: str | None = None, prefetch: bool = False
    ) -> AsyncArtifactTypes:
        """The artifact types. No request until they are read, then one per page.

        Args:
            per_page: how many types one request fetches.
            start: the ``cursor`` of an earlier listing, to continue after it.
            prefetch: whether to fetch the next page while a loop uses this one.

        Raises:
            InvalidInput: an argument is malformed.
        """
        return artifact_types.AsyncArtifactTypes(
            self._client, self.entity, self.name, per_page, start=start, prefetch=prefetch
        )

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'/'.join(self.path)}>"
