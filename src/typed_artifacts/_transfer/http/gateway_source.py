"""Sends ``WANDB_X_EXTRA_HTTP_HEADERS`` with the files that are at the server's own address.

A gateway in front of the server may ask for them. No other host gets them: they may be secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, final

from ..._requests.transport import FRAMING
from ..._values.uris import port_of, split_uri
from .byte_source import ByteReply, ByteRequest, ByteSource

OF_EVERY_REQUEST: Final = FRAMING | {"host"}
"""Headers that every request has anyway: a second one would be refused, or end the body early."""


@final
class GatewaySource:
    """A ``ByteSource`` that adds headers to the requests to one server; their own take precedence.

    Args:
        source: sends the requests.
        server: the address of the server.
        headers: what is added.
    """

    def __init__(self, source: ByteSource, server: str, headers: Mapping[str, str]) -> None:
        self._source = source
        self._origin = _origin(server)
        self._headers = {
            name: value for name, value in headers.items() if name.lower() not in OF_EVERY_REQUEST
        }

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Send one request.

        Raises:
            ExchangeError: no reply came.
        """
        if _origin(request.url) == self._origin:
            own = {name.lower() for name in request.headers}
            added = {k: v for k, v in self._headers.items() if k.lower() not in own}
            request = replace(request, headers={**added, **request.headers})
        return self._source.send(request)

    def close(self) -> None:
        """Close idle connections."""
        self._source.close()


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    """The scheme, the host and the port of a URL."""
    parts = split_uri(url)
    if parts is None:
        return None
    return parts.scheme, parts.hostname, port_of(parts)
