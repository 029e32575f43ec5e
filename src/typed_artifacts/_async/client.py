"""The async client: it sends operations to a server, with its settings and retries."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Self

from .._domain.arguments.argument_types import check_client_options
from .._domain.arguments.lookups import checked_subject, subject_of
from .._domain.client.owners import only_organization, registry_owner, viewer_entity
from .._environment.network import Network
from .._environment.variables import secret
from .._operations import catalog
from .._requests.access_tokens import check_async_token_function, unshown
from .._requests.operation import NO_VARIABLES
from .._requests.optional_members import LackingMembers
from .._requests.redaction import Redactor
from .._requests.retry import RateLimiter, RetryPolicy
from .._values.names import REGISTRY_PREFIX
from .._values.process import ProcessLocal
from ..settings import resolve
from .client_requests import AsyncClientRequests
from .organization_lookup import named_organization
from .sign_in import AsyncSignIn
from .transport import AsyncTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

    import httpx

    from .._operations.variables import OrganizationEntityVariables, OrganizationsVariables
    from .._requests.access_tokens import AsyncTokenFunction
    from .._requests.request_event import RequestEvent
    from .._transfer import ByteSource
    from ..settings import Settings
    from .queries import AsyncQueries


class AsyncClient(AsyncClientRequests):
    """Sends operations to one server with one key. Creating one sends nothing.

    Args:
        base_url: the server; otherwise ``WANDB_BASE_URL``, the settings file, the hosted service.
        api_key: the key; otherwise ``WANDB_API_KEY``, netrc, the settings file.
        timeout: seconds that one attempt of a request may take, from connecting to the last byte;
            otherwise ``WANDB_HTTP_TIMEOUT``, then 19. The call with all its attempts is bounded by
            ``retry``.
        transport: an httpx transport to send through, for tests and special networks.
        ssl_context: for every https connection (client certificates, a company's trust store);
            otherwise ``SSL_CERT_FILE``, ``SSL_CERT_DIR``, ``REQUESTS_CA_BUNDLE``,
            ``CURL_CA_BUNDLE``, then the system's certificates.
        entity: the default user or team; otherwise ``WANDB_ENTITY``, then the key's own.
        project: the default project; otherwise ``WANDB_PROJECT``, then "uncategorized".
        retry: how often and how long failed requests are sent again.
        on_request: called after each attempt with a ``RequestEvent``: the request and its outcome.
        allow_http: allow sending the key over plain http to another machine.
        token: a function that returns access tokens, instead of a key; it may return an awaitable.
            It is called for the first request, when the ``AccessToken`` expires within
            five minutes, and once when the server refuses the token. Without a token function and a
            key: ``WANDB_IDENTITY_TOKEN_FILE``.
        offline: send nothing: versions are read from the cache folder, all other calls raise
            ``OfflineError``; otherwise as ``WANDB_MODE`` says.

    Raises:
        InvalidInput: a setting is malformed, key and token are both given, or either would be sent
            unencrypted.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        ssl_context: ssl.SSLContext | None = None,
        entity: str | None = None,
        project: str | None = None,
        retry: RetryPolicy | None = None,
        on_request: Callable[[RequestEvent], None] | None = None,
        allow_http: bool = False,
        token: AsyncTokenFunction | None = None,
        offline: bool | None = None,
    ) -> None:
        # A traceback that shows local variables must not show the key.
        api_key, token = secret(api_key), unshown(token)
        check_client_options(transport, "handle_async_request", ssl_context, retry, on_request)
        check_async_token_function(token)
        self._settings = resolve(
            base_url=base_url,
            api_key=api_key,
            entity=entity,
            project=project,
            timeout=timeout,
            allow_http=allow_http,
            has_token=token is not None,
            offline=offline,
        )
        self._network = Network(
            timeout=self._settings.timeout,
            verify=self._settings.verify_tls,
            proxies=self._settings.proxies,
            ssl_context=ssl_context,
        )
        self._transport = AsyncTransport(self._settings, self._network, transport)
        self._given_transport = transport
        self._given_context = ssl_context
        self._given_key = api_key
        self._given_token = token
        self._allow_http = allow_http
        self._retry = RetryPolicy() if retry is None else retry
        self._rate_limiter = RateLimiter(self._retry)
        self._redactor = Redactor(
            self._settings.api_key, self._settings.headers, self._network.proxy_passwords
        )
        self._on_request = on_request
        self._new_source = partial(
            _byte_source, self._settings, self._network, on_request, self._redactor
        )
        self._bytes = ProcessLocal(partial(self._new_source, transport))
        self._elsewhere = ProcessLocal(partial(self._new_source, None))
        self._sign_in = AsyncSignIn(
            self._settings, token, self._transport, self._retry, on_request, self._redactor
        )
        self._viewer_entity: str | None = None
        self._lacking = LackingMembers()
        self._registry_entities: dict[str, str] = {}
        self._organization: str | None = None

    @cached_property
    def queries(self) -> AsyncQueries:
        """Every operation as a typed method."""
        from .queries import AsyncQueries

        return AsyncQueries(self)

    async def default_entity(self) -> str:
        """The default entity: from the settings, else the key's own, requested once.

        Raises:
            AuthenticationError: the key or token is missing, or the server does not know it.
        """
        if self._settings.entity is not None:
            return self._settings.entity
        if self._viewer_entity is None and self._settings.offline:
            from .._domain.offline.offline_client import recorded_default_entity
            from .._transfer.concurrency.async_bridge import in_thread

            self._viewer_entity = await in_thread(lambda _: recorded_default_entity(self._settings))
        if self._viewer_entity is None:
            self._viewer_entity = viewer_entity(
                await self.execute(catalog.VIEWER, NO_VARIABLES), self._settings.about_key
            )
        return self._viewer_entity

    async def organization(self, name: str | None = None) -> str:
        """The organization to use for registries.

        No request if a name is given or set (``WANDB_ORGANIZATION``); otherwise one, whose result
        is kept: the organization of the default entity, or the key's only one.

        Args:
            name: the requested organization; ``None`` for the default one.

        Raises:
            InvalidInput: the key belongs to several organizations; the error lists them.
            NotFoundError: the key belongs to no organization.
        """
        checked_subject("organization", organization=name)
        known = name or self._settings.organization or self._organization
        if known is not None:
            return known
        team = self._settings.entity
        variables: OrganizationsVariables = {"entity": team, "named": team is not None}
        found = only_organization(await self.execute(catalog.ORGANIZATIONS, variables))
        self._registry_entities[found.name] = found.entity
        self._organization = found.name
        return found.name

    async def locate(self, entity: str | None, project: str) -> str:
        """The entity of a project whose path names none, or names an organization.

        A registry without an owner belongs to the default organization. No request if the entity is
        given and the project is not a registry; otherwise at most one, whose result is kept, and
        one more for the name of an organization that is not that of its entity.

        Args:
            entity: the entity, or the organization of a registry; ``None`` for the default one.
            project: the project's name.

        Raises:
            AuthenticationError: the key or token is missing, or the server does not know it.
            InvalidInput: the key belongs to several organizations; the error lists them.
            NotFoundError: there is no such organization, or the key belongs to none.
        """
        subject_of(entity=entity, project=project)
        is_registry = project.startswith(REGISTRY_PREFIX)
        if entity is None:
            entity = await (self.organization() if is_registry else self.default_entity())
        if not is_registry:
            return entity
        if entity not in self._registry_entities:
            variables: OrganizationEntityVariables = {"name": entity}
            data = await self.execute(catalog.ORGANIZATION_ENTITY, variables, subject=entity)
            found = registry_owner(data, entity) or await named_organization(self, entity)
            # First by its own name, which its pages have.
            self._registry_entities.setdefault(found.name, found.entity)
            self._registry_entities[entity] = found.entity
        return self._registry_entities[entity]

    def byte_source(self) -> ByteSource:
        """The byte source that transfers file contents: urllib3, or the given transport."""
        from .._transfer.http.default_source import OfflineSource, async_is_kept

        if self._settings.offline:
            return OfflineSource()
        if async_is_kept(self._given_transport):
            return self._bytes.get()
        return self._new_source(self._given_transport)

    def reference_source(self) -> ByteSource:
        """The byte source for the targets of references, which an embedded server cannot serve."""
        from .._transfer.http.default_source import reaches_others

        if self._settings.offline or reaches_others(self._given_transport):
            return self.byte_source()
        return self._elsewhere.get()

    async def close(self) -> None:
        """Close the connections; those of running requests are closed when these have ended.

        A later request opens new ones.
        """
        for kept in (self._bytes, self._elsewhere):
            if (source := kept.take()) is not None:
                source.close()
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _byte_source(
    settings: Settings,
    network: Network,
    on_request: Callable[[RequestEvent], None] | None,
    redactor: Redactor,
    transport: httpx.AsyncBaseTransport | None,
) -> ByteSource:
    from .._transfer.http.default_source import async_byte_source

    return async_byte_source(settings, network, transport, on_request, redactor)
