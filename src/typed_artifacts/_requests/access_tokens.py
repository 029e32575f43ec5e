"""Decisions about access tokens: which one to use, and the outcome of an exchange. No I/O."""

from __future__ import annotations

import copy
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, final
from urllib.parse import urlencode

from .._environment.access_tokens import AccessToken, hidden, is_sendable, value_problem
from .._environment.variables import Secret, SecretBytes
from .._values.json_values import json_or_none
from .._values.shown import readable
from ..errors import ArtifactsError, AuthenticationError, InvalidInput, ServerError
from .attempt import LOGGER
from .response import RequestContext, check_response, refusal_message

if TYPE_CHECKING:
    from ..settings import Settings
    from .redaction import Redactor
    from .response import Response

FunctionT = TypeVar("FunctionT")
TokenFunction: TypeAlias = Callable[[], "str | AccessToken"]
"""Gives an access token to send, each time that one is needed."""
AsyncTokenFunction: TypeAlias = Callable[[], "str | AccessToken | Awaitable[str | AccessToken]"]
"""The same for coroutines: it may be awaited."""

EXCHANGE: Final = "TokenExchange"
"""What the exchange of an identity token is called in events and errors."""
# A token that ends sooner is replaced before it is used: it has to last for the request.
_EARLY: Final = timedelta(minutes=5)
# After a failure the token that is still valid is used for so long before the next attempt.
_PAUSE: Final = timedelta(seconds=30)
# The maximum lifetime: dates end with the year 9999.
_LONGEST: Final = timedelta(days=3650)
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def is_due(token: AccessToken, now: datetime) -> bool:
    """Whether a new token is needed: the old one expires within five minutes."""
    return token.expires_at is not None and token.expires_at - now <= _EARLY


def _has_expired(token: AccessToken, now: datetime) -> bool:
    return token.expires_at is not None and token.expires_at <= now


@final
class KeptToken:
    """The access token of a client, and the outcome of the last attempt to get one.

    It has no lock: callers make sure that only one attempt runs at a time.
    """

    def __init__(self) -> None:
        self.attempts = 0
        """How many attempts to get a token have ended."""
        self._token: AccessToken | None = None
        self._refused: str | None = None
        self._failure: ArtifactsError | None = None
        self._paused_until = datetime.min.replace(tzinfo=UTC)

    def usable(self, now: datetime) -> Secret | None:
        """The token, if it is still valid for a request, and it is not time for another one."""
        token = self._token
        if token is None or (_has_expired if now < self._paused_until else is_due)(token, now):
            return None
        return Secret(token.value)

    def since(self, attempts: int) -> Secret | None:
        """The token that another caller got while this one waited; ``None`` if there is none.

        A token that is valid for less than five minutes serves all callers that waited for it.

        Raises:
            ArtifactsError: the other caller's attempt failed; another one would fail, too.
        """
        if attempts == self.attempts:
            return None
        if self._failure is not None:
            raise copy.copy(self._failure)
        token = self._token
        return None if token is None else Secret(token.value)

    def take(self, token: AccessToken) -> Secret:
        """Keep a new token."""
        self.attempts += 1
        self._token, self._failure = token, None
        return Secret(token.value)

    def fail(self, error: Exception, now: datetime) -> Secret | None:
        """Record a failure, for callers that wait; the former token, if it is still valid."""
        self.attempts += 1
        token = self._token
        if token is not None and not _has_expired(token, now):
            self._failure, self._paused_until = None, now + _PAUSE
            # Not the error: its message may quote a token.
            LOGGER.warning(
                "There is no new access token (%s); the former one is used until it expires.",
                type(error).__name__,
            )
            return Secret(token.value)
        # A copy: the error itself is raised, and would keep what each of its frames refers to.
        self._token = None
        self._failure = copy.copy(error) if isinstance(error, ArtifactsError) else None
        return None

    def refuse(self, value: str) -> None:
        """Forget a token that the server refused, unless there is a newer one already."""
        self._refused = value
        token = self._token
        if token is not None and token.value == value:
            self._token = None

    def from_file(self, token: AccessToken | None, now: datetime) -> AccessToken | None:
        """A token that another process stored, if it is neither expiring nor refused."""
        if token is None or is_due(token, now) or token.value == self._refused:
            return None
        return token


