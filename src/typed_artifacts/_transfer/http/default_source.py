"""Chooses the byte source: urllib3, or the client's httpx transport."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from ...errors import OfflineError
from .redacting_source import RedactingSource
from .reporting_source import ReportingSource

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from ..._environment.network import Network
    from ..._requests.redaction import Redactor
    from ..._requests.request_event import RequestEvent
    from ...settings import Settings
    from .byte_source import ByteReply, ByteRequest, ByteSource


def byte_source(
    settings: Settings,
    network: Network,
    transport: httpx.BaseTransport | None,
    on_request: Callable[[RequestEvent], None] | None,
    redactor: Redactor,
) -> ByteSource:
    """The source for a blocking client."""
    source: ByteSource
    if transport is None:
        source = _urllib3_source(network)
    else:
        from .httpx_source import TransportSource

        source = TransportSource(transport, read_timeout=network.read_seconds)
    return _finished(source, settings, on_request, redactor)


def is_kept(_: httpx.BaseTransport | None) -> bool:
    """Whether a blocking client has one source for all its calls."""
    return True


def async_byte_source(
    settings: Settings,
    network: Network,
    transport: httpx.AsyncBaseTransport | None,
    on_request: Callable[[RequestEvent], None] | None,
    redactor: Redactor,
) -> ByteSource:
    """The source for an async client; one over a given transport is bound to the running loop."""
    source: ByteSource
    if transport is None:
        source = _urllib3_source(network)
    else:
        from .httpx_async_source import AsyncTransportSource

        source = AsyncTransportSource(transport, read_timeout=network.read_seconds)
    return _finished(source, settings, on_request, redactor)


def async_is_kept(transport: httpx.AsyncBaseTransport | None) -> bool:
    """Whether an async client has one source for all its calls, in whatever event loop."""
    return transport is None


def reaches_others(transport: object) -> bool:
    """Whether a transport that was given may reach any host; that of an embedded server does not.

    Without one, urllib3 does.
    """
    return not getattr(transport, "is_embedded", False)


@final
class OfflineSource:
    """The source of an offline client."""

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Refuse: nothing is sent.

        Raises:
            OfflineError: always.
        """
        raise OfflineError(
            f"{request.method} of {request.subject or 'a file'} needs the network, and the client "
            "is offline (offline=True, or WANDB_MODE).",
            subject=request.subject,
        )

    def close(self) -> None:
        """Nothing was opened."""


def _finished(
    source: ByteSource,
    settings: Settings,
    on_request: Callable[[RequestEvent], None] | None,
    redactor: Redactor,
) -> ByteSource:
    if settings.headers:
        from .gateway_source import GatewaySource

        source = GatewaySource(source, settings.base_url, settings.headers)
    return ReportingSource(RedactingSource(source, redactor), on_request)


def _urllib3_source(network: Network) -> ByteSource:
    from .urllib3_source import Urllib3Source

    return Urllib3Source(network)
