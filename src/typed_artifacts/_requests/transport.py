"""GraphQL over httpx, and the choice between that and sockets of our own (``_sockets``).

httpx is loaded with the first request that it sends. The two small classes only send; what an
answer means is read in ``_answers``.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from .._transfer.decoding import ACCEPTED
from ..errors import ArtifactsError
from ..settings import is_loopback
from .deadline import Collected, Deadline
from .failures import broken_off, message_of, timed_out, undecodable, unready
from .response import RequestContext, Response, request_headers
from .sockets import CONNECT_SECONDS, SocketTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    import httpx

    from ..settings import Settings

TransportT = TypeVar("TransportT")


def translate(error: Exception, context: RequestContext) -> ArtifactsError:
    """Whatever went wrong while sending or reading, as one of ours; a bug is re-raised as it is."""
    import httpx

    if isinstance(error, ArtifactsError):
        return error
    words = message_of(error)
    # Before a connection there is nothing that could have been read.
    unsent = isinstance(
        error,
        httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.InvalidURL,
    )
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return timed_out(context, words, unsent=unsent)
    if isinstance(error, httpx.DecodingError):
        return undecodable(context, words)
    # httpx lets a few of the standard library's pass: a certificate file, a host's encoding.
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL | httpx.StreamError | OSError):
        return broken_off(context, words, unsent=unsent)
    if isinstance(error, UnicodeError):
        return unready(context, error)
    raise error


class _Letterhead:
    """What all requests have in common, worked out once."""

    def __init__(self, settings: Settings) -> None:
        import httpx

        self._url = httpx.URL(f"{settings.base_url}/graphql")
        self._headers = httpx.Headers({"Accept-Encoding": ACCEPTED, **request_headers(settings)})

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


def transport_for(
    settings: Settings, transport: httpx.BaseTransport | None
) -> HttpTransport | SocketTransport:
    """The blocking way to a server: sockets, or httpx with a given transport or with proxies."""
    if transport is None and not _may_meet_proxies(settings):
        return SocketTransport(settings)
    return HttpTransport(settings, transport)


class HttpTransport:
    """Sends request bodies over keep-alive connections; the first one loads httpx.

    A given transport is used bare: httpx's client would look for redirects, cookies and credentials
    at each request, of which there are none, and that takes as long as the sending. Only where
    there is a proxy, the client chooses among its transports.
    """

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        self._settings = settings
        self._transport = transport
        self._opened: httpx.BaseTransport | httpx.Client | None = None
        self._letterhead: _Letterhead | None = None
        self._lock = threading.Lock()
        self._deadline = Deadline()

    def post(self, context: RequestContext, content: bytes, seconds: float) -> Response:
        """Send one GraphQL request and read the whole answer, within so many seconds."""
        import httpx

        self._deadline.ends = ends = time.monotonic() + seconds
        body = Collected(context, ends)
        try:
            opened, letterhead = self._ready(context)
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
            raise translate(error, context) from error
        return Response(response.status_code, body.content, response.headers)

    def _ready(
        self, context: RequestContext
    ) -> tuple[httpx.BaseTransport | httpx.Client, _Letterhead]:
        try:
            return self._open()
        except Exception as error:
            raise unready(context, error) from error

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
        mounts = _proxies(self._settings, verify, httpx.HTTPTransport)
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

    async def post(self, context: RequestContext, content: bytes, seconds: float) -> Response:
        """Send one GraphQL request and read the whole answer, within so many seconds."""
        import httpx
        from anyio import fail_after

        body = Collected(context, math.inf)
        try:
            with fail_after(seconds):
                opened, letterhead = self._ready(context)
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
            raise translate(error, context) from error
        return Response(response.status_code, body.content, response.headers)

    def _ready(
        self, context: RequestContext
    ) -> tuple[httpx.AsyncBaseTransport | httpx.AsyncClient, _Letterhead]:
        try:
            return self._open()
        except Exception as error:
            raise unready(context, error) from error

    def _open(self) -> tuple[httpx.AsyncBaseTransport | httpx.AsyncClient, _Letterhead]:
        if self._opened is None or self._letterhead is None:
            self._letterhead = _Letterhead(self._settings)
            self._opened = self._transport or self._reached()
        return self._opened, self._letterhead

    def _reached(self) -> httpx.AsyncBaseTransport | httpx.AsyncClient:
        import httpx

        verify = _verified(self._settings)
        if not _may_meet_proxies(self._settings):
            return httpx.AsyncHTTPTransport(verify=verify)
        mounts = _proxies(self._settings, verify, httpx.AsyncHTTPTransport)
        return httpx.AsyncClient(verify=verify, mounts=mounts)

    async def close(self) -> None:
        """Close the connections; a transport given by the caller is closed with them."""
        if self._opened is not None:
            await self._opened.aclose()
            self._opened = None


def _verified(settings: Settings) -> ssl.SSLContext | bool:
    """What certificates are checked against; where there are none, nothing is read from disk."""
    from .._environment.certificates import tls_context

    if not settings.base_url.startswith("https:"):
        return False
    return tls_context(verify=settings.verify_tls)


def _may_meet_proxies(settings: Settings) -> bool:
    """Whether a proxy may be on the way: from the settings, or as the environment has it.

    Never to this machine: the key goes there unencrypted, and must not pass another one.
    """
    from .._environment.proxies import has_proxies

    return not is_loopback(settings.base_url) and bool(settings.proxies or has_proxies())


def timeouts(seconds: float) -> httpx.Timeout:
    """For connecting, and for each silence; the whole is bounded by whoever sends."""
    import httpx

    return httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


def _proxies(
    settings: Settings, verify: ssl.SSLContext | bool, make: Callable[..., TransportT]
) -> dict[str, TransportT] | None:
    return {
        f"{scheme}://": make(proxy=url, verify=verify) for scheme, url in settings.proxies.items()
    } or None
