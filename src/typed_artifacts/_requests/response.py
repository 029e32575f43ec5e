"""Interprets an HTTP response, without I/O: data, an error, or a time to wait. Pure."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING, NamedTuple, Never, NoReturn, TypedDict, TypeVar

from .._values.guards import override
from .._values.times import as_utc
from .._values.uris import is_uri, shown_uri
from ..errors import (
    AuthenticationError,
    ConflictError,
    PermissionDenied,
    RateLimited,
    RequestTimeout,
    ServerError,
)
from .failures import connection_broken, proxy_refused
from .redaction import token_of
from .reply_errors import (
    FORBIDDEN_ADVICE,
    TOO_LARGE_ADVICE,
    errors_in,
    excerpt,
    is_cut,
    is_graphql,
    messages_of,
    page_title,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from ..settings import Settings
    from .operation import Operation, Reply
    from .redaction import Redactor

DataT = TypeVar("DataT", bound="BaseModel")

USER_AGENT = "typed-artifacts"
TOO_LARGE = 413
TOO_EARLY = 425  # the server has read nothing: the request might be a replay

# A larger value of Reset is a Unix time, and not a number of seconds.
_EPOCH_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer, read whole.

    Attributes:
        status: its status.
        content: its body.
        headers: its headers.
        is_delimited: whether its head says where the body ends; else it ends with the connection,
            and one that was cut looks whole.
    """

    status: int
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    is_delimited: bool = True


class RequestContext(NamedTuple):
    """The request and its destination, for errors and events."""

    operation: str
    subject: str | None
    base_url: str
    about_key: str = "Set WANDB_API_KEY, pass api_key=, or add the host to your netrc."
    """Where the key came from, and what to do where it is not the right one."""
    proxy: str | None = None
    """The address of the proxy on the way, without credentials."""

    @property
    def server(self) -> str:
        """The server, and the proxy that it is reached through."""
        return self.base_url + ("" if self.proxy is None else f" through the proxy {self.proxy}")

    @override
    def __str__(self) -> str:
        return f"{self.operation} for {self.subject}" if self.subject else self.operation


def request_headers(settings: Settings) -> dict[str, str]:
    """The headers of every GraphQL request, credentials included."""
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        **settings.headers,
    }
    if settings.api_key is not None:
        headers["Authorization"] = f"Basic {token_of(settings.api_key).decode()}"
    return headers


def check_response(response: Response, context: RequestContext) -> bytes:
    """The body of a usable answer: a 200, or an error status that carries GraphQL errors.

    W&B's server gives the status of an error of GraphQL to the whole answer.

    Raises:
        AuthenticationError, PermissionDenied, RateLimited, RequestTimeout, ConflictError,
        ServerError: by status, each with the server's words.
    """
    status = response.status
    if status == 200 or (status in {400, 422} and errors_in(response.content)):
        return response.content
    if status in {404, 409} and is_graphql(response.content):
        return response.content
    return _refuse(response, context)


class _Details(TypedDict):
    operation: str
    subject: str | None
    server_says: str


def _refuse(response: Response, context: RequestContext) -> NoReturn:
    message, wait = refusal_message(response.content), retry_after(response.headers)
    answer = f"{context.base_url} answered {context} with {response.status}"
    summary = f"{answer}: {message.rstrip('.')}"
    details: _Details = {
        "operation": context.operation,
        "subject": context.subject,
        "server_says": message,
    }
    match response.status:
        case 401:
            raise AuthenticationError(f"{summary}. {context.about_key}", **details)
        case 403:
            raise PermissionDenied(f"{summary}. {FORBIDDEN_ADVICE} {context.about_key}", **details)
        case 407:
            raise proxy_refused(context)
        case 408:
            advice = f"Try again later{in_seconds(wait)}."
            raise RequestTimeout(f"{summary}. {advice}", retry_after=wait, **details)
        case 409:
            raise ConflictError(f"{summary}. Load it anew, then decide.", **details)
        case 429:
            advice = f"Ask less often, or later{in_seconds(wait)}."
            raise RateLimited(f"{summary}. {advice}", retry_after=wait, **details)
        case _:
            # No local variable holds the message: a redirect may quote the key, and a traceback may
            # show local variables.
            raise ServerError(
                _other(response, context, summary, wait),
                status=response.status,
                retry_after=wait,
                **details,
            )


