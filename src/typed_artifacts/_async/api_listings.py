"""The methods of ``AsyncApi`` that list or fetch types, collections and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from warnings import warn

from .._domain.arguments.argument_types import listed_items
from .._domain.client.api_arguments import check_artifact_type
from .._domain.client.api_base import ApiBase
from .._domain.loading import async_loaded
from .._domain.projects.suggestions import no_suggestions
from .._values.names import refuse_nameless
from .._values.quantities import count_text
from ..errors import NotFoundError
from .client import AsyncClient

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from .._domain.arguments.checks import Filters
    from .artifact import AsyncArtifact
    from .artifact_collection import AsyncArtifactCollection
    from .artifact_collections import AsyncArtifactCollections
    from .artifact_type import AsyncArtifactType
    from .artifact_types import AsyncArtifactTypes
    from .artifacts import AsyncArtifacts


class AsyncApiListings(ApiBase[AsyncClient]):
    """A base of ``AsyncApi``."""

    def artifact_types(
        self,
        project: str | None = None,
        start: str | None = None,
        *,
        per_page: int = 50,
        prefetch: bool = False,
    ) -> AsyncArtifactTypes:
        """The artifact types of a project. No request until they are read, then one per page.

        Args:
            project: ``[entity/]project``; the default project without one.
            start: the ``cursor`` of an earlier listing, to continue after it.
            per_page: how many types one request fetches.
            prefetch: whether to fetch the next page while a loop uses this one.

        Raises:
            InvalidInput: the path is malformed.
        """
        from . import artifact_types

        path = self._project(project)
        return artifact_types.AsyncArtifactTypes(
            self._client, path.entity, path.project, per_page, start=start, prefetch=prefetch
        )

    async def artifact_type(self, type_name: str, project: str | None = None) -> AsyncArtifactType:
        """One artifact type. One request.

        Args:
            type_name: the type's name.
            project: ``[entity/]project``; the default project without one.

        Raises:
            InvalidInput: the path is malformed.
            NotFoundError: the project or the type does not exist.
        """
        from . import artifact_type

        path = self._project(project)
        entity = await self._client.locate(path.entity, path.project)
        made = artifact_type.AsyncArtifactType(self._client, entity, path.project, type_name)
        return await async_loaded(made)

    def artifact_collections(
        self,
        project_name: str,
        type_name: str,
        order: str | None = None,
        per_page: int = 50,
        start: str | None = None,
        *,
        filters: Filters | None = None,
        prefetch: bool = False,
    ) -> AsyncArtifactCollections:
        """The collections of one type. No request until they are read, then one per page.

        Args:
            project_name: ``[entity/]project``.
            type_name: the type's name.
            order: a snake_case key, optionally prefixed ``+`` or ``-``.
            per_page: how many collections one request fetches.
            start: the ``cursor`` of an earlier listing, to continue after it.
            filters: a Mongo-style filter that the server applies.
            prefetch: whether to fetch the next page while a loop uses this one.

        Raises:
            InvalidInput: an argument is malformed.
        """
        from . import artifact_collections

        path = self._project(project_name)
        return artifact_collections.AsyncArtifactCollections(
            self._client,
            path.entity,
            path.project,
            type_name,
            per_page,
            filters=filters,
            order=order,
            start=start,
            prefetch=prefetch,
        )

    async def artifact_collection(self, type_name: str, name: str) -> AsyncArtifactCollection:
        """One collection. One request.

        Args:
            type_name: the name of its type.
            name: ``[[entity/]project/]collection``.

        Raises:
            InvalidInput: the path is malformed.
            NotFoundError: the project, the type or the collection does not exist.
        """
        from . import artifact_collection

        path = self._collection(name)
        where = path.project
        entity = await self._client.locate(where.entity, where.project)
        organization = where.entity if where.is_registry else None
        made = artifact_collection.AsyncArtifactCollection(
            self._client, entity, where.project, path.collection, type_name, organization
        )
        return await async_loaded(made)

    def artifacts(
        self,
        type_name: str,
        name: str,
        order: str | None = None,
        per_page: int = 50,
        tags: str | Sequence[str] | None = None,
        start: str | None = None,
        *,
        filters: Filters | None = None,
        prefetch: bool = False,
    ) -> AsyncArtifacts:
        """The versions of a collection. No request until they are read, then one per page.

        Args:
            type_name: the name of its type.
            name: ``[[entity/]project/]collection``.
            order: a snake_case key, optionally prefixed ``+`` or ``-``; newest first by default.
            per_page: how many versions one request fetches.
            tags: only versions with this tag, or all of these.
            start: the ``cursor`` of an earlier listing, to continue after it.
            filters: a Mongo-style filter that the server applies.
            prefetch: whether to fetch the next page while a loop uses this one.

        Raises:
            InvalidInput: an argument is malformed.
        """
        from . import artifacts

        path = self._collection(name)
        return artifacts.AsyncArtifacts(
            self._client,
            path.project.entity,
            path.project.project,
            path.collection,
            type_name,
            filters,
            order,
            per_page,
            tags,
            start=start,
            prefetch=prefetch,
        )

    async def aliases_of(
        self, collections: Iterable[AsyncArtifactCollection]
    ) -> dict[AsyncArtifactCollection, list[str]]:
        """The aliases of many collections. One request per fifty collections.

        One more for each further thousand aliases of one of them.

        They are also stored in the collections, so reading ``aliases`` then sends no request.

        Args:
            collections: the collections, loaded.

        Raises:
            NotFoundError: a collection no longer exists.
        """
        from . import batches

        known: list[AsyncArtifactCollection] = listed_items(collections, "collections", "id")
        subject = count_text(len(known), "collection")
        paths = {each.id: each._subject for each in known}
        states = [each._alias_state for each in known]
        found = await batches.request_aliases(self._client, paths, subject)
        for each, state in zip(known, states, strict=True):
            each._aliases = (state, found[each.id])
        return {each: list(found[each.id]) for each in known}

    def artifact_versions(self, type_name: str, name: str, per_page: int = 50) -> AsyncArtifacts:
        """The versions of a collection, as ``artifacts()`` lists them. Deprecated: use that."""
        warn(
            "artifact_versions() is deprecated: use artifacts().", DeprecationWarning, stacklevel=2
        )
        return self.artifacts(type_name, name, per_page=per_page)

    async def artifact(
        self, name: str, type: str | None = None, *, max_age: timedelta | None = None
    ) -> AsyncArtifact:
        """One version. One request.

        An offline client sends none: it returns the version that the alias had, with the attributes
        of that time, when it was last seen by a download with a cache folder.

        Args:
            name: ``[[entity/]project/]collection[:alias]``; the latest without an alias.
            type: the type that it must have.
            max_age: for an offline client, the maximum age of this information; any by default.

        Raises:
            OfflineError: the client is offline, and the cache lacks the version or is too old.
            InvalidInput: the path is malformed, or the artifact is of another type.
            NotFoundError: the project, the collection or the version does not exist.
        """
        from . import artifact

        path = self._artifact(name)
        where = path.collection.project
        entity = await self._client.locate(where.entity, where.project)
        if max_age is not None:
            from .._domain.offline.offline_client import check_age
            from .._transfer.concurrency.async_bridge import in_thread

            location = (entity, where.project, path.collection.collection)
            await in_thread(
                lambda _: check_age(self._client.settings, location, path.name, max_age)
            )
        made = artifact.AsyncArtifact(self._client, entity, where.project, path.name)
        found = await async_loaded(made)
        check_artifact_type(found.type, type, found.qualified_name)
        return found

    async def artifact_exists(self, name: str, type: str | None = None) -> bool:
        """Whether a version exists (and is of that type). One request.

        ``False`` only if the server says so: other failures raise.

        Args:
            name: ``[[entity/]project/]collection[:alias]``; the latest without an alias.
            type: the name of the type that it must have; any by default.

        Raises:
            InvalidInput: the path is malformed, or names an organization in more than one way, or
                the type has no name.
        """
        if type is not None:
            refuse_nameless(type, "type")  # any other may be one that another client has given
        try:
            with no_suggestions():
                found = await self.artifact(name)
        except NotFoundError:
            return False
        return type is None or found.type == type

    async def artifact_collection_exists(self, name: str, type: str) -> bool:
        """Whether a collection of that type exists. One request.

        ``False`` only if the server says so: other failures raise.

        Args:
            name: ``[[entity/]project/]collection``.
            type: the name of its type.

        Raises:
            InvalidInput: the path is malformed.
        """
        try:
            with no_suggestions():
                await self.artifact_collection(type, name)
        except NotFoundError:
            return False
        return True
