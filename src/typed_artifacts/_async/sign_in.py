"""Obtains access tokens: from a function, or by exchanging an identity token."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from anyio import Lock
from anyio.to_thread import run_sync

from .._environment.credentials import keep_credentials, read_credentials, read_identity_token
from .._requests.access_tokens import (
    KeptToken,
    async_called,
    exchange_body,
    exchange_context,
    read_exchange,
    token_given,
    utc_now,
)
from .._requests.attempt import Attempt
from .._requests.event_loop import LoopLocal
from .._requests.retry import async_retrying, seconds_left
from .._requests.transport import TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._environment.access_tokens import AccessToken
    from .._environment.variables import Secret
    from .._requests.access_tokens import AsyncTokenFunction
    from .._requests.redaction import Redactor
    from .._requests.request_event import RequestEvent
    from .._requests.retry import RetryPolicy
    from ..settings import Settings
    from .transport import AsyncTransport


@final
class AsyncSignIn:
    """Has an access token at hand; however many wait for a new one, it is fetched once.

    Args:
        settings: where the server is, and which file has the identity token.
        function: gives access tokens; used in place of a file.
        transport: sends the exchange.
        retry: how often and how long a failed exchange is sent again.
        on_request: called after each attempt of an exchange.
        redactor: takes the identity token out of what an exchange comes to.
    """

    def __init__(
        self,
        settings: Settings,
        function: AsyncTokenFunction | None,
        transport: AsyncTransport,
        retry: RetryPolicy,
        on_request: Callable[[RequestEvent], None] | None,
        redactor: Redactor,
    ) -> None:
        self._settings = settings
        self._function = function
        self._transport = transport
        self._retry = retry
        self._on_request = on_request
        self._redactor = redactor
        self._kept = KeptToken()
        self._lock = LoopLocal(Lock)

    async def token(self) -> Secret | None:
        """The access token for the next request; ``None`` where there is a key, or nothing.

        If no new one can be had, the former one is used until it expires.

        Raises:
            AuthenticationError: the server refuses the identity token.
            InvalidInput: there is no identity token in the file, or the function gave none.
            ArtifactsError: no usable answer came.
        """
        if self._settings.token_source is None:
            return None
        kept = self._kept
        attempts = kept.attempts  # first: an attempt of another may end right after the look
        if (found := kept.usable(utc_now())) is not None:
            return found
        async with self._lock.get():
            if (found := kept.since(attempts)) is not None:
                return found
            try:
                return kept.take(await self._fetch())
            except Exception as error:
                if (found := kept.fail(error, utc_now())) is not None:
                    return found
                raise

    def refuse(self, token: Secret) -> None:
        """Take in that the server refused a token: the next one is another."""
        self._kept.refuse(token)

    async def _fetch(self) -> AccessToken:
        if self._function is not None:
            return token_given(await async_called(self._function))
        file, server = self._settings.credentials_file, self._settings.base_url
        if file is not None:
            stored = await run_sync(read_credentials, file, server)
            if (token := self._kept.from_file(stored, utc_now())) is not None:
                return token
        token = await self._exchange()
        if file is not None:
            await run_sync(keep_credentials, file, server, token)
        return token

    async def _exchange(self) -> AccessToken:
        """Exchange the identity token, which is read anew, for an access token."""
        path = self._settings.identity_token_file
        assert path is not None  # noqa: S101 -- otherwise there is a token function
        identity = await run_sync(read_identity_token, path)
        body, context = exchange_body(identity), exchange_context(self._settings)
        redactor = self._redactor
        redactor.add_token(identity)
        async for attempt in async_retrying(self._retry, context, repeatable=True):
            with attempt:
                state = attempt.retry_state
                seconds = seconds_left(self._retry, self._settings.timeout, state)
                with Attempt(
                    context, body, state.attempt_number, 0.0, self._on_request, redactor
                ) as sent:
                    sent.response = await self._transport.post(
                        context, body, seconds, target=TOKENS
                    )
                    return read_exchange(sent.response, context, redactor, utc_now())
        raise AssertionError("a retry loop either returns or raises")  # for type checkers
