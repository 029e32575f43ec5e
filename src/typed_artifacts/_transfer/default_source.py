"""Which way file contents go: plain sockets, or the httpx transport that the client was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from ..settings import Settings
    from . import ByteSource

DEFAULT_WORKERS = 8
"""Threads that carry files at once, unless a caller wants another number."""
# A transfer may pause longer than an answer may take.
_LEAST_READ_TIMEOUT = 60.0


def byte_source(settings: Settings, transport: httpx.BaseTransport | None) -> ByteSource:
    """The source for a blocking client."""
    if transport is None:
        return http_source(settings)
    from .httpx_source import TransportSource

    return TransportSource(transport, read_timeout=_read_timeout(settings))


def async_transport_source(
    settings: Settings, transport: httpx.AsyncBaseTransport | None
) -> ByteSource:
    """The source for an async client with a transport of its own, bound to the running loop."""
    if transport is None:
        return http_source(settings)
    import asyncio

    from .httpx_source import AsyncTransportSource

    loop = asyncio.get_running_loop()
    return AsyncTransportSource(transport, loop, read_timeout=_read_timeout(settings))


def http_source(settings: Settings) -> ByteSource:
    """The source over plain sockets."""
    from .._environment.certificates import tls_context
    from . import HttpSource

    context = None if settings.verify_tls else tls_context(verify=False)
    return HttpSource(
        connect_timeout=settings.timeout,
        read_timeout=_read_timeout(settings),
        ssl_context=context,
        proxies=settings.proxies or None,
    )


def _read_timeout(settings: Settings) -> float:
    return max(settings.timeout, _LEAST_READ_TIMEOUT)
