"""Environment variables that hold JSON: further headers, and proxies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .._values.json_values import json_or_none
from ..errors import InvalidInput
from .proxies import parse_proxy
from .variables import Environ, Secret

# A header's name and value, as HTTP and httpx can send them.
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t -~]*")
# The official client reads both names of each.
_HEADERS: Final = ("WANDB_X_EXTRA_HTTP_HEADERS", "WANDB__EXTRA_HTTP_HEADERS")
_PROXIES: Final = ("WANDB__PROXIES", "WANDB_X_PROXIES")


def _json_strings(env: Environ, name: str) -> dict[str, Secret]:
    value = json_or_none(env.get(name) or "{}")
    if value is None:
        raise InvalidInput(f"{name} is not JSON; it must be an object of strings.")
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise InvalidInput(f"{name} must be a JSON object of strings.")
    return {str(key): Secret(item) for key, item in value.items()}


def _first_set(env: Environ, names: Sequence[str]) -> str:
    return next((name for name in names if env.get(name)), names[0])


def extra_headers(env: Environ) -> dict[str, Secret]:
    """What ``WANDB_X_EXTRA_HTTP_HEADERS`` adds to every request.

    Raises:
        InvalidInput: it is no JSON object of headers that HTTP can carry.
    """
    name = _first_set(env, _HEADERS)
    given = _json_strings(env, name)
    for header, value in given.items():
        if not _HEADER_NAME.fullmatch(header) or not _HEADER_VALUE.fullmatch(value):
            raise InvalidInput(
                f"{name} has a header {header!r} that HTTP cannot carry: names are words, values "
                "are ASCII on one line."
            )
    return given


def given_proxies(env: Environ) -> dict[str, Secret]:
    """The proxies of ``WANDB__PROXIES``, by scheme.

    Raises:
        InvalidInput: it is no JSON object of proxies by scheme.
    """
    name = _first_set(env, _PROXIES)
    given = _json_strings(env, name)
    for scheme, url in given.items():
        if scheme not in {"http", "https", "all"}:
            raise InvalidInput(
                f"{name} has an entry {scheme!r}; it maps http, https or all to a proxy's address."
            )
        parse_proxy(url, f"The entry {scheme!r} of {name}")
    return given