def token_given(value: object) -> AccessToken:
    """The return value of a token function, as a token.

    Raises:
        InvalidInput: it is not a token.
    """
    if isinstance(value, AccessToken):
        return value
    if isinstance(value, str):
        return AccessToken(value)
    raise InvalidInput(
        f"The function token returned a value that is {value_problem(value)}; it must return an "
        "access token: a string, or an AccessToken."
    )


def unshown(token: FunctionT) -> FunctionT:
    """What was given as a function; a token that was given in its place is out of sight."""
    return hidden(token)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # a Secret is a str


async def async_called(function: AsyncTokenFunction) -> object:
    """What a function gave, out of sight."""
    given = function()
    return hidden(await given if isinstance(given, Awaitable) else given)


def called(function: TokenFunction) -> object:
    """What a function gave, out of sight."""
    return hidden(function())


def check_token_function(token: object) -> None:
    """Raise ``InvalidInput`` for an argument that is not a token function.

    Args:
        token: a function, or ``None``.
    """
    if iscoroutinefunction(token):
        raise InvalidInput("token is a coroutine function; AsyncApi and AsyncClient take those.")
    check_async_token_function(token)


def check_async_token_function(token: object) -> None:
    """Raise ``InvalidInput`` for an argument that is neither kind of token function.

    Args:
        token: a function, which may be a coroutine function, or ``None``.
    """
    if token is not None and not callable(token):
        kind = "str" if isinstance(token, str) else type(token).__name__
        raise InvalidInput(
            f"token is of type {kind}; it must be a function that returns an access token."
        )


def exchange_body(identity: Secret) -> SecretBytes:
    """The form that asks for an access token."""
    return SecretBytes(urlencode({"grant_type": _GRANT, "assertion": identity}).encode())


def exchange_context(settings: Settings) -> RequestContext:
    """The context of an exchange, for errors and events."""
    subject = str(settings.identity_token_file)
    return RequestContext(EXCHANGE, subject, settings.base_url, settings.about_key)


def read_exchange(
    response: Response, context: RequestContext, redactor: Redactor, now: datetime
) -> AccessToken:
    """The access token in the response to an exchange.

    Raises:
        AuthenticationError: the identity token was refused: a 4xx other than 429.
        ArtifactsError: the request failed.
    """
    status = response.status
    if status == 200:
        token = _token_in(SecretBytes(response.content), now)
        if token is not None:
            return token
        raise ServerError(
            f"{context.base_url} answered {context} with something that has no access token in "
            "it. Is a proxy or a login page in between?",
            status=status,
            operation=context.operation,
            subject=context.subject,
        )
    content = redactor.content(response.content)
    response = type(response)(status, content, response.headers)
    if 400 <= status < 500 and status not in {407, 429}:
        message = _refusal_message(content)
        raise AuthenticationError(
            f"{context.base_url} refused the identity token, {context}, with {status}: "
            f"{message.rstrip('.')}. Is it still valid, and does the server trust who issued it?",
            operation=context.operation,
            subject=context.subject,
            server_says=message,
        )
    check_response(response, context)
    raise AssertionError("no status but 200 is an answer")  # for type checkers


def _token_in(content: SecretBytes, now: datetime) -> AccessToken | None:
    reply = json_or_none(content)
    if not isinstance(reply, dict):
        return None
    value, seconds = hidden(reply.get("access_token")), reply.get("expires_in")
    if not isinstance(value, str) or not is_sendable(value):
        return None
    if seconds is None:
        return AccessToken(value)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or _is_nan(seconds):
        return None
    lifetime = min(max(0.0, seconds), _LONGEST.total_seconds())
    return AccessToken(value, now + timedelta(seconds=lifetime))


def _is_nan(number: float) -> bool:
    try:
        return math.isnan(number)
    except OverflowError:  # an integer beyond any float
        return False


def _refusal_message(content: bytes) -> str:
    """The message of a refusal, also in OAuth's form."""
    reply = json_or_none(content)
    description = reply.get("error_description") if isinstance(reply, dict) else None
    message = refusal_message(content)
    return f"{message}: {readable(description[:200])}" if isinstance(description, str) else message


def utc_now() -> datetime:
    """The current time, for expiry."""
    return datetime.now(UTC)