def _other(response: Response, context: RequestContext, summary: str, wait: float | None) -> str:
    if 300 <= response.status < 400:
        location = response.headers.get("location", "nowhere")
        # The query, and the part before the host, may hold a secret.
        shown = shown_uri(location) if is_uri(location) else location.partition("?")[0]
        return (
            f"{context.base_url} redirects {context.operation} to {shown}, where the key is not "
            "sent; set the base URL to where it leads."
        )
    if response.status == TOO_LARGE:
        return f"{summary}. {TOO_LARGE_ADVICE}"
    if response.status >= 500 or response.status == TOO_EARLY:
        return f"{summary}. Try again later{in_seconds(wait)}."
    return f"{summary}. Is this the address of a W&B server?"


def in_seconds(wait: float | None) -> str:
    """A time to wait, as the end of a sentence; empty where there is none."""
    return f", in {ceil(wait)} s" if wait else ""


def refusal_message(content: bytes) -> str:
    """What a refusal says: its errors, the title of an HTML page, or its beginning."""
    items = errors_in(content)
    if items:
        return messages_of(items)
    return page_title(content) or excerpt(content)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that ``Retry-After`` asks to wait: a number or a date; ``None`` for neither."""
    if (text := headers.get("retry-after")) is None:
        return None
    if (seconds := _number(text)) is not None:
        return seconds
    until = _seconds_of_date(text)
    return None if until is None else max(0.0, until - _server_time(headers))


def _seconds_of_date(text: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return as_utc(parsedate_to_datetime(text)).timestamp()
    except (ValueError, OverflowError):
        return None


def _server_time(headers: Mapping[str, str]) -> float:
    """The time by the clock of who answered, which may be another than that of this machine."""
    seconds = _seconds_of_date(headers.get("date", ""))
    return time.time() if seconds is None else seconds


class Allowance(NamedTuple):
    """What ``RateLimit-*`` headers leave: so many requests, for so many seconds."""

    remaining: float
    seconds: float
    limit: float | None

    @property
    def interval(self) -> float:
        """Seconds between requests at which the rest lasts; 0 while there is plenty."""
        scarce = 10.0 if self.limit is None else self.limit / 5
        return 0.0 if self.remaining > scarce else self.seconds / (self.remaining + 1)


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """What the ``RateLimit-Remaining``, ``-Reset`` and ``-Limit`` headers say, if they do."""
    if (text := headers.get("ratelimit-remaining")) is None:
        return None
    remaining, reset = _number(text), _number(headers.get("ratelimit-reset", ""))
    if remaining is None or reset is None:
        return None
    seconds = max(0.0, reset - _server_time(headers)) if reset > _EPOCH_SECONDS else reset
    return Allowance(remaining, seconds, _number(headers.get("ratelimit-limit", "")))


def _number(text: str) -> float | None:
    """A header's number: finite and not below 0; of a list (``100, 100;w=60``) the first."""
    try:
        value = float(re.split("[,;]", text, maxsplit=1)[0])
    except ValueError:
        return None
    return max(0.0, value) if value < float("inf") else None


def read_reply(
    operation: Operation[DataT, Never],
    response: Response,
    context: RequestContext,
    redactor: Redactor,
) -> Reply[DataT]:
    """The reply in an answer.

    A server, or a proxy, may quote what it was sent: what is not clean data is read without the
    key, so that no error can repeat it.

    Raises:
        ConnectionFailed: it was cut.
        ArtifactsError: by status, or a ``ServerError`` for what is no reply of this operation.
    """
    content = response.content
    if response.status == 200:
        try:
            reply = operation.parse(content)
        except ServerError:
            pass  # raised again below, from the body without the key
        else:
            if not reply.errors:
                return reply
        if not response.is_delimited and is_cut(content):
            raise connection_broken(context, "it broke off in the middle", unsent=False)
    content = redactor.content(content)
    body = check_response(replace(response, content=content), context)
    reply = operation.parse(body, context)
    errors = [replace(each, message=redactor.text(each.message)) for each in reply.errors]
    return replace(reply, errors=tuple(errors), status=response.status)
