"""The addresses of the hosted service: its API and its web pages, present and former."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import InvalidInput

DEFAULT_BASE_URL = "https://api.forge.coreweave.com"

# Hosts with pages for people → the former host of their API, whose netrc entry still opens it.
_PAGES = {
    "forge.coreweave.com": "api.wandb.ai",
    "qa.forge.coreweave.com": "api.qa.wandb.ai",
}
_PROXIED = "/api/wandb"  # where a host with pages passes requests on to its API


def api_address(url: str) -> str:
    """The address of a server's API: the one given, as the official client takes it.

    Raises:
        InvalidInput: it is the address of the pages that people look at.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _PAGES:
        if (parts.scheme, parts.port, parts.path) == ("https", None, _PROXIED):
            return f"https://api.{host}"
        raise _pages(url, f"https://api.{host}")
    if host == "wandb.ai" or host.endswith(".wandb.ai"):
        if "api" not in host.split("."):
            raise _pages(url, DEFAULT_BASE_URL)
        if parts.scheme != "https":
            raise InvalidInput(f"The base URL {url!r} is not secure; use https://{host}.")
    return url


def _pages(url: str, meant: str) -> InvalidInput:
    return InvalidInput(
        f"The base URL {url!r} is where people look at their projects; programs ask {meant!r}. "
        "Give that in base_url= or WANDB_BASE_URL."
    )


def former_host(url: str) -> str | None:
    """The host that an API had before, if it had another."""
    return _PAGES.get((urlsplit(url).hostname or "").removeprefix("api."))


def app_address(url: str) -> str:
    """Where a person looks at what a server has; for any other server its own address."""
    host = urlsplit(url).hostname or ""
    known = host.removeprefix("api.")
    return f"https://{known}" if host != known and known in {"wandb.ai", *_PAGES} else url
