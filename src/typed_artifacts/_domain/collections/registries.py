"""Registries: names, filters, visibility, the nodes of a listing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from ..._values.guards import is_text
from ..._values.json_values import json_text
from ..._values.names import REGISTRY_PREFIX
from ..._values.plain import plain_json
from ..arguments.checks import check_filters
from ..arguments.lookups import KnownName, not_found
from ..versions.memberships import named_membership, source_of

if TYPE_CHECKING:
    from ..._graphql.fragments import ArtifactFields, ArtifactMembershipFields, RegistryFields
    from ..._graphql.organization_registry import OrganizationRegistry
    from ..._values.json_values import JsonValue
    from ..arguments.checks import Filters
    from ..versions.memberships import Membership, SourceCollection

RegistryVisibility: TypeAlias = Literal["organization", "restricted"]
"""Who may see a registry: everyone in the organization, or only those who were invited."""

# The projects of an organization's entity that are registries.
_REGISTRIES: dict[str, JsonValue] = {"name": {"$regex": f"^{REGISTRY_PREFIX}"}}
# What these are compared with is a piece of a name, or a pattern.
_PARTIAL = frozenset({"$regex", "$contains"})


def short_name(name: str) -> str:
    """The name of a registry without the prefix that its project has."""
    short = name.removeprefix(REGISTRY_PREFIX) if is_text(name) else name
    return KnownName(short) if isinstance(name, KnownName) else short


def full_name(name: str) -> str:
    """The name of a registry's project."""
    return f"{REGISTRY_PREFIX}{name}"


def visibility(access: str | None) -> RegistryVisibility:
    """Who may see a registry; levels of access that are of other projects are everyone's."""
    return "restricted" if access == "RESTRICTED" else "organization"


def registry_in(data: OrganizationRegistry, organization: str, name: str) -> RegistryFields:
    """A registry, or ``NotFoundError`` that says what is missing."""
    about, operation = f"{organization}/{full_name(name)}", "OrganizationRegistry"
    if data.organization is None or data.organization.org_entity is None:
        raise not_found("organization", organization, about, operation)
    if data.organization.org_entity.project is None:
        raise not_found("registry", name, about, operation)
    return data.organization.org_entity.project


def registry_filters_text(filters: Filters | None, argument: str) -> str:
    """A filter of registries as the server takes it: names with their prefix, nothing else.

    Args:
        filters: the filter; ``None`` for all registries.
        argument: the name of the argument, for errors.

    Raises:
        InvalidInput: it is no mapping, or JSON cannot say it.
    """
    given = check_filters(filters, argument)
    if given is None or not len(given):  # a condition of typed filters has no truth
        return json_text(_REGISTRIES)
    return json_text({"$and": [_REGISTRIES, _prefixed(plain_json(given, argument, exact=True))]})


def registry_version(
    node: ArtifactMembershipFields,
) -> tuple[Membership, ArtifactFields, SourceCollection] | None:
    """A version as a member of a registry's collection; ``None`` where a part is out of sight."""
    collection = node.artifact_collection
    if node.artifact is None or collection is None or collection.project is None:
        return None
    return named_membership(node, "", "", ""), node.artifact, source_of(node.artifact)


def _prefixed(value: JsonValue) -> JsonValue:
    """A filter in which the names of registries have their prefix."""
    if isinstance(value, list):
        return [_prefixed(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _prefixed_name(item) if key == "name" else _prefixed(item)
        for key, item in value.items()
    }


def _prefixed_name(operand: JsonValue) -> JsonValue:
    if isinstance(operand, str):
        return operand if operand.startswith(REGISTRY_PREFIX) else full_name(operand)
    if isinstance(operand, list):
        return [_prefixed_name(item) for item in operand]
    if isinstance(operand, dict):
        return {
            key: item if key in _PARTIAL else _prefixed_name(item) for key, item in operand.items()
        }
    return operand
