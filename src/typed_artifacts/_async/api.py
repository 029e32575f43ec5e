"""The entry point: takes paths as users write them, returns the documented classes.

The modules of these classes are imported on first use, so that a program starts sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from warnings import warn

from .._domain.arguments.argument_types import check_callable, check_transfer, listed_items
from .._domain.arguments.lookups import checked_subject, known_viewer
from .._domain.client.api_arguments import check_artifact_type, overridden
from .._domain.client.api_base import ApiBase
from .._domain.loading import async_loaded
from .._domain.projects.suggestions import no_suggestions
from .._environment.network import DEFAULT_WORKERS
from .._environment.variables import secret
from .._operations import catalog
from .._requests.access_tokens import unshown
from .._requests.operation import NO_VARIABLES
from .._values.attributes import async_property
from ..errors import InvalidInput, NotFoundError
from ..paths import names_run, parse_given_project, parse_run
from .client import AsyncClient

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path
    from types import TracebackType

    import httpx

    from .._copying.locations import CopyVersions
    from .._copying.report import CopyReport
    from .._domain.arguments.checks import Filters
    from .._domain.arguments.lookups import RunLike
    from .._domain.client.identity import Identity
    from .._domain.drafts.given_files import Files
    from .._domain.drafts.storage_options import DigestOption
    from .._domain.projects.inventory import Inventory
    from .._domain.versions.artifact_edits import ArtifactTTL
    from .._graphql.viewer import ViewerViewer
    from .._requests.access_tokens import AsyncTokenFunction
    from .._requests.request_event import RequestEvent
    from .._requests.retry import RetryPolicy
    from .._retention.plan import PrunePlan
    from .._retention.progress import PruneProgress
    from .._retention.report import PruneReport
    from .._transfer import Patterns, ProgressOption
    from .._usage.tally import Usage, UsageKey
    from .._values.plain import Metadata
    from ..holdings import Holders, Holding
    from .artifact import AsyncArtifact
    from .artifact_collection import AsyncArtifactCollection
    from .artifact_collections import AsyncArtifactCollections
    from .artifact_type import AsyncArtifactType
    from .artifact_types import AsyncArtifactTypes
    from .artifacts import AsyncArtifacts
    from .draft import AsyncArtifactDraft
    from .project import AsyncProject
    from .registries import AsyncRegistries
    from .registry import AsyncRegistry
    from .run import AsyncRun


class AsyncApi(ApiBase["AsyncClient"]):
    """The entry point. ``AsyncApi()`` reads its settings from the environment and sends nothing.

    Args:
        overrides: ``entity``, ``project``, ``base_url``, ``run``, as in the official client.
        timeout: seconds that one request may take; otherwise ``WANDB_HTTP_TIMEOUT``, then 19.
        api_key: the key; otherwise ``WANDB_API_KEY``, netrc, the settings file.
        base_url: the server; otherwise ``WANDB_BASE_URL``, the settings file, the hosted service.
        entity: the default user or team; otherwise ``WANDB_ENTITY``, then the key's own.
        project: the default project; otherwise ``WANDB_PROJECT``, then "uncategorized".
        transport: an httpx transport to send through.
        ssl_context: for every https connection; otherwise as the environment says.
        retry: how often and how long failed requests are sent again.
        on_request: called after each attempt with a ``RequestEvent``: the request and its outcome.
        allow_http: allow sending the key over plain http to another machine.
        token: a function that returns access tokens, instead of a key; it may return an awaitable.
            Without a function and a key: ``WANDB_IDENTITY_TOKEN_FILE``.
        offline: send nothing: versions are read from the cache folder (``WANDB_CACHE_DIR``), all
            other calls raise ``OfflineError``; otherwise as ``WANDB_MODE`` says.

    Raises:
        InvalidInput: a setting is malformed, an override is unknown, or key and token are given.
    """

    def __init__(
        self,
        overrides: Mapping[str, str] | None = None,
        timeout: float | None = None,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        entity: str | None = None,
        project: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        ssl_context: ssl.SSLContext | None = None,
        retry: RetryPolicy | None = None,
        on_request: Callable[[RequestEvent], None] | None = None,
        allow_http: bool = False,
        token: AsyncTokenFunction | None = None,
        offline: bool | None = None,
    ) -> None:
        api_key, token = secret(api_key), unshown(token)  # out of tracebacks, as in the client
        given = overridden(overrides, base_url=base_url, entity=entity, project=project)
        self._client = AsyncClient(
            given.base_url,
            api_key,
            timeout=timeout,
            transport=transport,
            ssl_context=ssl_context,
            entity=given.entity,
            project=given.project,
            retry=retry,
            on_request=on_request,
            allow_http=allow_http,
            token=token,
            offline=offline,
        )
        self._run = given.run
        self._server = None

    @classmethod
    def local(
        cls,
        root: Path | str | None = None,
        *,
        entity: str | None = None,
        project: str | None = None,
        on_request: Callable[[RequestEvent], None] | None = None,
    ) -> Self:
        """Open an embedded registry in this process. No network is used.

        Args:
            root: its folder, created if it does not exist (``~`` is the home folder); ``None`` for
                a temporary registry that is deleted when the ``AsyncApi`` is closed.
            entity: the default user or team; by default the registry's own user.
            project: the default project.
            on_request: called after each request with a ``RequestEvent``.

        Raises:
            ExtraNotInstalled: the extra ``local`` is not installed.
            ArtifactsError: the folder cannot be used, is damaged, or belongs to a newer release.
        """
        from .._domain.client.api_arguments import open_registry

        server = open_registry(root)
        api = cls(
            api_key=server.api_key,
            base_url=server.base_url,
            entity=entity or server.entity,
            project=project,
            transport=server.async_transport,
            on_request=on_request,
            offline=False,
        )
        api._client._is_embedded = True
        api._server = server
        return api

    @property
    def client(self) -> AsyncClient:
        """The client that sends the requests."""
        return self._client

    @async_property
    async def viewer(self) -> ViewerViewer:
        """The user that the key belongs to: ``username`` and ``entity``. One request.

        Raises:
            AuthenticationError: the key or token is missing, or the server does not know it.
        """
        return known_viewer(
            await self._client.execute(catalog.VIEWER, NO_VARIABLES),
            self._client.settings.about_key,
        )

    async def whoami(self) -> Identity:
        """The user, their teams, the key or token in use, and the server's features. One request.

        If the server cannot report its features, the first call sends two.

        Raises:
            AuthenticationError: the key or token is missing, or the server does not know it.
        """
        from .._domain.client.identity import identity_of

        return identity_of(
            await self._client.execute(catalog.WHO_AM_I, NO_VARIABLES), self._client.settings
        )

    @async_property
    async def default_entity(self) -> str:
        """The entity of paths that name none. At most one request; the result is kept."""
        return await self._client.default_entity()

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

        They are also stored in the collections, so reading ``aliases`` then sends no request.

        Args:
            collections: the collections, loaded.

        Raises:
            NotFoundError: a collection no longer exists.
        """
        from . import batches

        known: list[AsyncArtifactCollection] = listed_items(collections, "collections", "id")
        subject = f"{len(known)} collections"
        paths = {each.id: each._subject for each in known}
        found = await batches.request_aliases(self._client, paths, subject)
        for each in known:
            each._aliases = found[each.id]
        return {each: list(found[each.id]) for each in known}

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
    ) -> AsyncIterator[Holding]:
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

    async def holders(self, ids: Sequence[str]) -> dict[str, Holders]:
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

        return await holdings.request_holders(self._client, check_ids(ids), f"{len(ids)} versions")

    async def plan_prune(
        self,
        project: str | None = None,
        *,
        type: str | None = None,
        collection: str | None = None,
        keep_last: int = 1,
        keep_aliases: Sequence[str] = ("*",),
        keep_tags: Sequence[str] = (),
        keep_used: bool = True,
        older_than: timedelta | None = None,
        filters: Filters | None = None,
        exact: bool = True,
    ) -> PrunePlan:
        """Plan which versions of a project to delete. Nothing is changed.

        A version is kept if any rule keeps it, or if a link to it in another collection is kept.
        Links are planned, too: deleting one frees no storage and does not delete its source.

        Sends the requests of ``holdings()``, for the whole project if ``exact``; with a filter, one
        per ten collections, with a thousand versions of each; and one per fifty versions to delete.
        If ``exact``, and there is something to delete, also one per fifty versions of the project
        (one for those with the same digest), with a thousand files of each.

        Args:
            project: ``[entity/]project``; the default project without one.
            type: only collections of this type.
            collection: only the collection of this name.
            keep_last: keep so many of the newest versions of each collection.
            keep_aliases: keep versions with an alias that one of these patterns (``*``, ``?``)
                matches; ``latest`` is one of them.
            keep_tags: the same with tags.
            keep_used: keep versions that a run has used.
            older_than: keep versions that are younger.
            filters: a Mongo-style filter; keep versions that it does not match.

            exact: take into account files that are shared with any version of the project;
                otherwise only versions with the same digest are compared, and ``frees`` may be
                too large.

        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: there is no such project, or nothing in it of that type or name.
        """
        from .._domain.arguments.checks import narrowing_text
        from .._domain.projects.holdings import check_selection
        from .._retention.making import PlanInMaking
        from .._retention.rules import checked_rules
        from . import retention

        path = self._project(project)
        check_selection(type, collection)
        rules = checked_rules(
            keep_last=keep_last,
            keep_aliases=keep_aliases,
            keep_tags=keep_tags,
            keep_used=keep_used,
            older_than=older_than,
            filters=narrowing_text(filters),
        )
        making = PlanInMaking(rules, None, type, collection)
        entity = await self._client.locate(path.entity, path.project)
        return await retention.make_plan(self._client, entity, path.project, making, exact=exact)

    async def plan_ttl(
        self,
        project: str | None = None,
        *,
        ttl: timedelta,
        type: str | None = None,
        collection: str | None = None,
        keep_last: int = 1,
        keep_aliases: Sequence[str] = ("*",),
        keep_tags: Sequence[str] = (),
        keep_used: bool = True,
        older_than: timedelta | None = None,
        filters: Filters | None = None,
    ) -> PrunePlan:
        """Plan which versions get a time to live, instead of deleting them. Nothing is changed.

        The rules are those of ``plan_prune()``, except that a link does not keep a version; use a
        tag or a filter. The server deletes a version and its links when the time, counted from the
        version's creation, is over. (The embedded server only stores the time.) Links do not get a
        time to live. Sends the requests of ``holdings()``; with a filter, one per ten collections,
        with a thousand versions of each; and one per fifty versions that would get one.

        Args:
            project: ``[entity/]project``; the default project without one.

            ttl: the time to live, in whole seconds.
            type: only collections of this type.
            collection: only the collection of this name.
            keep_last: keep so many of the newest versions of each collection.
            keep_aliases: keep versions with an alias that one of these patterns (``*``, ``?``)
                matches; ``latest`` is one of them.
            keep_tags: the same with tags.
            keep_used: keep versions that a run has used.
            older_than: keep versions that are younger.
            filters: a Mongo-style filter; keep versions that it does not match.


        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: there is no such project, or nothing in it of that type or name.
        """
        from .._domain.arguments.checks import narrowing_text
        from .._domain.projects.holdings import check_selection
        from .._retention.making import PlanInMaking
        from .._retention.rules import checked_rules, whole_seconds
        from . import retention

        path = self._project(project)
        check_selection(type, collection)
        rules = checked_rules(
            keep_last=keep_last,
            keep_aliases=keep_aliases,
            keep_tags=keep_tags,
            keep_used=keep_used,
            older_than=older_than,
            filters=narrowing_text(filters),
        )
        making = PlanInMaking(rules, whole_seconds(ttl, "ttl"), type, collection)
        entity = await self._client.locate(path.entity, path.project)
        return await retention.make_plan(self._client, entity, path.project, making, exact=False)

    async def apply_plan(
        self,
        plan: PrunePlan,
        *,
        journal: Path | str | None = None,
        progress: bool | Callable[[PruneProgress], None] = False,
        pace: float | None = None,
        drop_empty: bool = False,
    ) -> PruneReport:
        """Apply a plan of ``plan_prune()`` or ``plan_ttl()``.

        Each batch is checked against the server immediately before it is applied: a version that
        has changed since the plan was made (a new alias, tag, use or link, or another edit) is
        skipped. Between this check and the deletion, the server still protects a version that gets
        a new alias (except one that has ``latest``: it is deleted with all its aliases, so that
        the server moves ``latest`` to another version). A tag, use or link that is added in between
        does not protect it. Refusals of the server are listed in the report, by version. The call
        may be interrupted at any time: applied again with the same journal, it continues.

        Sends two requests per fifty versions, and one per ten collections whose newest versions
        are kept; with ``drop_empty`` two per collection that ends up empty.

        Args:
            plan: the plan.
            journal: a file that records the outcome of each version, created if it does not exist.
            progress: ``True`` for a bar on stderr; a callable gets a ``PruneProgress`` after each
                batch.
            pace: the maximum number of versions per second.
            drop_empty: delete the collections that end up empty.

        Returns:
            The outcome of each version.

        Raises:
            InvalidInput: an argument is malformed, or the journal belongs to another plan.
            ArtifactsError: the server or the network failed, after the retries; the journal records
                what was done.
        """
        from .._retention.applying import check_pace, check_plan
        from .._retention.progress import check_progress
        from . import retention

        check_plan(plan)
        check_pace(pace)
        check_progress(progress)
        return await retention.carry_out(
            self._client, plan, journal=journal, progress=progress, pace=pace, drop_empty=drop_empty
        )

    async def copy(
        self,
        source: str,
        destination: str,
        *,
        to: AsyncApi | None = None,
        versions: CopyVersions = "latest",
        aliases: bool = True,
        tags: bool = True,
        metadata: bool = True,
        record_origin: bool = False,
        ttl: bool = True,
        max_workers: int = DEFAULT_WORKERS,
        progress: ProgressOption = False,
    ) -> CopyReport:
        """Copy a project, a collection or a version, also to another server.

        Files are streamed through memory and verified; files that the destination already has are
        not sent. Versions keep their order, and links within the project become links within the
        copy. The call may be interrupted at any time: run it again to continue. Versions that
        already exist at the destination are kept, and get the aliases and tags that they lack.

        Sends up to two requests to find the source, and one per further thousand collections of
        its project; per collection, one per 500 versions on both sides, and up to four for its
        description and tags; per version, two for its manifest, one to edit an existing copy or
        those of ``log_artifact()``, one per thousand files, and a download per upload; two per
        link; and up to two where the latest version is not the newest.

        Args:
            source: ``[entity/]project`` if such a project exists (with a ``/`` at the end, always),
                else ``[[entity/]project/]collection[:alias]``.
            destination: for a project, a project; otherwise a collection, or a project with a ``/``
                at the end, to keep the collection's name.
            to: the ``AsyncApi`` of the destination; this one by default.
            versions: "latest", "all", or a list of versions and aliases.
            aliases: whether to copy aliases, including ``latest``; otherwise ``latest`` is the
                version that is logged last.
            tags: whether to copy the tags of versions and collections.
            metadata: whether to copy metadata.
            record_origin: whether to record each version's origin in its metadata, as
                ``copied_from``.
            ttl: whether to copy the versions' own times to live, which start again with the copy.
                Existing copies keep theirs.
            max_workers: the maximum number of upload threads.
            progress: ``True`` for a bar on stderr; a callable gets typed events.

        Returns:
            The outcome of each version.

        Raises:
            InvalidInput: an argument is malformed, or something would be copied to itself.
            NotFoundError: the source does not exist.
            IntegrityError: bytes do not match their digest, on either side.
            ArtifactsError: a server or the network failed, after the retries.
        """
        from .._copying.deciding import CopyOptions
        from .._copying.locations import check_target, check_versions, read_source
        from . import copying

        if to is not None and not isinstance(to, AsyncApi):  # pyright: ignore[reportUnnecessaryIsInstance]  # it may be anything
            raise InvalidInput(f"to is {to!r:.100}; it must be of the type AsyncApi.")
        check_transfer(max_workers, progress)
        wanted, target = read_source(source, self._client.settings), to or self
        check_versions(versions, wanted)
        check_target(destination)
        options = CopyOptions(versions, aliases, tags, metadata, record_origin, ttl)
        return await copying.copy(
            self._client,
            target._client,
            wanted,
            destination,
            options,
            max_workers=max_workers,
            progress=progress,
        )

    def artifact_versions(self, type_name: str, name: str, per_page: int = 50) -> AsyncArtifacts:
        """The versions of a collection. Deprecated: use ``artifacts()``."""
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

        Raises:
            InvalidInput: the path is malformed, or names an organization in more than one way.
        """
        try:
            with no_suggestions():
                found = await self.artifact(name)
        except NotFoundError:
            return False
        return type is None or found.type == type

    async def artifact_collection_exists(self, name: str, type: str) -> bool:
        """Whether a collection of that type exists. One request.

        ``False`` only if the server says so: other failures raise.

        Raises:
            InvalidInput: the path is malformed.
        """
        try:
            with no_suggestions():
                await self.artifact_collection(type, name)
        except NotFoundError:
            return False
        return True

    def project(self, name: str, entity: str | None = None) -> AsyncProject:
        """A project, which gives access to its types and collections. No request.

        Args:
            name: ``[entity/]project``.
            entity: the user or team that owns it; the default entity without one.

        Raises:
            InvalidInput: the path is malformed, or names another entity.
        """
        from . import project

        path = parse_given_project(name, entity=entity, default=self._client.settings.entity)
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

    async def log_artifact(
        self,
        collection_path: str,
        *,
        type: str,
        files: Files,
        aliases: Sequence[str] = (),
        tags: Sequence[str] = (),
        metadata: Metadata | None = None,
        description: str | None = None,
        ttl: timedelta | ArtifactTTL | None = None,
        run: RunLike | str | None = None,
        max_workers: int = DEFAULT_WORKERS,
        progress: ProgressOption = False,
        include: Patterns = None,
        exclude: Patterns = None,
        digest: DigestOption = None,
        storage_region: str | None = None,
    ) -> AsyncArtifact:
        """Log files as a new version of a collection, which is created if it does not exist.

        Files that the server lacks are uploaded in parallel; then the version is committed. It is
        not visible before the commit, and an interrupted call leaves no version. If the collection
        already has a version with the same content, that version is returned, and an
        ``ArgumentsIgnored`` warning names the arguments that differ from its values.

        Symbolic links are followed; empty folders are not logged; a file that changes or disappears
        before it is sent raises ``ConflictError``.

        Sends four requests and one per 250 files, and an upload for the manifest and for each file
        that the server lacks; one request if the content exists already. A file of 2 GiB or more is
        sent in parts of 100 MiB, hashed and sent in parallel: one upload per part, and one more
        request. After an interruption, files and parts that the server has are not sent again.

        Args:
            collection_path: ``[[entity/]project/]collection``.
            type: the name of its type, such as "dataset" or "model".
            files: a folder, a file, several files, or a mapping from names to a path, bytes, a
                file open in binary mode, or a ``Reference``.
            aliases: aliases of the new version; ``latest`` is added automatically.
            tags: tags of the new version.
            metadata: its metadata: a mapping of up to 100 keys, a dataclass or a pydantic model,
                with values that can be expressed in JSON.
            description: a description of the version.
            ttl: its time to live; the server's settings by default.
            run: the run that logs it, or its path: ``[[entity/]project/]run``.
            max_workers: the maximum number of upload threads.
            progress: ``True`` for a bar on stderr; a callable gets typed events.
            include: only files that match one of these patterns (.gitignore syntax).
            exclude: leave out files that match one of these patterns. A folder's
                ``.artifactsignore`` file, and what it excludes, is never logged.
            digest: the hash algorithm: "md5" (the default, as in the official client), or "xxh128",
                several times faster, for servers that support it (one more request, to find out).
            storage_region: the region in which the server stores the files, if it has regions.

        Returns:
            The version.

        Raises:
            InvalidInput: an argument is malformed, or a file does not exist; nothing is sent.
            ConflictError: a file changed or disappeared before it was sent.
            IntegrityError: the server received other bytes than were sent, twice.
            UnsupportedByServer: the server does not support XXH128, or has no such region.
            NotFoundError: the run does not exist; nothing was created.
            GraphQLError: the server refused the request.
        """
        from .._transfer import selection_of

        select = selection_of(include, exclude)
        draft = self.draft(
            collection_path,
            type=type,
            aliases=aliases,
            tags=tags,
            metadata=metadata,
            description=description,
            ttl=ttl,
            run=run,
            max_workers=max_workers,
            progress=progress,
            digest=digest,
            storage_region=storage_region,
        )
        return await draft._log_files(files, select)

    def draft(
        self,
        collection_path: str,
        *,
        type: str,
        aliases: Sequence[str] = (),
        tags: Sequence[str] = (),
        metadata: Metadata | None = None,
        description: str | None = None,
        ttl: timedelta | ArtifactTTL | None = None,
        run: RunLike | str | None = None,
        max_workers: int = DEFAULT_WORKERS,
        progress: ProgressOption = False,
        digest: DigestOption = None,
        storage_region: str | None = None,
    ) -> AsyncArtifactDraft:
        """A draft of a new version, to which files are added before it is logged.

        Use it in an ``async with`` statement, whose end logs the version; after an exception
        nothing is logged. ``log_artifact()`` is the short form. No request until the end of the
        statement; then those of ``log_artifact()``.

        Args:
            collection_path: ``[[entity/]project/]collection``.
            type: the name of its type, such as "dataset" or "model".
            aliases: aliases of the new version; ``latest`` is added automatically.
            tags: tags of the new version.
            metadata: its metadata, as ``log_artifact()`` takes it.
            description: a description of the version.
            ttl: its time to live; the server's settings by default.
            run: the run that logs it, or its path: ``[[entity/]project/]run``.
            max_workers: the maximum number of upload threads.
            progress: ``True`` for a bar on stderr; a callable gets typed events.
            digest: the hash algorithm, as ``log_artifact()`` takes it.
            storage_region: the region in which the server stores the files, if it has regions.

        Raises:
            InvalidInput: an argument is malformed.
        """
        from .._domain.drafts.draft_plans import new_plan
        from .._domain.drafts.version_options import maker_of
        from . import draft

        path = self._collection(collection_path)
        plan = new_plan(
            path,
            type,
            aliases=aliases,
            tags=tags,
            description=description,
            metadata=metadata,
            ttl=ttl,
            run=maker_of(run, path.project),
            max_workers=max_workers,
            progress=progress,
            digest=digest,
            storage_region=storage_region,
        )
        return draft.AsyncArtifactDraft._new(self._client, plan)

    async def close(self) -> None:
        """Close the connections, and the embedded registry of ``AsyncApi.local()``."""
        await self._client.close()
        if self._server is not None:
            self._server.close()
            self._server = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
