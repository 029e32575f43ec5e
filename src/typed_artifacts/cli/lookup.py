"""Looks up a collection when its type is not given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typed_artifacts.errors import NotFoundError, UnsupportedByServer
from typed_artifacts.paths import parse_collection, path_defaults

if TYPE_CHECKING:
    from typed_artifacts import Api, ArtifactCollection, Project


def collection_of(api: Api, path: str, type_name: str | None = None) -> ArtifactCollection:
    """The collection that a path names, also one without a latest version.

    One request; one or more further ones where it has no version that is the latest.

    Args:
        api: who asks.
        path: ``[[entity/]project/]collection``.
        type_name: its type, if it is known.

    Raises:
        NotFoundError: there is none.
    """
    if type_name is not None:
        return api.artifact_collection(type_name, path)
    try:
        return api.artifact(path).collection
    except NotFoundError as error:
        if error.missing != "artifact version":
            raise
        location = parse_collection(path, **path_defaults(api.client.settings))
        project = api.project(location.project.project, location.project.entity)
        found = _named(project, location.collection)
        if found is None:
            raise
        return found


def _named(project: Project, name: str) -> ArtifactCollection | None:
    try:
        return next((each for each in project.collections(filters={"name": name})), None)
    except UnsupportedByServer:  # an older server: list all, and compare the names
        return next((each for each in project.collections() if each.name == name), None)
