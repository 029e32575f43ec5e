"""The source and the destination of a copy, parsed before any request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeGuard

from .._values.guards import is_text
from .._values.string_sequences import StringSequence
from ..errors import InvalidInput
from ..paths import (
    CollectionPath,
    Defaults,
    ProjectPath,
    names_version,
    parse_artifact,
    parse_collection,
    parse_project,
    path_defaults,
)

CopyVersions: TypeAlias = Literal["latest", "all"] | StringSequence
"""Which versions: the latest of each collection, all, or some by name (``v3``, ``best``)."""


@dataclass(frozen=True, slots=True)
class CopySource:
    """What is copied, as far as its path tells; a path of one or two names may be two things.

    Attributes:
        path: as it was given.
        project: the project that it is, or may be.
        collection: the collection that it is, or may be.
        version: the version's alias, if it is one.
    """

    path: str
    project: ProjectPath | None
    collection: CollectionPath | None
    version: str | None


def read_source(path: str, defaults: Defaults) -> CopySource:
    """Read what is to be copied.

    Raises:
        InvalidInput: it is no path.
    """
    if not is_text(path) or not path:
        raise InvalidInput(f"What is copied is given by its path, not by {path!r:.200}.")
    given = path_defaults(defaults)
    if path.endswith("/"):
        return CopySource(path, _project(path, defaults), None, None)
    if names_version(path):
        found = parse_artifact(path, **given)
        return CopySource(path, None, found.collection, found.alias)
    collection = parse_collection(path, **given)
    certain = path.count("/") > 1
    return CopySource(path, None if certain else _project(path, defaults), collection, None)


def read_target_project(path: str, defaults: Defaults) -> ProjectPath:
    """Read the project that a project is copied to.

    Raises:
        InvalidInput: it is no path of a project.
    """
    return _project(check_target(path), defaults)


def read_target_collection(path: str, name: str, defaults: Defaults) -> CollectionPath:
    """Read the collection that a collection is copied to.

    Args:
        path: its path, or that of a project with a ``/`` at its end.
        name: what the collection is called where the path is a project's.
        defaults: what the path leaves out.

    Raises:
        InvalidInput: it is no path of a collection.
    """
    if check_target(path).endswith("/"):
        return CollectionPath(_project(path, defaults), name)
    return parse_collection(path, **path_defaults(defaults))


def check_versions(versions: CopyVersions, source: CopySource) -> None:
    """Refuse what names no versions."""
    if versions in {"latest", "all"} if is_text(versions) else _are_names(versions):
        if source.version is not None and versions != "latest":
            raise InvalidInput(
                f"{source.path!r} names a version, and versions={versions!r} says which: give one "
                "of the two.",
                subject=source.path,
            )
        return
    raise InvalidInput(
        f'versions is {versions!r:.200}; it must be "latest", "all", or a list such as ["v3"].'
    )


def _are_names(versions: object) -> TypeGuard[Sequence[str]]:
    return isinstance(versions, Sequence) and bool(versions) and all(map(is_text, versions))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # of anything


def check_target(path: str) -> str:
    """Refuse what is no path."""
    if not is_text(path) or not path.strip("/"):
        raise InvalidInput(f"Where a copy goes is given by a path, not by {path!r:.200}.")
    return path


def _project(path: str, defaults: Defaults) -> ProjectPath:
    return parse_project(path.rstrip("/"), **path_defaults(defaults))
