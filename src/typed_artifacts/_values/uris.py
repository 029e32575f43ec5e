"""URIs: recognizes them, reads their scheme, removes their secrets."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

# Here the part before "@" is no secret: abfs://container@account/path.
_WITH_CONTAINER: Final = {"abfs", "abfss", "wasb", "wasbs", "adl"}
_PORTS: Final = {"http": 80, "https": 443}
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_uri(value: object) -> bool:
    """Whether a value is a text that begins as a URI does."""
    return isinstance(value, str) and _URI.match(value) is not None


def scheme_of(uri: str) -> str:
    """The scheme of a URI, in lower case."""
    return uri.partition("://")[0].lower()


def split_uri(uri: str) -> SplitResult | None:
    """The parts of a URI, or of a reference relative to one.

    Returns:
        The parts; ``None`` where it is malformed: no IPv6 address in brackets, a host with
        characters that stand for others, a port that is no number.
    """
    try:
        parts = urlsplit(uri)
        _ = parts.port  # is looked at only when it is asked for
    except ValueError:
        return None
    return parts


def port_of(parts: SplitResult) -> int | None:
    """The port of a URI: the one in it, or that of http or https."""
    return parts.port or _PORTS.get(parts.scheme)


def joined_uri(base: str, reference: str) -> str | None:
    """A reference, which may be relative to a URI, as a URI; ``None`` where one is malformed."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return None


def shown_uri(uri: str) -> str:
    """A URI for people: without user and password, query and fragment, which may be secrets."""
    parts = split_uri(uri)
    if parts is None:
        return f"{scheme_of(uri)}://…"
    scheme = parts.scheme
    host = parts.netloc if scheme in _WITH_CONTAINER else parts.netloc.rpartition("@")[2]
    return f"{scheme}://{host}{parts.path}{'?…' if parts.query or parts.fragment else ''}"
