"""Sends operations to a server: with retries, sign-in, and without what an older server lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Never, TypeVar

from .._domain.arguments.argument_types import check_request
from .._domain.client.client_base import ClientBase
from .._requests.attempt import Attempt
from .._requests.response import RequestContext, allowance, read_reply
from .._requests.retry import async_retrying, repeatable, seconds_left
from .._values.arguments import check_seconds
from ..errors import AuthenticationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx  # noqa: F401 - the base class names it in quotes
    from pydantic import BaseModel

    from .._environment.variables import Secret
    from .._requests.operation import Operation, Reply
    from .._requests.optional_members import LackingMembers
    from .._requests.redaction import Redactor
    from .._requests.retry import RateLimiter
    from .sign_in import AsyncSignIn
    from .transport import AsyncTransport

    DataT = TypeVar("DataT", bound=BaseModel)
    VariablesT = TypeVar("VariablesT", bound=Mapping[str, object])


class AsyncClientRequests(ClientBase["httpx.AsyncBaseTransport"]):
    """A base of ``AsyncClient``."""

    _transport: AsyncTransport
    _sign_in: AsyncSignIn
    _rate_limiter: RateLimiter
    _redactor: Redactor
    _lacking: LackingMembers

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
        without it: one more request, once in ten minutes for each client and field.

        Args:
            operation: as for ``execute()``, which raises the errors that the server reports.
            variables: the same.
            subject: the same.
            seconds: the same.

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
            lacking = self._lacking.names()  # another request may add to it meanwhile
            body = operation.body(variables, lacking)
            reply = await self._ask(operation, body, subject, longest)
            refused = operation.refused(reply) - lacking
            if not refused:
                return reply
            self._lacking.add(refused)  # an older server: later requests leave these out

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
