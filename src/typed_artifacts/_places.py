"""Where things are for a person: pages in the browser, folders for downloads. Pure."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from .paths import REGISTRY_PREFIX

if TYPE_CHECKING:
    from ._seen import Seen
    from .settings import Settings

ARTIFACTS_FOLDER = "artifacts"


def artifact_url(settings: Settings, seen: Seen, type_name: str) -> str:
    """The version's page."""
    parts = (seen.entity, seen.project, type_name, seen.collection, seen.version)
    entity, project, name, collection, version = (quote(part, safe="") for part in parts)
    if seen.project.startswith(REGISTRY_PREFIX):
        registry = quote(seen.project.removeprefix(REGISTRY_PREFIX), safe="")
        path = quote(f"{seen.entity}/{seen.project}/{seen.collection}", safe="")
        return (
            f"{settings.app_url}/orgs/{entity}/registry/{registry}"
            f"?selectionPath={path}&view=membership&version={version}"
        )
    return f"{settings.app_url}/{entity}/{project}/artifacts/{name}/{collection}/{version}"


def default_root(settings: Settings, name: str, *, windows: bool = os.name == "nt") -> Path:
    """Where a version goes when its user names no folder: ``./artifacts/collection:version``."""
    base = Path(ARTIFACTS_FOLDER) if settings.artifact_dir is None else settings.artifact_dir
    return base / (name.replace(":", "-") if windows else name)
