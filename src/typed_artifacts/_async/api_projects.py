"""The methods of ``AsyncApi`` about projects, runs and registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.arguments.argument_types import check_callable
from .._domain.arguments.lookups import checked_subject
from .._domain.client.api_base import ApiBase
from .._domain.loading import async_loaded
from .._values.quantities import count_text
from ..paths import names_run, parse_given_project, parse_run
from .client import AsyncClient

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from .._domain.arguments.checks import Filters
    from .._domain.projects.inventory import Inventory
    from .._usage.tally import Usage, UsageKey
    from .._values.string_sequences import StringSequence
    from ..holdings import Holders, Holding
    from .project import AsyncProject
    from .registries import AsyncRegistries
    from .registry import AsyncRegistry
    from .run import AsyncRun


class AsyncApiProjects(ApiBase[AsyncClient]):
    """A base of ``AsyncApi``."""

    async def inventory(self, project: str | None = None) -> Inventory:
        """A summary of a project: its types, collections, committed versions and their sizes.

        One request per fifty collections, with a hundred versions of each; then one per ten
        collections that have more, with a thousand versions of each.

        Args:
            project: ``[entity/]project``; the default project without one.

        Raises:
            InvalidInput: the path is malformed.
            NotFoundError: there is no such project.
        """
        from . import batches

        path = self._project(project)
        entity = await self._client.locate(path.entity, path.project)
        return await batches.request_inventory(self._client, entity, path.project)

    def registries(
        self,
        organization: str | None = None,
        *,
        filters: Filters | None = None,
        order: str | None = None,
        per_page: int = 50,
        start: str | None = None,
        prefetch: bool = False,
    ) -> AsyncRegistries:
        """The registries of an organization. No request until they are read, then one per page.

        One more request, once, if neither the argument nor ``WANDB_ORGANIZATION`` is given.

        Args:
            organization: the organization; otherwise ``WANDB_ORGANIZATION``, then that of the
                default entity, then the only one that the key belongs to.
            filters: a Mongo-style filter that the server applies; give an exact name without the
                prefix ``wandb-registry-``; a pattern is matched with it.
            order: a snake_case key, optionally prefixed ``+`` or ``-``; newest first by default.
            per_page: how many registries one request fetches.
            start: the ``cursor`` of an earlier listing, to continue after it.
            prefetch: whether to fetch the next page while a loop uses this one.

        Raises:
            InvalidInput: an argument is malformed.
        """
        from . import registries

        return registries.AsyncRegistries(
            self._client,
            organization,
            per_page,
            filters=filters,
            order=order,
            start=start,
            prefetch=prefetch,
        )

    async def registry(self, name: str, organization: str | None = None) -> AsyncRegistry:
        """One registry. One request; one more, once, to find out the organization.

        Args:
            name: the registry's name; its prefix ``wandb-registry-`` may be left out.
            organization: the organization; by default as for ``registries()``.

        Raises:
            InvalidInput: a name is malformed, or the key belongs to several organizations.
            NotFoundError: the organization or the registry does not exist.
        """
        from . import registry

        checked_subject("organization", organization=organization, name=name)
        known = await self._client.organization(organization)
        made = registry.AsyncRegistry(self._client, known, name)
        return await async_loaded(made)

    async def usage(
        self,
        project: str | None = None,
        by: UsageKey = "collection",
        *,
        on_page: Callable[[int], None] | None = None,
    ) -> Usage:
        """The storage use of a project, grouped, largest group first.

        Sends one request per hundred collections, with a hundred versions of each, then one per
        ten collections that have more, with a thousand versions of each. Memory: the sums, and
        about sixteen bytes per version, to count shared content once.

        Args:
            project: ``[entity/]project``; the default project without one.
            by: how to group: "type", "collection", "age" or "tag".
            on_page: called after each page with the number of versions read so far.

        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: there is no such project.
        """
        from .._usage.tally import UsageTally, checked_key
        from . import usage

        check_callable(on_page, "on_page")
        path, tally = self._project(project), UsageTally(checked_key(by))
        entity = await self._client.locate(path.entity, path.project)
        return await usage.request_usage(self._client, entity, path.project, tally, on_page)

    def holdings(
        self, project: str | None = None, *, type: str | None = None, collection: str | None = None
    ) -> AsyncGenerator[Holding]:
        """Every version of a project with its aliases, tags and links, page by page.

        Yields a collection with a page of its versions, newest first, as often as it has pages; an
        empty collection comes once, with an empty page. Pages are not kept, so memory does not
        grow. Sends one request per hundred collections, with a hundred versions of each, then one
        per ten collections that have more, with a thousand versions of each. With ``type`` or
        ``collection``: one per thousand collections of the project, without versions, then one per
        ten selected collections, with a thousand versions of each.

        Args:
            project: ``[entity/]project``; the default project without one.
            type: only collections of this type.
            collection: only the collection of this name.

        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: the project, type or collection does not exist; raised on iteration.
        """
        from .._domain.projects.holdings import check_selection
        from . import holdings

        check_selection(type, collection)
        return holdings.request_holdings(self._client, self._project(project), type, collection)

    async def holders(self, ids: StringSequence) -> dict[str, Holders]:
        """What refers to versions: collections, aliases, tags, and a run that used them.

        One request per fifty versions.

        Args:
            ids: the ids of versions, such as ``Artifact.id``.

        Returns:
            The references to each version, by its id.

        Raises:
            InvalidInput: ``ids`` is not a list of ids; nothing is sent.
        """
        from .._domain.projects.holders import check_ids
        from . import holdings

        return await holdings.request_holders(
            self._client, check_ids(ids), count_text(len(ids), "version")
        )

    def project(self, name: str, entity: str | None = None) -> AsyncProject:
        """A project, which gives access to its types and collections. No request.

        Args:
            name: ``[entity/]project``.
            entity: the user or team that owns it; the default entity without one.

        Raises:
            InvalidInput: the path is malformed, or names another entity.
        """
        from . import project

        settings = self._client.settings
        path = parse_given_project(
            name, entity=entity, default=settings.entity, organization=settings.organization
        )
        return project.AsyncProject(self._client, path.entity, path.project)

    async def run(self, path: str = "") -> AsyncRun:
        """One run. One request.

        Args:
            path: ``[[entity/]project/]run``, ``[entity/]project/runs/run`` or
                ``[entity/]project:run``; the override ``run`` without one.

        Raises:
            InvalidInput: the path is malformed.
            NotFoundError: the project or the run does not exist.
        """
        from . import run

        settings = self._client.settings
        where = parse_run(path or self._run or "", entity=settings.entity, project=settings.project)
        entity = await self._client.locate(where.project.entity, where.project.project)
        made = run.AsyncRun(self._client, entity, where.project.project, where.run)
        return await async_loaded(made)

    async def from_path(self, path: str) -> AsyncProject | AsyncRun:
        """The project or the run at a path. One request for a run, none for a project.

        Args:
            path: ``[entity/]project``, ``entity/project/run`` or ``entity/project/runs/run``.

        Raises:
            InvalidInput: the path is malformed.
            NotFoundError: the run, or its project, does not exist.
        """
        return (
            await self.run(path.strip("/ ")) if names_run(path) else self.project(path.strip("/ "))
        )
