"""Parses paths of the file system: ``entity/project/collection:alias/path/of/file``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROTOCOL: Final = "wandb-artifact"
FORM: Final = "entity/project/collection:alias/path"


@dataclass(frozen=True, slots=True)
class VersionPath:
    """A version, and perhaps a file or a folder in it.

    Attributes:
        version: ``entity/project/collection:alias``, as it was written; the latest version where
            it has no alias.
        inside: the path in the version; ``""`` for the version itself.
    """

    version: str
    inside: str

    def joined(self, inside: str) -> str:
        """The path of something else in the same version."""
        return f"{self.version}/{inside}" if inside else self.version


def read_path(path: str) -> VersionPath | None:
    """What a path without its protocol names; ``None`` where it ends before the collection."""
    entity, _, rest = path.partition("/")
    project, _, rest = rest.partition("/")
    collection, _, inside = rest.partition("/")
    if not collection:
        return None
    return VersionPath(f"{entity}/{project}/{collection}", inside)


def with_alias(version: str) -> str:
    """The path of a version with its alias; the same version has one path in this way."""
    return version if ":" in version else f"{version}:latest"


def read_project(path: str) -> tuple[str, str] | None:
    """The entity and the project, where a path names a project; ``None`` where it does not."""
    entity, _, project = path.partition("/")
    return (entity, project) if entity and project and "/" not in project else None
