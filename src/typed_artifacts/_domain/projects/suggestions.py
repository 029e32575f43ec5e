"""Finds names similar to one that does not exist. Pure."""

from __future__ import annotations

import unicodedata
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from ..._values.shown import first_few
from ...errors import NotFoundError
from ..collections.registries import registry_filters_text, short_name
from ..lists.connections import present_nodes
from ..notices import FilesNotFound, notify

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping, Sequence

    from ..._graphql.existing_names import ExistingNames
    from ..._graphql.organization_registries import OrganizationRegistries
    from ..._operations.variables import (
        ExistingNamesVariables,
        OrganizationRegistriesVariables,
        OrganizationRegistryVariables,
    )

_suggesting: ContextVar[bool] = ContextVar("typed_artifacts_suggesting", default=True)

# Kinds of missing objects for which similar names can be suggested.
_NAMED = {"project", "artifact type", "artifact collection", "artifact version"}


class Wanted(NamedTuple):
    """What was asked for, and what of it is not there."""

    missing: str
    entity: str
    project: str
    type: str | None
    collection: str
    alias: str


@contextmanager
def no_suggestions() -> Generator[None]:
    """Nobody will read the error: what is not there costs no second request."""
    token = _suggesting.set(False)
    try:
        yield
    finally:
        _suggesting.reset(token)


def wanted_name(missing: str | None, variables: Mapping[str, object]) -> Wanted | None:
    """What was asked for with a request; ``None`` where nothing can be suggested.

    Args:
        missing: which part of it the server does not have.
        variables: of the request, by GraphQL name.
    """
    if missing not in _NAMED or not _suggesting.get():
        return None
    given = {name: value for name, value in variables.items() if isinstance(value, str)}
    name = given.get("name", "")
    base, _, alias = name.partition(":")
    collection = given.get("collection", base)
    return Wanted(
        missing,
        given.get("entity", ""),
        given.get("project", ""),
        given.get("type"),
        collection,
        alias,
    )


def registries_variables(
    missing: str | None, variables: OrganizationRegistryVariables
) -> OrganizationRegistriesVariables | None:
    """What asks for the registries that there are; ``None`` where it is no registry that lacks.

    Args:
        missing: which part of what was asked for the server does not have.
        variables: of the request.
    """
    if missing != "registry":
        return None
    return {
        "organization": variables["organization"],
        "filters": registry_filters_text(None, "filters"),
        "perPage": 1000,
    }


def names_variables(wanted: Wanted) -> ExistingNamesVariables:
    """What asks for the names that there are, of what is missing."""
    return {
        "entity": wanted.entity,
        "project": wanted.project,
        "collection": wanted.collection,
        "projects": wanted.missing == "project",
        "types": wanted.missing == "artifact type",
        "collections": wanted.missing == "artifact collection",
        "aliases": wanted.missing == "artifact version",
    }


def suggest_name(error: NotFoundError, wanted: Wanted, found: ExistingNames) -> None:
    """Add a similar existing name to an error, if there is one."""
    match wanted.missing:
        case "project":
            projects = found.entity.projects if found.entity else None
            nodes = present_nodes(projects.edges) if projects else []
            _add(error, _near(wanted.project, (node.name for node in nodes)))
        case "artifact type":
            types = found.project.artifact_types if found.project else None
            known = present_nodes(types.edges) if types else []
            _add(error, _near(wanted.type or "", (node.name for node in known)))
        case "artifact collection":
            _suggest_collection(error, wanted, found)
        case _:
            collection = found.project.artifact_collection if found.project else None
            aliases = present_nodes(collection.aliases.edges) if collection else []
            _add(error, _near(wanted.alias, (node.alias for node in aliases)))


def suggest_registry(error: NotFoundError, name: str, found: OrganizationRegistries) -> None:
    """Add a similar existing registry to an error, by its name without the prefix."""
    entity = found.organization.org_entity if found.organization else None
    nodes = present_nodes(entity.projects.edges) if entity and entity.projects else []
    _add(error, _near(short_name(name), (short_name(node.name) for node in nodes)))


def _suggest_collection(error: NotFoundError, wanted: Wanted, found: ExistingNames) -> None:
    collections = found.project.artifact_collections if found.project else None
    nodes = present_nodes(collections.edges) if collections else []
    types = {node.name: node.default_artifact_type.name for node in nodes}
    other = types.get(wanted.collection)
    if other is not None and wanted.type is not None and other != wanted.type:
        error.args = (f'{error} There is one of the type "{other}".',)
        return
    _add(error, _near(wanted.collection, types))


def unmatched(names: Sequence[str], found: Collection[str]) -> list[str]:
    """The names that no file has.

    None where as many came as were asked for: a server may spell a name in its own way.
    """
    wanted = [*dict.fromkeys(names)]
    return [] if len(found) >= len(wanted) else [name for name in wanted if name not in found]


def report_missing(
    missing: Sequence[str], found: Collection[str], there: Sequence[str], subject: str
) -> None:
    """Say which names match no file: in a warning, or where none does, in an error.

    Args:
        missing: the names.
        found: names that match a file.
        there: names of files that there are.
        subject: the version's path.

    Raises:
        NotFoundError: no name matches a file.
    """
    most = 10
    lacks = "is no file" if len(missing) == 1 else "are no files"
    quoted = first_few(missing, most, '"{}"'.format)
    error = NotFoundError(
        f"There {lacks} {quoted} in {subject}.",
        missing="file",
        operation="ArtifactMembershipFiles",
        subject=subject,
    )
    _add(error, [*dict.fromkeys(match for name in missing[:most] for match in _near(name, there))])
    if not found:
        raise error
    notify(FilesNotFound(str(error)))


def _near(name: str, names: Iterable[str]) -> list[str]:
    import difflib

    # The same name is no suggestion: the server contradicts itself.
    folded = {_folded(each): each for each in names if each != name}
    found = difflib.get_close_matches(_folded(name), folded, n=2, cutoff=0.7)
    return [folded[each] for each in found]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _add(error: NotFoundError, near: Sequence[str]) -> None:
    if near:
        names = " or ".join(f'"{name}"' for name in near)
        error.args = (f"{error} Did you mean {names}?",)
