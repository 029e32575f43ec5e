"""The entry point: takes paths as users write them, returns the documented classes.

The modules of these classes are imported on first use, so that a program starts sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .._domain.client.api_arguments import overridden
from .._domain.client.owners import known_viewer
from .._environment.variables import secret
from .._operations import catalog
from .._requests.access_tokens import unshown
from .._requests.operation import NO_VARIABLES
from .._values.attributes import async_property
from .api_listings import AsyncApiListings
from .api_logging import AsyncApiLogging
from .api_projects import AsyncApiProjects
from .api_retention import AsyncApiRetention
from .client import AsyncClient

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    import httpx

    from .._domain.client.identity import Identity
    from .._graphql.viewer import ViewerViewer
    from .._requests.access_tokens import AsyncTokenFunction
    from .._requests.request_event import RequestEvent
    from .._requests.retry import RetryPolicy


class AsyncApi(AsyncApiListings, AsyncApiProjects, AsyncApiRetention, AsyncApiLogging):
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
        """The entity of paths that name none. At most one request; the result is kept.

        Raises:
            AuthenticationError: the key or token is missing, or the server does not know it.
        """
        return await self._client.default_entity()

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
