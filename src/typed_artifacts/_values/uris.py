"""URIs: what is one, its scheme, and what may be shown of it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

# Their names may have a part before "@" that is no secret: abfs://container@account/path.
_WITH_CONTAINER: Final = {"abfs", "abfss", "wasb", "wasbs", "adl"}
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_uri(value: object) -> bool:
    """Whether a value is a text that begins as a URI does."""
    return isinstance(value, str) and _URI.match(value) is not None


def scheme_of(uri: str) -> str:
    """The scheme of a URI, in lower case."""
    return uri.partition("://")[0].lower()


def shown_uri(uri: str) -> str:
    """A URI for people: without user and password, query and fragment, which may be secrets."""
    try:
        parts = urlsplit(uri)
    except ValueError:  # no IPv6 address in brackets
        return f"{scheme_of(uri)}://…"
    scheme = parts.scheme
    host = parts.netloc if scheme in _WITH_CONTAINER else parts.netloc.rpartition("@")[2]
    return f"{scheme}://{host}{parts.path}{'?…' if parts.query or parts.fragment else ''}"
