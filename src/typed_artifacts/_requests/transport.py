"""The common part of the sync and async transports: building requests, choosing the way.

httpx is loaded with the first request. The transports are used bare: httpx's client would look for
redirects, cookies and credentials at each request, of which there are none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, TypedDict

from .._environment.extras import not_installed
from .._values.gc_pause import PAUSE
from .response import request_headers

if TYPE_CHECKING:
    import ssl

    import httpx

    from .._environment.network import Network
    from ..settings import Settings
    from .response import RequestContext

# The encodings that httpx decodes without other packages.
_ACCEPTED_ENCODINGS: Final = "gzip, deflate"
REQUESTS_AT_ONCE: Final = 8
"""How many one transport carries, so that it has so many connections."""
IDLE_SECONDS: Final = 5.0
"""How long an idle connection is kept, in seconds."""
FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that delimit a message: only the HTTP library sets them."""


class Target(NamedTuple):
    """Where on the server a request goes, and what its body is."""

    path: str
    content_type: str


GRAPHQL: Final = Target("/graphql", "application/json")
TOKENS: Final = Target("/oidc/token", "application/x-www-form-urlencoded")


class TransportOptions(TypedDict):
    """What httpx's own transports are made with."""

    verify: ssl.SSLContext | bool
    proxy: httpx.Proxy | None
    limits: httpx.Limits


def transport_options(settings: Settings, network: Network) -> TransportOptions:
    """How to make a transport to a server: its certificates, and the proxy on the way if any.

    Raises:
        InvalidInput: the proxy that is needed has no usable address, or the certificates that the
            environment names cannot be read.
        ExtraNotInstalled: the proxy speaks SOCKS, which is an extra.
    """
    import httpx

    url = settings.base_url
    secure = url.startswith("https:")
    proxy = network.proxy(url)
    if proxy is not None and proxy.is_socks:
        try:
            import_module("socksio")  # httpx would advise to install an extra of its own
        except ModuleNotFoundError as error:
            raise not_installed(error, "A SOCKS proxy", "socks") from error
    # Certificates are read from the disk only if some connection uses https.
    needed = secure or (proxy is not None and proxy.url.startswith("https:"))
    context = network.ssl_context() if needed else None
    return {
        "verify": context if context is not None and secure else False,
        "proxy": None
        if proxy is None
        else httpx.Proxy(
            proxy.url,
            auth=None if proxy.username is None else (proxy.username, proxy.password or ""),
            ssl_context=context if proxy.url.startswith("https:") else None,
        ),
        "limits": httpx.Limits(
            max_connections=None,  # requests never wait for a connection
            max_keepalive_connections=REQUESTS_AT_ONCE,
            keepalive_expiry=IDLE_SECONDS,
        ),
    }


def is_delimited(response: httpx.Response) -> bool:
    """Whether the head of a response says where its body ends, or it is of no connection."""
    if "network_stream" not in response.extensions or response.http_version == "HTTP/2":
        return True
    return not {"content-length", "transfer-encoding"}.isdisjoint(response.headers)


class RequestBuilder:
    """Makes the requests to one server; what they have in common is worked out once.

    Args:
        settings: where the server is, and who asks.
        network: how it is reached.
        uses_proxy: whether the transport is our own, with the proxy of the settings.
    """

    def __init__(self, settings: Settings, network: Network, *, uses_proxy: bool) -> None:
        with PAUSE:
            import httpx

        self._proxy = network.proxy_address(settings.base_url) if uses_proxy else None
        self._base_url = settings.base_url
        self._url = httpx.URL(f"{settings.base_url}{GRAPHQL.path}")
        self._headers = httpx.Headers({"Accept-Encoding": _ACCEPTED_ENCODINGS})
        # One by one: names are case-insensitive, and the settings override ours.
        for name, value in request_headers(settings).items():
            if name.lower() not in FRAMING:
                self._headers[name] = value
        self._connect_seconds = network.connect_seconds

    def routed(self, context: RequestContext) -> RequestContext:
        """The context of a request, with the proxy that it is sent through."""
        return context if self._proxy is None else context._replace(proxy=self._proxy)

    def request(
        self,
        content: bytes,
        seconds: float,
        *,
        token: str | None = None,
        target: Target = GRAPHQL,
    ) -> httpx.Request:
        """A request with a body.

        Args:
            content: the body.
            seconds: the limit of each wait for data; the caller limits the total.
            token: an access token that says who asks, where there is no key.
            target: where it goes.
        """
        import httpx

        url, headers = self._url, self._headers
        if token is not None or target is not GRAPHQL:
            headers = httpx.Headers(headers)
            if token is not None:
                headers["Authorization"] = f"Bearer {token}"
            if target is not GRAPHQL:
                url = httpx.URL(f"{self._base_url}{target.path}")
                headers["Content-Type"] = target.content_type

        timeout = {
            "connect": min(seconds, self._connect_seconds),
            "read": seconds,
            "write": seconds,
            "pool": seconds,
        }
        return httpx.Request(
            "POST",
            url,
            headers=headers,
            content=content,
            extensions={"timeout": timeout},
        )
