"""The proxy for a host, if any, for GraphQL and files alike."""

from __future__ import annotations

import ipaddress
import os
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from socket import inet_aton
from typing import Final
from urllib.parse import SplitResult, unquote

from .._values.uris import port_of, split_uri
from ..errors import InvalidInput
from .variables import SHORTEST_SECRET

_SYSTEM_SETTINGS: Final = {"darwin", "win32"}
"""Where proxies are set in more places than the environment."""
_KINDS: Final = {"http", "https", "socks5", "socks5h"}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: its address without credentials, and the credentials."""

    url: str
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS, for which an extra is needed."""
        return self.url.startswith("socks")


def is_loopback_host(host: str) -> bool:
    """Whether a host is this machine."""
    host = host.rstrip(".")
    if host == "localhost":
        return True
    address = _address(host) or _short_address(host)
    return address is not None and address.is_loopback


def proxy_for(url: str, given: Mapping[str, str]) -> Proxy | None:
    """The proxy on the way to a URL.

    This machine is never reached through one: the key may travel there unencrypted. ``NO_PROXY``
    counts for the environment's proxies; one that is given is meant, as upstream.

    Args:
        url: an absolute http or https URL.
        given: scheme, or ``all`` → proxy URL, as ``WANDB__PROXIES`` has it; for schemes that it
            does not name, the environment's (``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``).

    Raises:
        InvalidInput: the proxy that is needed has no usable address.
    """
    if not given and not _may_be_set():
        return None
    parts = split_uri(url)
    host = (None if parts is None else parts.hostname) or ""
    if parts is None or is_loopback_host(host):
        return None
    subject = f"The proxy for {parts.scheme}://{host}"
    if address := given.get(parts.scheme) or given.get("all"):
        return parse_proxy(address, subject)
    known = _from_environment()
    address = known.get(parts.scheme) or known.get("all")
    if not address or _is_excepted(parts, host, known.get("no", "")):
        return None
    return parse_proxy(address, subject)


def parse_proxy(address: str, subject: str) -> Proxy:
    """A proxy from its URL; without a scheme it is an http one.

    Raises:
        InvalidInput: it is none; the message does not repeat it, since it may hold a password.
    """
    parts = split_uri(address if "://" in address else f"http://{address}")
    if parts is None or not parts.hostname or parts.scheme not in _KINDS:
        raise InvalidInput(
            f"{subject} has no usable address: it must be like http://host:port, with http, https, "
            "socks5 or socks5h in front. Look at HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and "
            "WANDB__PROXIES."
        )
    host, port = parts.hostname, parts.port
    shown = f"[{host}]" if ":" in host else host
    location = shown if port is None else f"{shown}:{port}"
    if parts.username is None:
        return Proxy(f"{parts.scheme}://{location}")
    return Proxy(
        f"{parts.scheme}://{location}", unquote(parts.username), unquote(parts.password or "")
    )


def passwords(given: Mapping[str, str]) -> list[str]:
    """What gives access to the proxies there are: each password of eight or more, as it travels.

    Args:
        given: as for ``proxy_for``.
    """
    addresses = [*given.values(), *(_from_environment().values() if _may_be_set() else ())]
    found: list[str] = []
    for address in addresses:
        try:
            proxy = parse_proxy(address, "A proxy")
        except InvalidInput:
            continue  # the hosts of NO_PROXY; other errors are raised where the proxy is needed
        if proxy.password:
            pair = f"{proxy.username}:{proxy.password}"
            found += [b64encode(pair.encode()).decode()]
            found += [proxy.password] if len(proxy.password) >= SHORTEST_SECRET else []
    return found


def _may_be_set() -> bool:
    if sys.platform in _SYSTEM_SETTINGS:
        return True
    # Checked first: urllib is loaded only if there may be a proxy.
    return any(value and name.lower().endswith("_proxy") for name, value in os.environ.items())


def _from_environment() -> dict[str, str]:
    from urllib.request import getproxies

    return getproxies()


def _is_excepted(parts: SplitResult, host: str, no_proxy: str) -> bool:
    """Whether a URL is reached directly in spite of a proxy."""
    if bypasses(host, port_of(parts), no_proxy):
        return True
    if sys.platform not in _SYSTEM_SETTINGS:
        return False
    from urllib.request import proxy_bypass

    return bool(proxy_bypass(host))


def bypasses(host: str, port: int | None, no_proxy: str) -> bool:
    """Whether ``NO_PROXY`` names a host: itself, a parent domain, a network, or ``*``. Pure.

    Args:
        host: a name or an address, without brackets.
        port: the port that is connected to; an entry with a port counts for that one only.
        no_proxy: entries between commas or spaces; one that cannot be read counts for nothing.
    """
    address = _address(host)
    name = host.lower().rstrip(".")
    for entry in _entries(no_proxy):
        if entry == "*":
            return True
        if _is_in(address, entry):
            return True
        wanted, wanted_port = _split_port(entry)
        if wanted_port not in {None, port}:
            continue
        if address is not None:
            if _address(wanted) == address:
                return True
        elif wanted and (name == wanted or name.endswith(f".{wanted}")):
            return True
    return False


def _entries(no_proxy: str) -> Iterator[str]:
    return (entry.lower() for entry in no_proxy.replace(",", " ").split())


def _split_port(entry: str) -> tuple[str, int | None]:
    """An entry's host, without brackets, wildcard and leading dot, and its port if it has one.

    The host is empty where the port is no number.
    """
    host, port = entry, ""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    elif entry.count(":") == 1:
        host, _, port = entry.partition(":")
    if port and not (port.isascii() and port.isdecimal()):
        return "", None
    return host.removeprefix("*").lstrip(".").rstrip("."), int(port) if port else None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _short_address(host: str) -> ipaddress.IPv4Address | None:
    """An address of fewer than four numbers, like 127.1, as the system's resolver reads it."""
    if not host.replace(".", "").isdecimal():
        return None
    try:
        return ipaddress.IPv4Address(inet_aton(host))
    except (OSError, ValueError):
        return None


def _is_in(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None, entry: str) -> bool:
    """Whether an entry is a network in CIDR form that holds an address."""
    if address is None or "/" not in entry:
        return False
    try:
        return address in ipaddress.ip_network(
            entry.replace("[", "").replace("]", ""), strict=False
        )
    except ValueError:
        return False
