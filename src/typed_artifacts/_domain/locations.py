"""Addresses of web pages, and folders for downloads. Pure."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from .._environment.paths import user_path
from .._values.names import REGISTRY_PREFIX
from ..errors import InvalidInput
from .collections.collection_kinds import PORTFOLIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..settings import Settings
    from .versions.memberships import Membership

ARTIFACTS_FOLDER = "artifacts"
FOLDER = "The folder"
"""What the path of a download is called in errors."""
# Where linked models were shown together before there were registries; their page is still there.
_MODEL_REGISTRY = "model-registry"


def artifact_url(
    settings: Settings, membership: Membership, type_name: str, organizations: Mapping[str, str]
) -> str:
    """The version's page.

    Args:
        settings: where the pages are.
        membership: the version's place.
        type_name: the name of its type.
        organizations: organization → the entity that owns its registries, as far as is known; the
            entity stands in for an organization that is not.
    """
    parts = (
        membership.entity,
        membership.project,
        type_name,
        membership.collection,
        membership.version,
    )
    entity, project, name, collection, version = (quote(part, safe="") for part in parts)
    path = quote(f"{membership.entity}/{membership.project}/{membership.collection}", safe="")
    view = f"?selectionPath={path}&view=membership&version={version}"
    if membership.project.startswith(REGISTRY_PREFIX):
        registry = registry_url(settings, membership.entity, membership.project, organizations)
        return registry + view
    linked = membership.collection_kind == PORTFOLIO
    if linked and (type_name == "model" or membership.project == _MODEL_REGISTRY):
        return f"{settings.app_url}/{entity}/registry/model{view}"
    return f"{settings.app_url}/{entity}/{project}/artifacts/{name}/{collection}/{version}"


def registry_url(
    settings: Settings, entity: str, project: str, organizations: Mapping[str, str]
) -> str:
    """The page of the registry that is this project."""
    known = (name for name, owner in organizations.items() if owner == entity)
    organization = quote(next(known, entity), safe="")
    name = quote(project.removeprefix(REGISTRY_PREFIX), safe="")
    return f"{settings.app_url}/orgs/{organization}/registry/{name}"


def collection_url(
    settings: Settings,
    path: tuple[str, str, str],
    type_name: str,
    organizations: Mapping[str, str],
) -> str:
    """The page of a collection: entity, project and name are its ``path``."""
    entity, project, name = (quote(part, safe="") for part in path)
    if path[1].startswith(REGISTRY_PREFIX):
        registry = registry_url(settings, path[0], path[1], organizations)
        return f"{registry}?selectionPath={quote('/'.join(path), safe='')}&view=membership"
    kind = quote(type_name, safe="")
    return f"{settings.app_url}/{entity}/{project}/artifacts/{kind}/{name}"


def run_url(settings: Settings, entity: str, project: str, run_id: str) -> str:
    """The page of a run."""
    owner, name, run = (quote(part, safe="") for part in (entity, project, run_id))
    return f"{settings.app_url}/{owner}/{name}/runs/{run}"


def chosen_root(settings: Settings, name: str, root: str | os.PathLike[str] | None) -> Path:
    """The folder of a version's files: the one that its user names, else the usual one.

    Raises:
        InvalidInput: there can be no such folder.
    """
    return default_root(settings, name) if root is None else user_path(root, FOLDER)


def default_root(settings: Settings, name: str) -> Path:
    """Where a version goes when its user names no folder: ``./artifacts/collection:version``.

    The path is absolute, so that it stays right when the program changes its current folder.

    Raises:
        InvalidInput: its name would leave that place.
    """
    base = Path(ARTIFACTS_FOLDER) if settings.artifact_dir is None else settings.artifact_dir
    return base.absolute() / folder_name(name)


def folder_name(name: str) -> str:
    """The folder of a version that is called so by the server.

    Raises:
        InvalidInput: the name is no name of a folder.
    """
    from .._values.file_names import why_unsafe

    plain = name.replace(":", "-")
    if "/" in name or (why_unsafe(plain) is not None):
        raise InvalidInput(
            f"The version's name {name!r} cannot be the name of a folder; name one yourself.",
            subject=name,
        )
    return plain if os.name == "nt" else name
