"""HTTP: the one module that imports httpx, on the first request and not before.

Pure functions make headers and read answers; the two small classes only send.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

from ._operation import errors_in, excerpt
from .errors import (
    ArtifactsError,
    AuthenticationError,
    ConflictError,
    ConnectionFailed,
    PermissionDenied,
    RateLimited,
    RequestTimeout,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from .settings import Settings

USER_AGENT = "typed-artifacts"

TransportT = TypeVar("TransportT")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read whole."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One attempt of one request, for logs, metrics and tests.

    Attributes:
        operation: the operation's name.
        attempt: 1 for the first, more for retries.
        status: the HTTP status; ``None`` where no answer came.
        seconds: from sending to the whole answer.
        sent: bytes of the request's body.
        received: bytes of the answer's body, decoded.
        error: what the attempt failed with, if it did.
    """

    operation: str
    attempt: int
    status: int | None
    seconds: float
    sent: int
    received: int
    error: BaseException | None


class Exchange:
    """Times one attempt and reports it, whatever comes of it."""

    def __init__(
        self,
        operation: str,
        subject: str | None,
        body: bytes,
        attempt: int,
        report: Callable[[RequestEvent], None] | None,
    ) -> None:
        self._operation = operation
        self._subject = subject
        self._body = body
        self._attempt = attempt
        self._report = report
        self.answer: Answer | None = None

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if isinstance(error, ArtifactsError) and error.subject is None:
            error.subject = self._subject
        if self._report is None:
            return
        answer = self.answer
        self._report(
            RequestEvent(
                self._operation,
                self._attempt,
                None if answer is None else answer.status,
                time.perf_counter() - self._began,
                len(self._body),
                0 if answer is None else len(answer.content),
                error,
            )
        )


def request_headers(settings: Settings) -> dict[str, str]:
    """The headers of every GraphQL request, credentials included."""
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        **settings.headers,
    }
    if settings.api_key is not None:
        token = base64.b64encode(f"api:{settings.api_key}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    return headers


def check_answer(answer: Answer, operation: str, base_url: str) -> bytes:
    """The body of a usable answer: a 200, or an error status that carries GraphQL errors.

    Raises:
        AuthenticationError, PermissionDenied, RateLimited, RequestTimeout, ConflictError,
        ServerError: by status, each with the server's words.
    """
    status = answer.status
    if status == 200 or (status in {400, 422} and errors_in(answer.content)):
        return answer.content
    return _refuse(answer, operation, base_url)


def _refuse(answer: Answer, operation: str, base_url: str) -> NoReturn:
    status, words = answer.status, _words(answer)
    said = f"{base_url} answered {operation} with {status}: {words}"
    if status == 401:
        raise AuthenticationError(
            f"{said}. Set WANDB_API_KEY, pass api_key=, or add the host to your netrc.",
            operation=operation,
            server_says=words,
        )
    if status == 403:
        raise PermissionDenied(
            f"{said}. The key is known but may not do this.",
            operation=operation,
            server_says=words,
        )
    if status == 429:
        wait = retry_after(answer.headers)
        raise RateLimited(
            f"{said}. Ask less often, or later.",
            retry_after=wait,
            operation=operation,
            server_says=words,
        )
    if status == 408:
        raise RequestTimeout(f"{said}.", operation=operation, server_says=words)
    if status == 409:
        raise ConflictError(f"{said}.", operation=operation, server_says=words)
    if 300 <= status < 400:
        where = answer.headers.get("location", "nowhere")
        said = f"{base_url} redirects {operation} to {where}; set the base URL to where it leads"
    raise ServerError(f"{said}.", status=status, operation=operation, server_says=words)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that ``Retry-After`` asks to wait: a number or a date; ``None`` for neither."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _words(answer: Answer) -> str:
    items = errors_in(answer.content)
    return "; ".join(item.message for item in items) if items else excerpt(answer.content)


def translate(error: Exception, operation: str, base_url: str) -> ConnectionFailed | ServerError:
    """An httpx exception as one of ours; an unknown one is re-raised as it is."""
    import httpx

    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    words = str(error) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        return RequestTimeout(
            f"{base_url} did not answer {operation} in time ({words}); "
            "raise timeout= or WANDB_HTTP_TIMEOUT if it needs longer.",
            request_sent=not unsent,
            operation=operation,
        )
    if isinstance(error, httpx.DecodingError):
        return ServerError(
            f"{base_url} answered {operation} with a body that cannot be decoded ({words}).",
            operation=operation,
        )
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL | httpx.StreamError):
        return ConnectionFailed(
            f"{operation} could not be sent to {base_url}: {words}.",
            request_sent=not unsent,
            operation=operation,
        )
    raise error


class HttpTransport:
    """Sends request bodies over one keep-alive httpx client, made when the first is sent."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        self._settings = settings
        self._transport = transport
        self._http: httpx.Client | None = None

    def post(self, operation: str, body: bytes) -> Answer:
        """Send one GraphQL request and read the whole answer."""
        try:
            response = self._client().post(f"{self._settings.base_url}/graphql", content=body)
        except Exception as error:
            raise translate(error, operation, self._settings.base_url) from error
        return Answer(response.status_code, response.content, response.headers)

    def _client(self) -> httpx.Client:
        if self._http is None:
            import httpx

            self._http = httpx.Client(
                headers=request_headers(self._settings),
                timeout=self._settings.timeout,
                verify=self._settings.verify_tls,
                transport=self._transport,
                mounts=_proxies(self._settings, httpx.HTTPTransport),
            )
        return self._http

    def close(self) -> None:
        """Close the connections; a transport given by the caller is closed with them."""
        if self._http is not None:
            self._http.close()
            self._http = None


class AsyncHttpTransport:
    """Sends request bodies over one keep-alive httpx client, made when the first is sent."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None) -> None:
        self._settings = settings
        self._transport = transport
        self._http: httpx.AsyncClient | None = None

    async def post(self, operation: str, body: bytes) -> Answer:
        """Send one GraphQL request and read the whole answer."""
        try:
            response = await self._client().post(f"{self._settings.base_url}/graphql", content=body)
        except Exception as error:
            raise translate(error, operation, self._settings.base_url) from error
        return Answer(response.status_code, response.content, response.headers)

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            import httpx

            self._http = httpx.AsyncClient(
                headers=request_headers(self._settings),
                timeout=self._settings.timeout,
                verify=self._settings.verify_tls,
                transport=self._transport,
                mounts=_proxies(self._settings, httpx.AsyncHTTPTransport),
            )
        return self._http

    async def close(self) -> None:
        """Close the connections; a transport given by the caller is closed with them."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None


def _proxies(settings: Settings, make: Callable[..., TransportT]) -> dict[str, TransportT] | None:
    return {
        f"{scheme}://": make(proxy=url, verify=settings.verify_tls)
        for scheme, url in settings.proxies.items()
    } or None
