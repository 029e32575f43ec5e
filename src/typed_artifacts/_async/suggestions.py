"""Requests similar names after something was not found, for the error message."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .._domain.projects.suggestions import (
    names_variables,
    registries_variables,
    report_missing,
    suggest_name,
    suggest_registry,
    unmatched,
    wanted_name,
)
from .._domain.versions.links import link_memberships
from .._operations import catalog
from ..errors import ArtifactsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pydantic import BaseModel

    from .._domain.arguments.lookups import ArtifactLike
    from .._domain.versions.memberships import Membership
    from .._operations.variables import (
        ArtifactMembershipFilesVariables,
        ArtifactMembershipsVariables,
        OrganizationRegistryVariables,
    )
    from .._requests.operation import Operation
    from ..errors import NotFoundError
    from .client import AsyncClient

    DataT = TypeVar("DataT", bound=BaseModel)
    VariablesT = TypeVar("VariablesT", bound=Mapping[str, object])


async def with_suggestion(
    client: AsyncClient, error: NotFoundError, variables: Mapping[str, object]
) -> NotFoundError:
    """The error, with a name that is nearly what was asked for, if there is one. One request."""
    name = wanted_name(error.missing, variables)
    if name is not None:
        found = await _data_or_none(
            client, catalog.EXISTING_NAMES, names_variables(name), error.subject
        )
        if found is not None:
            suggest_name(error, name, found)
    return error


async def with_registry(
    client: AsyncClient, error: NotFoundError, variables: OrganizationRegistryVariables
) -> NotFoundError:
    """The error, with a registry of nearly that name, if there is one. One request."""
    listing = registries_variables(error.missing, variables)
    if listing is not None:
        found = await _data_or_none(client, catalog.ORGANIZATION_REGISTRIES, listing, error.subject)
        if found is not None:
            suggest_registry(error, variables["name"], found)
    return error


async def known_links(client: AsyncClient, version: str, subject: str) -> list[Membership]:
    """The links of a version, by its id, for an error that is true without them. One request."""
    variables: ArtifactMembershipsVariables = {"id": version}
    data = await _data_or_none(client, catalog.ARTIFACT_MEMBERSHIPS, variables, subject)
    return [] if data is None else link_memberships(data)


async def check_files(
    client: AsyncClient, artifact: ArtifactLike, names: Sequence[str], found: Collection[str]
) -> None:
    """Say which names matched no file, and what was probably meant; that costs one request.

    Raises:
        NotFoundError: none of them matched.
    """
    missing = unmatched(names, found)
    if not missing:
        return
    subject = f"{artifact.entity}/{artifact.project}/{artifact.name}"
    variables: ArtifactMembershipFilesVariables = {
        "entity": artifact.entity,
        "project": artifact.project,
        "name": artifact.name,
        "perPage": 1000,
    }
    data = await _data_or_none(client, catalog.ARTIFACT_MEMBERSHIP_FILES, variables, subject)
    project = data.project if data else None
    membership = project.artifact_collection_membership if project else None
    files = membership.files if membership else None
    stored_names = [edge.node.name for edge in files.edges if edge.node] if files else []
    report_missing(missing, found, stored_names, subject)


async def _data_or_none(
    client: AsyncClient,
    operation: Operation[DataT, VariablesT],
    variables: VariablesT,
    subject: str | None,
) -> DataT | None:
    """The data of an operation; ``None`` if it fails: the error that it is for is true without."""
    try:
        return await client.execute(operation, variables, subject=subject)
    except ArtifactsError:
        return None
