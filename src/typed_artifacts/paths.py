"""Paths as users write them: ``[[entity/]project/]collection[:alias]`` and shorter forms.

The address of a web page is accepted wherever a path is.

Pure functions: from text and defaults to a frozen path, or ``InvalidInput`` if it is malformed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol, TypedDict

from ._values.addresses import Address, is_address, read_address
from ._values.guards import is_text, override, plain_text
from ._values.names import NAME_LIMIT, REGISTRY_PREFIX, refuse_nameless
from .errors import InvalidInput

__all__ = [
    "ArtifactPath",
    "CollectionPath",
    "ProjectPath",
    "RunPath",
    "parse_artifact",
    "parse_collection",
    "parse_project",
    "parse_run",
]

_FULL_WITH_SLASH = re.compile("[^/]+/[^/]+/")
_PROJECT_FORBIDDEN = "/\\#?%:\r\n"


@dataclass(frozen=True, slots=True)
class ProjectPath:
    """A project; ``entity`` is ``None`` if neither the path nor the settings give one."""

    entity: str | None
    project: str

    @property
    def is_registry(self) -> bool:
        """Whether the project is a registry, so that ``entity`` names an organization."""
        return self.project.startswith(REGISTRY_PREFIX)

    @override
    def __str__(self) -> str:
        return f"{self.entity}/{self.project}" if self.entity else self.project


@dataclass(frozen=True, slots=True)
class CollectionPath:
    """A collection in a project."""

    project: ProjectPath
    collection: str

    @override
    def __str__(self) -> str:
        return f"{self.project}/{self.collection}"


@dataclass(frozen=True, slots=True)
class ArtifactPath:
    """A version of a collection: by alias, ``vN`` or digest; ``None`` for the latest."""

    collection: CollectionPath
    alias: str | None

    @property
    def name(self) -> str:
        """``collection:alias``, or only the collection, which means the latest."""
        base = self.collection.collection
        return base if self.alias is None else f"{base}:{self.alias}"

    @override
    def __str__(self) -> str:
        return f"{self.collection.project}/{self.name}"


@dataclass(frozen=True, slots=True)
class RunPath:
    """A run in a project."""

    project: ProjectPath
    run: str

    @override
    def __str__(self) -> str:
        return f"{self.project}/{self.run}"


class Defaults(Protocol):
    """What paths may leave out: of ``Settings``."""

    @property
    def entity(self) -> str | None: ...
    @property
    def project(self) -> str: ...
    @property
    def organization(self) -> str | None: ...


class _PathDefaults(TypedDict):
    entity: str | None
    project: str
    organization: str | None


def path_defaults(defaults: Defaults) -> _PathDefaults:
    """What paths may leave out, as keyword arguments of ``parse_project`` and the like."""
    return {
        "entity": defaults.entity,
        "project": defaults.project,
        "organization": defaults.organization,
    }


def parse_project(
    path: str | None, *, entity: str | None, project: str, organization: str | None = None
) -> ProjectPath:
    """Read ``[entity/]project``; ``None`` or ``""`` is the default project.

    A slash after ``entity/project`` does not count. After a name alone, it is refused: the project
    is missing where a variable was not set.

    Args:
        path: the path.
        entity: the entity if the path names none.
        project: the default project.
        organization: the organization of a registry if the path names none; before ``entity``.
    """
    if (page := _page(path, "a project")) is not None:
        return ProjectPath(page.entity, page.project)
    given = path[:-1] if is_text(path) and path and _FULL_WITH_SLASH.fullmatch(path) else path
    parts = _split(given, "a project", "[entity/]project", 2, shown=path) if given else []
    name = parts[-1] if parts else project
    owner = parts[0] if len(parts) == 2 else entity
    found = ProjectPath(owner, _checked_project(name, is_default=not parts))
    if len(parts) == 1 and organization and found.is_registry:
        return ProjectPath(organization, name)
    if owner and "/" in owner:
        raise InvalidInput(
            f"The default entity {owner!r} holds '/', which no name may; see entity= and "
            "WANDB_ENTITY."
        )
    return found


def parse_given_project(
    name: str, *, entity: str | None, default: str | None, organization: str | None = None
) -> ProjectPath:
    """Read ``[entity/]project``, with an entity that is given separately.

    Args:
        name: the project, or its path.
        entity: the given entity; the path must not name another one.
        default: the entity if neither gives one.
        organization: the organization of a registry if neither gives one.
    """
    refuse_nameless(name)
    if entity is not None:
        refuse_nameless(entity, "user or team")
    entity = plain_text(entity)
    path = parse_project(
        name, entity=entity or default, project=name, organization=None if entity else organization
    )
    if entity and path.entity != entity:
        raise InvalidInput(
            f"{name!r} says that the project is of {path.entity!r}, and entity= says "
            f"{entity!r:.200}; give one of the two.",
            subject=name,
        )
    return path


def parse_collection(
    path: str, *, entity: str | None, project: str, organization: str | None = None
) -> CollectionPath:
    """Read ``[[entity/]project/]collection``; a trailing ``:alias`` is an error."""
    found = parse_artifact(path, entity=entity, project=project, organization=organization)
    if found.alias is not None:
        raise InvalidInput(
            f"{path!r} names a version; a collection is wanted here: {found.collection}.",
            subject=path,
        )
    return found.collection


def parse_artifact(
    path: str, *, entity: str | None, project: str, organization: str | None = None
) -> ArtifactPath:
    """Read ``[[entity/]project/]collection[:alias]``; the alias may contain slashes."""
    if not is_text(path):
        raise InvalidInput(f"An artifact path is a string, not {type(path).__name__}.")
    if (page := _page(path, "an artifact")) is not None:
        if page.collection is None:
            raise _other_page(path, "an artifact", "/entity/project/artifacts/type/name/v0")
        found = CollectionPath(ProjectPath(page.entity, page.project), page.collection)
        return ArtifactPath(found, page.version)
    base, colon, alias = path.partition(":")
    if colon and not alias:
        raise InvalidInput(
            f"{path!r} ends with a colon; write collection:alias, or the collection alone "
            f"for its latest version.",
            subject=path,
        )
    form = "[[entity/]project/]collection[:alias]"
    *location, collection = _split(base, "an artifact", form, 3, shown=path)
    project_path = parse_project(
        "/".join(location), entity=entity, project=project, organization=organization
    )
    return ArtifactPath(CollectionPath(project_path, collection), alias or None)


def parse_run(path: str, *, entity: str | None, project: str) -> RunPath:
    """Read ``[[entity/]project/]run``; ``…project/runs/run`` and ``…project:run`` are read too.

    As in the official client, slashes and spaces around the path, and spaces around its parts, do
    not count; but a path that ends with the slash after the project names no run.
    """
    if not is_text(path):
        raise InvalidInput(f"The path of a run is a string, not {type(path).__name__}.")
    if (page := _page(path, "a run")) is not None:
        if page.run is None:
            raise _other_page(path, "a run", "/entity/project/runs/id")
        return RunPath(ProjectPath(page.entity, page.project), page.run)
    text = path.replace("/runs/", "/").strip("/ ")
    before, slash, last = text.rpartition("/")
    if "/" not in before:
        text = before + slash + last.replace(":", "/", 1)
    parts = _split(text, "a run", "[[entity/]project/]run", 4, shown=path)
    if len(parts) == 4:
        raise InvalidInput(f"{path!r} is not a run: write [[entity/]project/]run.", subject=path)
    if len(parts) < 3 and path.rstrip().endswith("/"):
        raise InvalidInput(f"{path!r} names no run after its last slash.", subject=path)
    *location, run = (part.strip(" ") for part in parts)
    project_path = parse_project("/".join(location), entity=entity, project=project)
    return RunPath(project_path, run)


def names_version(path: str) -> bool:
    """Whether the path of an artifact names a version, and not only a collection."""
    return parse_artifact(path, entity=None, project="any").alias is not None


def names_run(path: str) -> bool:
    """Whether a path is that of a run, and not of a project."""
    if not is_text(path):
        raise InvalidInput(f"A path is a string, not {type(path).__name__}.")
    page = read_address(path) if is_address(path) else None
    return path.strip("/ ").count("/") > 1 if page is None else page.run is not None


def _page(path: str | None, kind: str) -> Address | None:
    """The object that a web address refers to; ``None`` for a path."""
    if not is_text(path) or path is None or not is_address(path):
        return None
    page = read_address(path)
    if page is None:
        raise _other_page(path, kind, "/entity/project/artifacts/type/name/v0")
    return page


def _other_page(path: str, kind: str, wanted: str) -> InvalidInput:
    return InvalidInput(
        f"{path!r:.300} is no address of {kind}; that of a page such as {wanted} is taken, "
        "or a path.",
        subject=path,
    )


def _checked_project(name: str, *, is_default: bool) -> str:
    origin = " It is the default: see project= and WANDB_PROJECT." if is_default else ""
    if len(name) > NAME_LIMIT:
        raise InvalidInput(
            f"The project name {name[:40]!r}… has {len(name)} characters; "
            f"{NAME_LIMIT} at most.{origin}"
        )
    for char in _PROJECT_FORBIDDEN:
        if char in name:
            problem = f"The project name {name!r} holds {char!r}, which no name may."
            raise InvalidInput(problem + origin)
    return name


def _split(path: str, kind: str, form: str, most: int, *, shown: str | None = None) -> list[str]:
    text = path if shown is None else shown
    if not is_text(path):
        raise InvalidInput(f"The path of {kind} is a string, not {type(path).__name__}.")
    parts = path.split("/")
    if len(parts) > most:
        raise InvalidInput(
            f"{text!r} has {len(parts)} parts; the path of {kind} is {form}.", subject=text
        )
    if any(not part.strip(" ") for part in parts):
        raise InvalidInput(
            f"{text!r} has an empty part; the path of {kind} is {form}.", subject=text
        )
    return parts
