"""HTTP: the one module that imports httpx, on the first request and not before.

The two small classes only send; what an answer means is read in ``_answers``.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Final, TypeVar

from ._answers import Answer, Errand, request_headers
from ._deadline import Body, Deadline
from .errors import ArtifactsError, ConnectionFailed, RequestTimeout, ServerError
from .settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from .settings import Settings

# What httpx can undo without further packages.
_ENCODINGS: Final = "gzip, deflate"
TransportT = TypeVar("TransportT")

# Who has not answered the phone by then will not; the rest of the timeout is for the answer.
_CONNECT_SECONDS: Final = 10.0


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


def _unready(error: Exception, errand: Errand) -> ConnectionFailed:
    """What kept the first request from being sent: a certificate file, a kind of proxy, a URL."""
    words = str(error).rstrip(".") or type(error).__name__
    return ConnectionFailed(
        f"{errand} could not be sent to {errand.base_url}: {words}. "
        "Look at the base URL, the proxies and the certificates of the environment.",
        request_sent=False,
        operation=errand.operation,
        subject=errand.subject,
    )


class _Letterhead:
    """What all requests have in common, worked out once."""

    def __init__(self, settings: Settings) -> None:
        import httpx

        self._url = httpx.URL(f"{settings.base_url}/graphql")
        self._headers = httpx.Headers({"Accept-Encoding": _ENCODINGS, **request_headers(settings)})

    def request(
        self, content: bytes, seconds: float, extensions: dict[str, object] | None = None
    ) -> httpx.Request:
        """A request with a body."""
        import httpx

        timeout = timeouts(seconds).as_dict()
        return httpx.Request(
            "POST",
            self._url,
            headers=self._headers,
            content=content,
            extensions={"timeout": timeout, **(extensions or {})},
        )


class HttpTransport:
    """Sends request bodies over keep-alive connections; the first one loads httpx.

    The request goes straight to httpx's transport: its client would look for redirects, cookies
    and credentials at each, of which there are none, and that takes as long as the sending. Only
    where there is a proxy, the client chooses among its transports.
    """

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        self._settings = settings
        self._transport = transport
        self._opened: httpx.BaseTransport | httpx.Client | None = None
        self._letterhead: _Letterhead | None = None
        self._lock = threading.Lock()
        self._deadline = Deadline()

    def post(self, errand: Errand, content: bytes, seconds: float) -> Answer:
        """Send one GraphQL request and read the whole answer, within so many seconds."""
        import httpx

        self._deadline.ends = ends = time.monotonic() + seconds
        body = Body(errand, ends)
        try:
            opened, letterhead = self._ready(errand)
            request = letterhead.request(content, seconds, {"trace": self._deadline.traced})
            if isinstance(opened, httpx.Client):
                response = opened.send(request, stream=True)
            else:
                response = opened.handle_request(request)
            try:
                for piece in response.iter_bytes():
                    body.add(piece)
            finally:
                response.close()
        except Exception as error:
            raise translate(error, errand) from error
        return Answer(response.status_code, body.content, response.headers)

    def _ready(self, errand: Errand) -> tuple[httpx.BaseTransport | httpx.Client, _Letterhead]:
        try:
            return self._open()
        except Exception as error:
            raise _unready(error, errand) from error

    def _open(self) -> tuple[httpx.BaseTransport | httpx.Client, _Letterhead]:
        # Threads that share a client share its connections from the first request on.
        with self._lock:
            if self._opened is None or self._letterhead is None:
                self._letterhead = _Letterhead(self._settings)
                self._opened = self._transport or self._reached()
            return self._opened, self._letterhead

    def _reached(self) -> httpx.BaseTransport | httpx.Client:
        import httpx

        verify = _verified(self._settings)
        if not _has_proxies(self._settings):
            return httpx.HTTPTransport(verify=verify)
        mounts = _proxies(self._settings, httpx.HTTPTransport)
        return httpx.Client(verify=verify, mounts=mounts)

    def close(self) -> None:
        """Close the connections; a transport given by the caller is closed with them."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None


class AsyncHttpTransport:
    """Sends request bodies over keep-alive connections, as ``HttpTransport`` does."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None) -> None:
        self._settings = settings
        self._transport = transport
        self._opened: httpx.AsyncBaseTransport | httpx.AsyncClient | None = None
        self._letterhead: _Letterhead | None = None

    async def post(self, errand: Errand, content: bytes, seconds: float) -> Answer:
        """Send one GraphQL request and read the whole answer, within so many seconds."""
        import httpx
        from anyio import fail_after

        body = Body(errand, math.inf)
        try:
            with fail_after(seconds):
                opened, letterhead = self._ready(errand)
                request = letterhead.request(content, seconds)
                if isinstance(opened, httpx.AsyncClient):
                    response = await opened.send(request, stream=True)
                else:
                    response = await opened.handle_async_request(request)
                try:
                    async for piece in response.aiter_bytes():
                        body.add(piece)
                finally:
                    await response.aclose()
        except Exception as error:
            raise translate(error, errand) from error
        return Answer(response.status_code, body.content, response.headers)

    def _ready(
        self, errand: Errand
    ) -> tuple[httpx.AsyncBaseTransport | httpx.AsyncClient, _Letterhead]:
        try:
            return self._open()
        except Exception as error:
            raise _unready(error, errand) from error

    def _open(self) -> tuple[httpx.AsyncBaseTransport | httpx.AsyncClient, _Letterhead]:
        if self._opened is None or self._letterhead is None:
            self._letterhead = _Letterhead(self._settings)
            self._opened = self._transport or self._reached()
        return self._opened, self._letterhead

    def _reached(self) -> httpx.AsyncBaseTransport | httpx.AsyncClient:
        import httpx

        verify = _verified(self._settings)
        if not _has_proxies(self._settings):
            return httpx.AsyncHTTPTransport(verify=verify)
        mounts = _proxies(self._settings, httpx.AsyncHTTPTransport)
        return httpx.AsyncClient(verify=verify, mounts=mounts)

    async def close(self) -> None:
        """Close the connections; a transport given by the caller is closed with them."""
        if self._opened is not None:
            await self._opened.aclose()
            self._opened = None


def _verified(settings: Settings) -> bool:
    """Whether certificates are checked; where there are none, they need not be read from disk."""
    return settings.verify_tls and settings.base_url.startswith("https:")


def _has_proxies(settings: Settings) -> bool:
    """Whether a proxy may be on the way: from the settings, or as the environment has it.

    Never to this machine: the key goes there unencrypted, and must not pass another one.
    """
    from urllib.request import getproxies

    return not is_loopback(settings.base_url) and bool(settings.proxies or getproxies())


def timeouts(seconds: float) -> httpx.Timeout:
    """For connecting, and for each silence; the whole is bounded by whoever sends."""
    import httpx

    return httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))


def _proxies(settings: Settings, make: Callable[..., TransportT]) -> dict[str, TransportT] | None:
    return {
        f"{scheme}://": make(proxy=url, verify=settings.verify_tls)
        for scheme, url in settings.proxies.items()
    } or None
