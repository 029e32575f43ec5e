"""Parses the addresses of a server's web pages. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from .names import REGISTRY_PREFIX
from .uris import split_uri

_HTTP = re.compile(r"https?://", re.IGNORECASE)


class Address(NamedTuple):
    """What a page is about; the host is not looked at."""

    entity: str
    project: str
    collection: str | None = None
    version: str | None = None
    run: str | None = None


def is_address(text: str) -> bool:
    """Whether it is the address of a page."""
    return _HTTP.match(text) is not None


def read_address(text: str) -> Address | None:
    """What the page of a project, a run, a collection or a version is about; else ``None``.

    Known are ``/entity/project``, ``/entity/project/runs/id``, ``/entity/project/artifacts/type``
    with ``/name`` and ``/version``, whatever tab of the page follows, and pages of registries,
    which have it in ``selectionPath`` and ``version``.
    """
    parts = split_uri(text)
    if parts is None:
        return None
    query = parse_qs(parts.query)
    selected = query.get("selectionPath", [""])[0].split("/", 2)
    if len(selected) == 3 and all(selected):
        entity, project, collection = selected
        return Address(entity, project, collection, query.get("version", [None])[0])
    # Split before unquoting: a name may contain a slash.
    steps = [unquote(step) for step in parts.path.strip("/").split("/")]
    return _of_steps(*steps) if len(steps) >= 2 and all(steps) else None


def is_part_address(text: str) -> bool:
    """Whether it is the address of a part of a project: of a type, a collection, a run."""
    found, parts = read_address(text), split_uri(text)
    if found is None or parts is None:
        return False
    is_type = re.match("/[^/]+/[^/]+/artifacts/[^/]", parts.path) is not None
    return is_type or found.collection is not None or found.run is not None


def _of_steps(entity: str, project: str, kind: str = "", *rest: str) -> Address | None:
    if entity == "orgs":  # /orgs/organization/registry/name
        known = kind == "registry" and rest
        return Address(project, f"{REGISTRY_PREFIX}{rest[0]}") if known else None
    if project == "registry":
        return None
    if kind == "runs" and rest:
        return Address(entity, project, run=rest[0])
    if kind == "artifacts" and len(rest) > 1:
        return Address(entity, project, rest[1], rest[2] if len(rest) > 2 else None)
    return Address(entity, project)
