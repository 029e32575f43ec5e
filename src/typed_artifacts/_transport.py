"""HTTP: the one module that imports httpx, on the first request and not before.

The two small classes only send; what an answer means is read in ``_answers``.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeVar

from ._answers import Answer, Errand, request_headers
from ._deadline import Deadline
from .errors import ArtifactsError, ConnectionFailed, RequestTimeout, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from .settings import Settings

TransportT = TypeVar("TransportT")

# No listing is that large; a body without end must not fill the memory.
MOST_BYTES: Final = 256 << 20
# Who has not answered the phone by then will not; the rest of the timeout is for the answer.
_CONNECT_SECONDS: Final = 10.0


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
        waited: seconds that it was held back because the server's ``RateLimit-*`` headers said
            that few requests are left.
    """

    operation: str
    attempt: int
    status: int | None
    seconds: float
    sent: int
    received: int
    error: BaseException | None
    waited: float = 0.0


class Exchange:
    """Times one attempt and reports it, whatever comes of it."""

    def __init__(
        self,
        errand: Errand,
        body: bytes,
        attempt: int,
        waited: float,
        report: Callable[[RequestEvent], None] | None,
    ) -> None:
        self._errand = errand
        self._sent = len(body)
        self._attempt = attempt
        self._waited = waited
        self._report = report
        self.answer: Answer | None = None

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if isinstance(error, ArtifactsError) and error.subject is None:
            error.subject = self._errand.subject
        if self._report is None:
            return
        answer = self.answer
        self._report(
            RequestEvent(
                self._errand.operation,
                self._attempt,
                None if answer is None else answer.status,
                time.perf_counter() - self._began,
                self._sent,
                0 if answer is None else len(answer.content),
                error,
                self._waited,
            )
        )


def translate(error: Exception, errand: Errand) -> ArtifactsError:
    """Whatever went wrong while sending or reading, as one of ours; a bug is re-raised as it is."""
    import httpx

    if isinstance(error, ArtifactsError):
        return error
    what, about = errand.operation, errand.subject
    words = str(error).rstrip(".") or type(error).__name__
    # Before a connection there is nothing that could have been read.
    unsent = isinstance(
        error,
        httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.InvalidURL,
    )
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return RequestTimeout(
            f"{errand.base_url} did not answer {errand} in time ({words}); "
            "raise timeout= or WANDB_HTTP_TIMEOUT if it needs longer.",
            request_sent=not unsent,
            operation=what,
            subject=about,
        )
    if isinstance(error, httpx.DecodingError):
        return ServerError(
            f"{errand.base_url} answered {errand} with a body that cannot be decoded ({words}). "
            "Is a proxy in between?",
            operation=what,
            subject=about,
        )
    # httpx lets a few of the standard library's pass: a certificate file, a host's encoding.
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL | httpx.StreamError | OSError):
        said = "could not be sent to" if unsent else "got no whole answer from"
        return ConnectionFailed(
            f"{errand} {said} {errand.base_url}: {words}. "
            "Is the address right, and the network up?",
            request_sent=not unsent,
            operation=what,
            subject=about,
        )
    if isinstance(error, UnicodeError):
        return ConnectionFailed(
            f"{errand} could not be sent to {errand.base_url}: {words}.",
            request_sent=False,
            operation=what,
            subject=about,
        )
    raise error


class _Body:
    """Collects an answer's body, up to its end, the deadline or the limit."""

    def __init__(self, errand: Errand, ends: float) -> None:
        self._errand = errand
        self._ends = ends
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > MOST_BYTES:
            raise ServerError(
                f"{self._errand.base_url} answers {self._errand} with more than "
                f"{MOST_BYTES >> 20} MiB; ask for less with a smaller per_page.",
                operation=self._errand.operation,
                subject=self._errand.subject,
            )
        if time.monotonic() > self._ends:
            raise TimeoutError("its answer has not ended")

    @property
    def content(self) -> bytes:
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)


class HttpTransport:
    """Sends request bodies over one keep-alive httpx client, made when the first is sent."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        self._settings = settings
        self._transport = transport
        self._http: httpx.Client | None = None
        self._lock = threading.Lock()
        self._deadline = Deadline()

    def post(self, errand: Errand, content: bytes, seconds: float) -> Answer:
        """Send one GraphQL request and read the whole answer, within so many seconds."""
        self._deadline.ends = ends = time.monotonic() + seconds
        body = _Body(errand, ends)
        try:
            with self._client().stream(
                "POST",
                f"{self._settings.base_url}/graphql",
                content=content,
                timeout=timeouts(seconds),
                extensions={"trace": self._deadline.traced},
            ) as response:
                for piece in response.iter_bytes():
                    body.add(piece)
        except Exception as error:
            raise translate(error, errand) from error
        return Answer(response.status_code, body.content, response.headers)

    def _client(self) -> httpx.Client:
        # Threads that share a client share its connections from the first request on.
        with self._lock:
            if self._http is None:
                import httpx

                self._http = httpx.Client(
                    headers=request_headers(self._settings),
                    verify=self._settings.verify_tls,
                    transport=self._transport,
                    mounts=_proxies(self._settings, httpx.HTTPTransport),
                )
            return self._http

    def close(self) -> None:
        """Close the connections; a transport given by the caller is closed with them."""
        with self._lock:
            if self._http is not None:
                self._http.close()
                self._http = None


class AsyncHttpTransport:
    """Sends request bodies over one keep-alive httpx client, made when the first is sent."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None) -> None:
        self._settings = settings
        self._transport = transport
        self._http: httpx.AsyncClient | None = None

    async def post(self, errand: Errand, content: bytes, seconds: float) -> Answer:
        """Send one GraphQL request and read the whole answer, within so many seconds."""
        from anyio import fail_after

        body = _Body(errand, math.inf)
        try:
            with fail_after(seconds):
                async with self._client().stream(
                    "POST",
                    f"{self._settings.base_url}/graphql",
                    content=content,
                    timeout=timeouts(seconds),
                ) as response:
                    async for piece in response.aiter_bytes():
                        body.add(piece)
        except Exception as error:
            raise translate(error, errand) from error
        return Answer(response.status_code, body.content, response.headers)

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            import httpx

            self._http = httpx.AsyncClient(
                headers=request_headers(self._settings),
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


def timeouts(seconds: float) -> httpx.Timeout:
    """For connecting, and for each silence; the whole is bounded by whoever sends."""
    import httpx

    return httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))


def _proxies(settings: Settings, make: Callable[..., TransportT]) -> dict[str, TransportT] | None:
    return {
        f"{scheme}://": make(proxy=url, verify=settings.verify_tls)
        for scheme, url in settings.proxies.items()
    } or None
