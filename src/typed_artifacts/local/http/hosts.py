"""Checks the ``Host`` header, to protect the server from DNS rebinding.

An attacker can make a host name of their own resolve to any address, including this machine's. The
browser then lets the attacker's page read the server's responses, unless the server checks the name
in the ``Host`` header. A numeric address cannot be redirected in this way.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..._values.uris import split_uri
from ..messages import problem

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^][:/?#@\\\s]+)(?::\d{1,5})?", re.ASCII)
_ALL_ADDRESSES = ("", "0.0.0.0", "::")  # noqa: S104  (compared, not listened on)


@dataclass(frozen=True, slots=True)
class Hosts:
    """The allowed names of a server. `any_address`: also numeric addresses; `any_name`: all."""

    names: frozenset[str]
    any_address: bool = False
    any_name: bool = False

    def allow(self, header: str, own_address: str | None) -> bool:
        """Whether a Host header names this server; a connection came to `own_address`."""
        name = host_name(header)
        if name is None:
            return False
        if self.any_name or name in self.names:
            return True
        return _is_address(name) and (self.any_address or name == own_address)


def names_of(listening: str, further: Iterable[str] = ()) -> Hosts:
    """The names of a server that listens on a host, and further ones; `*` is any name."""
    names = {"localhost", *(each.lower() for each in further)}
    everywhere = listening in _ALL_ADDRESSES
    if everywhere:
        names.add(socket.gethostname().lower())
    elif is_loopback(listening):
        names |= {"127.0.0.1", "::1", _plain(listening)}
    else:
        names.add(_plain(listening))
    return Hosts(frozenset(names), any_address=everywhere, any_name="*" in names)


def host_name(header: str) -> str | None:
    """The name or address in a Host header, without the port; None if it is invalid."""
    match = _HOST.fullmatch(header)
    return _plain(match[1]) if match else None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _plain(host: str) -> str:
    """One spelling for each name and address."""
    name = host.lower().removeprefix("[").removesuffix("]").removesuffix(".")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class HostGuard:
    """Refuses requests for another host, or from a web page of another origin."""

    def __init__(self, app: ASGIApp, hosts: Hosts | None, origins: Iterable[str]) -> None:
        """`hosts` None: any. `origins` are those of pages that may ask, beside the server's own."""
        self._app = app
        self._hosts = hosts
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(HTTPConnection(scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, web: HTTPConnection) -> Response | None:
        host, origin = web.headers.get("host"), web.headers.get("origin")
        server: tuple[str, int | None] | None = web.scope.get("server")
        own = server[0] if server else None
        # Browsers always send a Host; some health checks use HTTP/1.0 without one.
        if self._hosts and host is not None and not self._hosts.allow(host, own):
            return _refused(
                421,
                f"This server is not {host[:100]!r}. If it is to be reached by that name, name it "
                "with --allow-host.",
            )
        if origin is None or "*" in self._origins or origin in self._origins:
            return None
        if _netloc(origin) != host or not host:
            return _refused(403, f"Pages of {origin[:100]!r} may not send requests to this server.")
        return None


def _netloc(origin: str) -> str | None:
    parts = split_uri(origin)
    return None if parts is None else parts.netloc


def _refused(status: int, text: str) -> Response:
    reply = problem(status, text)
    return Response(reply.body if isinstance(reply.body, bytes) else b"", status, reply.headers)
