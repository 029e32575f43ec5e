"""The door: paths as people write them in, the documented objects out.

What it gives is loaded when it is first asked for: a program that needs one class starts sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from warnings import warn

from .._domain.api_arguments import check_artifact_type, overridden
from .._domain.api_base import ApiBase
from .._domain.arguments import check_callable, check_client, check_transfer, listed_items
from .._domain.loading import async_loaded
from .._domain.lookups import checked_subject, known_viewer
from .._domain.suggestions import no_suggestions
from .._environment.network import DEFAULT_WORKERS
from .._environment.variables import secret
from .._operations import catalog
from .._requests.access_tokens import unshown
from .._requests.operation import NO_VARIABLES
from .._values.attributes import async_property
from ..errors import NotFoundError
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
    from .._domain.artifact_edits import ArtifactTTL
    from .._domain.checks import Filters
    from .._domain.given_files import Files
    from .._domain.identity import Identity
    from .._domain.inventory import Inventory
    from .._domain.lookups import RunLike
    from .._domain.storing import DigestOption
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
    """The way in: ``AsyncApi()`` reads the environment and sends nothing.

    Args:
        overrides: ``entity``, ``project``, ``base_url``, ``run``, as the official client has them.
        timeout: seconds that one request may take; otherwise ``WANDB_HTTP_TIMEOUT``, then 19.
        api_key: the key; otherwise ``WANDB_API_KEY``, netrc, the settings file.
        base_url: the server; otherwise ``WANDB_BASE_URL``, the settings file, the hosted service.
        entity: the default user or team; otherwise ``WANDB_ENTITY``, then the key's own.
        project: the default project; otherwise ``WANDB_PROJECT``, then "uncategorized".
        transport: an httpx transport to send through.
        ssl_context: for every https connection; otherwise as the environment says.
        retry: how often and how long failed requests are sent again.
        on_request: called after each attempt with what was sent and what came of it.
        allow_http: send the key over plain http to a host that is not this machine.
        token: a function that gives access tokens, in place of a key; it may return an awaitable.
            Without it, and without a key: ``WANDB_IDENTITY_TOKEN_FILE``.
        offline: send nothing: what was downloaded with a cache folder (``WANDB_CACHE_DIR``) is
            found there, all else raises ``OfflineError``; otherwise as ``WANDB_MODE`` says.

    Raises:
        InvalidInput: a setting is malformed, an override is unknown, or there are key and token.
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
        """Open an embedded registry, in this process, without a network.

        Args:
            root: the folder that holds it, made where it does not exist (``~`` is the home);
                ``None`` for a temporary one that lives as long as the ``AsyncApi``.
            entity: the default user or team; the registry's own user without one.
            project: the default project.
            on_request: called after each request with what was sent and what came of it.

        Raises:
            ExtraNotInstalled: the extra ``local`` is not installed.
            ArtifactsError: the folder can not be used, is damaged, or of a newer release.
        """
        from .._domain.api_arguments import open_registry

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
        """Who the key belongs to: ``username`` and ``entity``. One request.

        Raises:
            AuthenticationError: the server does not know.
        """
        return known_viewer(
            await self._client.execute(catalog.VIEWER, NO_VARIABLES),
            self._client.settings.about_key,
        )

    async def whoami(self) -> Identity:
        """Who asks, by which key or token, and what the server has for them. One request.

        A server that does not tell its features is asked twice, the first time only.

        Raises:
            AuthenticationError: the server does not know.
        """
        from .._domain.identity import identity_of

        return identity_of(
            await self._client.execute(catalog.WHO_AM_I, NO_VARIABLES), self._client.settings
        )

    @async_property
    async def default_entity(self) -> str:
        """The user or team that a path without one means. At most one request, remembered."""
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
            start: a cursor that an earlier listing gave, to go on after it.
            per_page: how many types one request fetches.
            prefetch: whether a loop has the next page fetched while it uses this one.

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
            order: a snake_case key, ``+`` or ``-`` in front.
            per_page: how many collections one request fetches.
            start: a cursor that an earlier listing gave, to go on after it.
            filters: a Mongo-style filter that the server applies.
            prefetch: whether a loop has the next page fetched while it uses this one.

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
            order: a snake_case key, ``+`` or ``-`` in front; newest first without one.
            per_page: how many versions one request fetches.
            tags: only versions with this tag, or all of these.
            start: a cursor that an earlier listing gave, to go on after it.
            filters: a Mongo-style filter that the server applies.
            prefetch: whether a loop has the next page fetched while it uses this one.

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
        """The aliases of many collections. One request for each fifty.

        Each collection keeps its own, so that its ``aliases`` cost nothing afterwards.

        Args:
            collections: the collections, loaded.

        Raises:
            NotFoundError: a collection is gone.
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
        """What a project consists of: its types, collections, committed versions and their bytes.

        One request for each fifty collections, with a hundred versions of each; then one for each
        ten collections that have more, with a thousand versions of each.

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

        Without an organization, and without ``WANDB_ORGANIZATION``, one request more, once.

        Args:
            organization: the organization; otherwise ``WANDB_ORGANIZATION``, then that of the
                default entity, then the only one that the key belongs to.
            filters: a Mongo-style filter that the server applies; a name is meant without its
                prefix ``wandb-registry-``, a pattern sees it.
            order: a snake_case key, ``+`` or ``-`` in front; newest first without one.
            per_page: how many registries one request fetches.
            start: a cursor that an earlier listing gave, to go on after it.
            prefetch: whether a loop has the next page fetched while it uses this one.

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
        """One registry. One request; where the organization has to be found out, one more, once.

        Args:
            name: the registry's name; its prefix ``wandb-registry-`` may be left out.
            organization: the organization; found out as for ``registries()`` without one.

        Raises:
            InvalidInput: a name is malformed, or whoever asks belongs to several organizations.
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
        """What takes the room of a project, the biggest part first.

        Costs one request for each hundred collections, with a hundred versions of each, then one
        for each ten collections that have more, with a thousand versions of each; only sums are
        kept, and sixteen bytes or so of each version, to count the same content once.

        Args:
            project: ``[entity/]project``; the default project without one.
            by: what the parts are: "type", "collection", "age" or "tag".
            on_page: called after each page with the number of versions so far.

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
        """What the collections of a project hold, page by page, with what may keep each version.

        A collection comes once for each page of its versions, the newest first; one without any
        comes with an empty page. Nothing is kept, so that memory does not grow. Costs one request
        for each hundred collections, with a hundred versions of each, then one for each ten
        collections that have more, with a thousand versions of each. With a type or a collection,
        one for each thousand collections of the project, without versions, then one for each ten
        collections that are meant, with a thousand versions of each.

        Args:
            project: ``[entity/]project``; the default project without one.
            type: only collections of this type.
            collection: only the collection of this name.

        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: there is no such project, type or collection; raised by the first step.
        """
        from .._domain.holdings import check_selection
        from . import holdings

        check_selection(type, collection)
        return holdings.request_holdings(self._client, self._project(project), type, collection)

    async def holders(self, ids: Sequence[str]) -> dict[str, Holders]:
        """What holds versions now: collections, aliases, tags, and a run that used them.

        One request for each fifty versions.

        Args:
            ids: the ids of versions, such as ``Artifact.id``.

        Returns:
            What holds each, by its id.

        Raises:
            InvalidInput: it is no list of ids; nothing is sent.
        """
        from .._domain.holders import check_ids
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
        """Plan which versions of a project stay and which go. Nothing is changed.

        A version stays where any rule keeps it, or where it is linked to a place that stays. Links
        are planned, too: one that goes frees nothing, and its source stays.

        Costs the requests of ``holdings()``, of the whole project if ``exact``; with a filter, one
        for each ten collections, with a thousand versions of each; one for each fifty versions that
        would go; if ``exact``, and something goes, one for each fifty versions of the project (of
        those with the same digest, one), with a thousand files of each.

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

            exact: count once the files that versions share, in the whole project; otherwise only
                versions of the same digest share anything, and ``frees`` may be too much.

        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: there is no such project, or nothing in it of that type or name.
        """
        from .._domain.checks import narrowing_text
        from .._domain.holdings import check_selection
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
        """Plan which versions get a time to live, in place of deletion. Nothing is changed.

        As ``plan_prune()``, with the same rules but one: a version that is linked elsewhere is not
        kept by that; keep it by a tag or a filter. The server deletes a version when its time, from
        its creation on, is over, and its links with it. (The embedded server only notes the time.)
        Links get none. Costs the requests of ``holdings()``; with a filter, one for each ten
        collections, with a thousand versions of each; and one for each fifty versions that would
        get one.

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
        from .._domain.checks import narrowing_text
        from .._domain.holdings import check_selection
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
        """Carry out a plan of ``plan_prune()`` or ``plan_ttl()``.

        Just before each batch the server is asked again, and what changed since the plan (a new
        alias, tag, use or link, or another edit) is left alone. In the moment between that look and
        the deletion the server guards aliases: the ones that the plan knows go by name, and with a
        new one the version stays, with all of them (a version that holds ``latest`` goes with all
        its aliases, so that the server moves ``latest`` on). Nothing guards a tag, a use or a link
        that comes in that moment. What the server refuses is told in the report, version by
        version. It may be stopped, or killed, at any moment: applied again with the same journal it
        goes on; applied once more, it finds nothing to do.

        Costs two requests for each fifty versions, and one for each ten collections whose newest
        are to stay; with ``drop_empty`` two for each collection that ended empty.

        Args:
            plan: the plan.
            journal: a file that keeps what became of each version, made where there is none.
            progress: ``True`` for a bar on stderr; a callable gets a ``PruneProgress`` after each
                batch.
            pace: how many versions a second, at the most.
            drop_empty: delete the collections that end empty.

        Returns:
            What became of each version.

        Raises:
            InvalidInput: an argument is malformed, or the journal is another plan's.
            ArtifactsError: the server or the network failed, after the retries; the journal knows
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

        Files go through memory, each verified on the way; what the other side has by digest is not
        sent. Versions keep their order; what is a link within the project is one there. It may be
        stopped at any moment: copied again, it goes on, as versions that are there are left, and
        get the aliases and tags that they lack.

        Costs up to two requests to find the source, and one for each further thousand collections
        of its project; for each collection, one for each 500 versions on both sides, and up to four
        for its description and tags; for each version two for its manifest, one to edit what is
        there, or those of ``log_artifact()``, one for each thousand files, and a download for each
        upload; two for each link; and up to two where the latest is not the newest.

        Args:
            source: ``[entity/]project`` where there is such a project (for certain with a ``/`` at
                the end), else ``[[entity/]project/]collection``, or a version of one, ``:alias``.
            destination: for a project, a project; else a collection, or a project with a ``/`` at
                the end, in which it keeps its name.
            to: where the destination is; here without one.
            versions: "latest", "all", or a list of versions and aliases.
            aliases: whether aliases go along, ``latest`` among them; without them, it is the last
                that is logged.
            tags: whether the tags of versions and collections do.
            metadata: whether metadata does.
            record_origin: write into the metadata, as ``copied_from``, where each came from.
            ttl: whether times to live that versions have of their own do; they begin anew with the
                copy. What is there already keeps what it has.
            max_workers: threads that upload, at the most.
            progress: ``True`` for a bar on stderr; a callable gets typed events.

        Returns:
            What became of each version.

        Raises:
            InvalidInput: an argument is malformed, or something would be copied to itself.
            NotFoundError: the source is not there.
            IntegrityError: bytes that are not what their digest says, on either side.
            ArtifactsError: a server or the network failed, after the retries.
        """
        from .._copying.deciding import CopyOptions
        from .._copying.locations import check_target, check_versions, read_source
        from . import copying

        if to is not None:
            check_client(getattr(to, "client", to), "AsyncClient")
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

        An offline client sends none: the version is what an alias was when it was last seen by a
        download with a cache folder, and has the attributes that it had then.

        Args:
            name: ``[[entity/]project/]collection[:alias]``; the latest without an alias.
            type: the type that it must have.
            max_age: how long ago an offline client may have seen it; without one any time will do.

        Raises:
            OfflineError: the client is offline, and has not seen it, or too long ago.
            InvalidInput: the path is malformed, or the artifact is of another type.
            NotFoundError: the project, the collection or the version does not exist.
        """
        from . import artifact

        path = self._artifact(name)
        where = path.collection.project
        entity = await self._client.locate(where.entity, where.project)
        if max_age is not None:
            from .._domain.offline import check_age
            from .._transfer.async_bridge import in_thread

            seen_in = (entity, where.project, path.collection.collection)
            await in_thread(lambda _: check_age(self._client.settings, seen_in, path.name, max_age))
        made = artifact.AsyncArtifact(self._client, entity, where.project, path.name)
        found = await async_loaded(made)
        check_artifact_type(found.type, type, found.qualified_name)
        return found

    async def artifact_exists(self, name: str, type: str | None = None) -> bool:
        """Whether a version exists (and is of that type). One request.

        ``False`` only where the server says so: an answer that cannot be read raises.

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

        ``False`` only where the server says so: an answer that cannot be read raises.

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
        """A project, as the way to its types and collections. No request.

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
            path: ``[[entity/]project/]run``; the override ``run`` without one.

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
        """The project or the run at a path: none or one request.

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
        """Log files as a new version of a collection, which is made where there is none.

        The files are hashed, announced, uploaded in parallel (only what the server lacks) and
        committed; until the commit nobody sees the version, and an interrupted call leaves none.
        Content that the collection has already makes no new version: that one is returned, and an
        ``ArgumentsIgnored`` warning names the arguments of which it has other values.

        What is logged is what was there: links are followed, a folder without a file leaves
        nothing, and a file that changes or goes away until it is sent ends the call with its name.

        Costs four requests and one for each 250 files, and one upload for each file that the server
        lacks and for the manifest; one request where the content is there already. A file of 2 GiB
        or more goes in parts of 100 MiB, which are hashed and sent in parallel: an upload for each,
        and one request more. Logged again after an interruption, files that the server has are
        not sent, nor are parts that it says it has.

        Args:
            collection_path: ``[[entity/]project/]collection``.
            type: the name of its type, such as "dataset" or "model".
            files: a folder, a file, several files, or names with a file's path, its bytes, or a
                file that is open in binary mode.
            aliases: aliases of the new version; ``latest`` comes by itself.
            tags: tags of the new version.
            metadata: its metadata: a mapping of up to 100 keys, a dataclass or a pydantic model,
                with anything in it that has a word in JSON.
            description: what it is, in words.
            ttl: how long it is kept; the server's own settings hold without one.
            run: the run that logs it, or its path: ``[[entity/]project/]run``.
            max_workers: threads that upload, at the most.
            progress: ``True`` for a bar on stderr; a callable gets typed events.
            include: only files that one of these patterns matches, as lines of a .gitignore.
            exclude: no files that one of these patterns matches. What an ``.artifactsignore`` in a
                folder excludes, and this file itself, is never logged.
            digest: "xxh128" finds out several times as fast as "md5" what is there already, and is
                for servers that take it (one request more, to find out); ``None`` is MD5, as with
                the official client.
            storage_region: where the server is to store the files, if it has regions.

        Returns:
            The version.

        Raises:
            InvalidInput: an argument is malformed, or there is no such file; nothing is sent.
            ConflictError: a file changed, or went away, until it was sent.
            IntegrityError: the server received other bytes than were sent, twice.
            UnsupportedByServer: it does not take XXH128, or has no such region.
            NotFoundError: there is no such run; nothing was made.
            GraphQLError: the server refused.
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
        """A new version of a collection, to be put together and then logged at once.

        In an ``async with`` statement, whose end logs it; an exception in it logs nothing.
        ``log_artifact()`` is its short form, for files that are given at once. No request until the
        end of the statement; then those of ``log_artifact()``.

        Args:
            collection_path: ``[[entity/]project/]collection``.
            type: the name of its type, such as "dataset" or "model".
            aliases: aliases of the new version; ``latest`` comes by itself.
            tags: tags of the new version.
            metadata: its metadata, as ``log_artifact()`` takes it.
            description: what it is, in words.
            ttl: how long it is kept; the server's own settings hold without one.
            run: the run that logs it, or its path: ``[[entity/]project/]run``.
            max_workers: threads that upload, at the most.
            progress: ``True`` for a bar on stderr; a callable gets typed events.
            digest: how the files are hashed, as ``log_artifact()`` takes it.
            storage_region: where the server is to store the files, if it has regions.

        Raises:
            InvalidInput: an argument is malformed.
        """
        from .._domain.draft_plans import new_plan
        from .._domain.orders import maker_of
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
        """Close the connections, and the embedded registry where this is one."""
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
