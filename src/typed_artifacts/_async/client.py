"""The async client: it sends operations to a server, with its settings and retries."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Never, Self, TypeVar

from .._domain.arguments.argument_types import check_client_options, check_request
from .._domain.arguments.lookups import (
    checked_subject,
    only_organization,
    registry_entity,
    subject_of,
    viewer_entity,
)
from .._domain.client.client_base import ClientBase
from .._environment.network import Network
from .._environment.variables import secret
from .._operations import catalog
from .._requests.access_tokens import check_async_token_function, unshown
from .._requests.attempt import Attempt
from .._requests.operation import NO_VARIABLES
from .._requests.redaction import Redactor
from .._requests.response import RequestContext, allowance, read_reply
from .._requests.retry import RateLimiter, RetryPolicy, async_retrying, repeatable, seconds_left
from .._values.seconds import check_seconds
from ..errors import AuthenticationError
from ..paths import REGISTRY_PREFIX
from ..settings import resolve
from .sign_in import AsyncSignIn
from .transport import AsyncTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from types import TracebackType

    import httpx
    from pydantic import BaseModel

    from .._environment.variables import Secret
    from .._operations.variables import OrganizationEntityVariables, OrganizationsVariables
    from .._requests.access_tokens import AsyncTokenFunction
    from .._requests.operation import Operation, Reply
    from .._requests.request_event import RequestEvent
    from .._transfer import ByteSource
    from .queries import AsyncQueries

    DataT = TypeVar("DataT", bound=BaseModel)
    VariablesT = TypeVar("VariablesT", bound=Mapping[str, object])


class AsyncClient(ClientBase["httpx.AsyncBaseTransport"]):
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
        self._bytes: ByteSource | None = None
        self._elsewhere: ByteSource | None = None
        self._retry = RetryPolicy() if retry is None else retry
        self._rate_limiter = RateLimiter(self._retry)
        self._redactor = Redactor(
            self._settings.api_key, self._settings.headers, self._network.proxy_passwords
        )
        self._on_request = on_request
        self._sign_in = AsyncSignIn(
            self._settings, token, self._transport, self._retry, on_request, self._redactor
        )
        self._viewer_entity: str | None = None
        self._lacking: frozenset[str] = frozenset()
        self._registry_entities: dict[str, str] = {}
        self._organization: str | None = None

    @cached_property
    def queries(self) -> AsyncQueries:
        """Every operation as a typed method."""
        from .queries import AsyncQueries

        return AsyncQueries(self)

    async def execute(
        self,
        operation: Operation[DataT, VariablesT],
        variables: VariablesT,
        *,
        subject: str | None = None,
        seconds: float | None = None,
    ) -> DataT:
        """Send an operation and return its data. One request, plus retries.

        Args:
            operation: from ``typed_artifacts._operations.catalog``; prefer ``queries``.
            variables: the ``TypedDict`` of the operation, from ``_operations.variables``; ``None``
                values are omitted.
            subject: the object of the operation, for error messages.
            seconds: the time limit of one attempt; otherwise the client's ``timeout``.

        Raises:
            GraphQLError: the server reports errors.
            ArtifactsError: the request failed; see ``typed_artifacts.errors``.
        """
        reply = await self.send(operation, variables, subject=subject, seconds=seconds)
        return reply.require(subject)

    async def send(
        self,
        operation: Operation[DataT, VariablesT],
        variables: VariablesT,
        *,
        subject: str | None = None,
        seconds: float | None = None,
    ) -> Reply[DataT]:
        """Send an operation and return its data and errors. One request, plus retries.

        If the server does not know an optional field or variable, the operation is sent again
        without it: one more request, once for each client and field.

        Raises:
            UnsupportedByServer: a variable is given that the server does not support.
            OfflineError: the client is offline, and the cache folder lacks the data.
            ArtifactsError: the request failed; see ``typed_artifacts.errors``.
        """
        check_request(operation, variables)
        longest = self._settings.timeout if seconds is None else check_seconds(seconds, "seconds")
        if self._settings.offline:
            return await self._recall(operation, variables, subject)
        while True:
            body = operation.body(variables, self._lacking)
            reply = await self._ask(operation, body, subject, longest)
            refused = operation.refused(reply) - self._lacking
            if not refused:
                return reply
            self._lacking |= refused  # an older server: from now on it is not asked for these

    async def _recall(
        self, operation: Operation[DataT, VariablesT], variables: VariablesT, subject: str | None
    ) -> Reply[DataT]:
        """Return the response from the cache folder, without a request."""
        from .._domain.offline.offline_client import recorded_reply
        from .._transfer.concurrency.async_bridge import in_thread

        content = await in_thread(
            lambda _: recorded_reply(operation.name, variables, subject, self._settings)
        )
        return operation.parse(content)

    async def _ask(
        self,
        operation: Operation[DataT, Never],
        body: bytes,
        subject: str | None,
        longest: float,
    ) -> Reply[DataT]:
        """Send a request body, with retries."""
        context = RequestContext(
            operation.name, subject, self._settings.base_url, self._settings.about_key
        )
        token = await self._sign_in.token()
        try:
            return await self._repeat(operation, body, context, longest, token)
        except AuthenticationError:
            if token is None:
                raise
            self._sign_in.refuse(token)
        token = await self._sign_in.token()
        return await self._repeat(operation, body, context, longest, token)

    async def _repeat(
        self,
        operation: Operation[DataT, Never],
        body: bytes,
        context: RequestContext,
        longest: float,
        token: Secret | None,
    ) -> Reply[DataT]:
        again = repeatable(operation.name, operation.kind)
        async for attempt in async_retrying(self._retry, context, repeatable=again):
            with attempt:
                state = attempt.retry_state
                seconds = seconds_left(self._retry, longest, state)
                return await self._attempt(
                    operation, body, context, state.attempt_number, seconds, token
                )
        raise AssertionError("a retry loop either returns or raises")  # for type checkers

    async def _attempt(
        self,
        operation: Operation[DataT, Never],
        body: bytes,
        context: RequestContext,
        number: int,
        seconds: float,
        token: Secret | None,
    ) -> Reply[DataT]:
        waited = await self._rate_limiter.async_hold()
        redactor = self._redactor
        if token is not None:
            redactor.add_token(token)
        with Attempt(context, body, number, waited, self._on_request, redactor) as attempt:
            attempt.response = await self._transport.post(context, body, seconds, token)
            self._rate_limiter.note(allowance(attempt.response.headers))
            return read_reply(operation, attempt.response, context, redactor)

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
        wanted: OrganizationsVariables = {"entity": team, "named": team is not None}
        found = only_organization(await self.execute(catalog.ORGANIZATIONS, wanted))
        self._registry_entities[found.name] = found.entity
        self._organization = found.name
        return found.name

    async def locate(self, entity: str | None, project: str) -> str:
        """The entity of a project whose path names none, or names an organization.

        A registry without an owner belongs to the default organization. No request if the entity is
        given and the project is not a registry; otherwise at most one, whose result is kept.
        """
        subject_of(entity=entity, project=project)
        is_registry = project.startswith(REGISTRY_PREFIX)
        if entity is None:
            entity = await (self.organization() if is_registry else self.default_entity())
        if not is_registry:
            return entity
        if entity not in self._registry_entities:
            wanted: OrganizationEntityVariables = {"name": entity}
            data = await self.execute(catalog.ORGANIZATION_ENTITY, wanted, subject=entity)
            self._registry_entities[entity] = registry_entity(data, entity)
        return self._registry_entities[entity]

    def byte_source(self) -> ByteSource:
        """The byte source that transfers file contents: urllib3, or the given transport."""
        from .._transfer.http.default_source import OfflineSource, async_byte_source, async_is_kept

        if self._settings.offline:
            return OfflineSource()
        if self._bytes is not None:
            return self._bytes
        source = async_byte_source(
            self._network, self._given_transport, self._on_request, self._redactor
        )
        if async_is_kept(self._given_transport):
            self._bytes = source
        return source

    def reference_source(self) -> ByteSource:
        """The byte source for the targets of references, which an embedded server cannot serve."""
        from .._transfer.http.default_source import async_byte_source, reaches_others

        if self._settings.offline or reaches_others(self._given_transport):
            return self.byte_source()
        if self._elsewhere is None:
            self._elsewhere = async_byte_source(
                self._network, None, self._on_request, self._redactor
            )
        return self._elsewhere

    async def close(self) -> None:
        """Close the connections. A later request opens new ones."""
        for source in (self._bytes, self._elsewhere):
            if source is not None:
                source.close()
        self._bytes = self._elsewhere = None
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
