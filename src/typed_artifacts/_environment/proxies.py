"""Which proxy, if any, stands between here and a host."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from typed_artifacts.errors import InvalidInput

_SYSTEM_SETTINGS: Final = {"darwin", "win32"}
"""Where proxies are set in more places than the environment."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: its address, and what it wants to see of us."""

    host: str
    port: int
    headers: Mapping[str, str]


def proxy_for(target: SplitResult, given: Mapping[str, str] | None = None) -> Proxy | None:
    """The proxy for a URL.

    Args:
        target: the URL, split.
        given: scheme → proxy URL, as ``WANDB__PROXIES`` has it; with none the environment
            decides (``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``).

    Raises:
        InvalidInput: the proxy's URL is not one of a plain HTTP proxy.
    """
    if not given and not has_proxies():
        return None
    from urllib.request import getproxies, proxy_bypass

    known = given or getproxies()
    url = known.get(target.scheme) or known.get("all")
    if not url or (not given and proxy_bypass(target.netloc.rpartition("@")[2])):
        return None
    parts = urlsplit(url if "//" in url else f"//{url}")
    if parts.scheme not in {"", "http"} or not parts.hostname:
        raise InvalidInput(
            f"The proxy for {target.scheme} has the scheme {parts.scheme!r}; file transfers go "
            "through http:// proxies only. Change HTTPS_PROXY or WANDB__PROXIES.",
            subject=parts.hostname,
        )
    return Proxy(parts.hostname, parts.port or 80, _credentials(parts))


def has_proxies() -> bool:
    """Whether any proxy is set outside this program."""
    if sys.platform not in _SYSTEM_SETTINGS:
        # What urllib would find, without loading it for the many that have none.
        return any(value and name.lower().endswith("_proxy") for name, value in os.environ.items())
    from urllib.request import getproxies

    return bool(getproxies())


def _credentials(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair.encode()).decode("ascii")}
