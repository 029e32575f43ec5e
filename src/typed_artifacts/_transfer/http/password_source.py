"""Sends the user and the password of a reference's URL as a header."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import final
from urllib.parse import unquote

from ..._environment.variables import Secret
from ..._values.uris import split_uri
from .byte_source import ByteReply, ByteRequest, ByteSource


def with_password(request: ByteRequest) -> ByteRequest:
    """A request with the user and the password that its URL holds, which no source sends."""
    parts = split_uri(request.url)
    if parts is None or parts.username is None:
        return request
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    basic = Secret(f"Basic {b64encode(credentials).decode('ascii')}")
    return replace(request, headers={**request.headers, "Authorization": basic})


@final
class PasswordSource:
    """A ``ByteSource`` that sends the user and the password of a URL: that of a reference.

    Args:
        source: sends the requests.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Send one request.

        Raises:
            ExchangeError: no reply came.
        """
        return self._source.send(with_password(request))

    def close(self) -> None:
        """Close idle connections."""
        self._source.close()
