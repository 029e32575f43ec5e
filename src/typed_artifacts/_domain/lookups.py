"""Finding things: what a list may be made from, what is missing on a path, whose a project is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..errors import AuthenticationError, InvalidInput, NotFoundError

if TYPE_CHECKING:
    from .._graphql.enums import ArtifactDigestAlgorithm
    from .._graphql.organization_entity import OrganizationEntity
    from .._graphql.viewer import Viewer, ViewerViewer


class RunLike(Protocol):
    """What ``RunArtifacts`` needs of a run."""

    @property
    def entity(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def id(self) -> str: ...


class ArtifactLike(Protocol):
    """What ``ArtifactFiles`` needs of an artifact."""

    @property
    def entity(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def file_count(self) -> int: ...
    @property
    def digest_algorithm(self) -> ArtifactDigestAlgorithm | None: ...


def subject_of(*optional: str, **names: str | None) -> str:
    """A path for error messages, from the names that an object is made with.

    Args:
        optional: which of the names may be ``None``, besides ``entity``.
        names: what each is called, and is.

    Raises:
        InvalidInput: a name is no string, is empty, or holds a slash.
    """
    for what, name in names.items():
        if name is None and what in {"entity", *optional}:
            continue
        if not isinstance(name, str):
            raise InvalidInput(f"{what} is {name!r}; it must be a string.")
        if not name.strip():
            raise InvalidInput(f"{what} is empty; give its name.")
        # An alias may hold slashes: collection:alias.
        if "/" in name.partition(":")[0]:
            raise InvalidInput(f"{what} is {name!r}; a name holds no slash.")
    return "/".join(name for name in names.values() if name is not None)


def not_found(what: str, name: str, subject: str, operation: str) -> NotFoundError:
    """One sentence about the part of a path that the server says is not there."""
    within = "" if subject == name or name.startswith(subject) else f" (asked for {subject})"
    return NotFoundError(
        f'There is no {what} "{name}"{within}, or this key may not see it.',
        missing=what,
        operation=operation,
        subject=subject,
    )


def known_viewer(data: Viewer) -> ViewerViewer:
    """Whoever asks.

    Raises:
        AuthenticationError: the server does not know.
    """
    if data.viewer is None:
        raise AuthenticationError(
            "The server does not know who asks. Set WANDB_API_KEY to a key of this server.",
            operation="Viewer",
        )
    return data.viewer


def viewer_entity(data: Viewer) -> str:
    """The entity of whoever asks.

    Raises:
        AuthenticationError: the server does not know.
    """
    if data.viewer is None or not data.viewer.entity:
        raise AuthenticationError(
            "The server does not know who asks, so it cannot say whose project is meant. "
            "Set WANDB_API_KEY, or write entity/project.",
            operation="Viewer",
        )
    return data.viewer.entity


def registry_entity(data: OrganizationEntity, name: str) -> str:
    """The entity that holds the registries of an organization, named by it or by a member.

    Raises:
        NotFoundError: there is no such organization.
        InvalidInput: the entity belongs to several organizations.
    """
    entity = data.entity
    if entity is None:
        raise not_found("organization", name, name, "OrganizationEntity")
    found = {
        organization.org_entity.name
        for organization in (
            [entity.organization]
            if entity.organization
            else entity.user.organizations
            if entity.user
            else []
        )
        if organization.org_entity is not None
    }
    if len(found) > 1:
        raise InvalidInput(
            f'"{name}" belongs to several organizations ({", ".join(sorted(found))}); '
            "write the one whose registry is meant."
        )
    if not found:
        raise not_found("organization", name, name, "OrganizationEntity")
    return found.pop()
