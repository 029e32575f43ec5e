"""Who asks, and which entity is meant where a path names none. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from ...errors import AuthenticationError, InvalidInput, NotFoundError
from ..arguments.lookups import not_found

if TYPE_CHECKING:
    from ..._graphql.organization_entity import OrganizationEntity
    from ..._graphql.organizations import Organizations
    from ..._graphql.viewer import Viewer

ViewerT_co = TypeVar("ViewerT_co", covariant=True)


class _Viewing(Protocol[ViewerT_co]):
    @property
    def viewer(self) -> ViewerT_co | None: ...


def known_viewer(
    data: _Viewing[ViewerT_co], about_key: str, operation: str = "Viewer"
) -> ViewerT_co:
    """Whoever asks.

    Args:
        data: the server's answer.
        about_key: a sentence that says where the key came from.
        operation: what was asked.

    Raises:
        AuthenticationError: the server does not know.
    """
    if data.viewer is None:
        raise AuthenticationError(
            f"The server does not know who asks. {about_key}",
            operation=operation,
        )
    return data.viewer


def viewer_entity(data: Viewer, about_key: str) -> str:
    """The user's default entity.

    Args:
        data: the server's answer.
        about_key: a sentence that says where the key came from.

    Raises:
        AuthenticationError: the server does not know the user, or the user has none.
    """
    if data.viewer is None:
        raise AuthenticationError(
            "The server does not know who asks, so it cannot say whose project is meant; write "
            f"entity/project. {about_key}",
            operation="Viewer",
        )
    if not data.viewer.entity:
        raise AuthenticationError(
            "This key's user has no default entity, as service accounts may have none, so paths "
            "have to name one: write entity/project, or set WANDB_ENTITY.",
            operation="Viewer",
        )
    return data.viewer.entity


class OrganizationChoice(NamedTuple):
    """An organization, and the entity that holds its registries."""

    name: str
    entity: str


def only_organization(data: Organizations) -> OrganizationChoice:
    """The organization of the default entity, or the user's only one.

    Raises:
        NotFoundError: there is none.
        InvalidInput: there are several.
    """
    default = None if data.entity is None else data.entity.organization
    of_user = [] if data.viewer is None else data.viewer.organizations
    found = of_user if default is None else [default]
    known = {each.name: each.org_entity.name for each in found if each.org_entity is not None}
    if len(known) > 1:
        raise InvalidInput(
            f"You belong to several organizations ({', '.join(sorted(known))}); say which one is "
            "meant: organization=, or WANDB_ORGANIZATION."
        )
    if not known:
        raise NotFoundError(
            "The server knows of no organization that you belong to; say which one is meant: "
            "organization=, or WANDB_ORGANIZATION.",
            missing="organization",
            operation="Organizations",
        )
    return OrganizationChoice(*known.popitem())


def registry_owner(data: OrganizationEntity, name: str) -> OrganizationChoice | None:
    """The organization of a registry, named by its entity or by a member; ``None`` for neither.

    Raises:
        InvalidInput: the entity belongs to several organizations.
    """
    if (entity := data.entity) is None:
        return None
    of_user = [] if entity.user is None else entity.user.organizations
    organizations = of_user if entity.organization is None else [entity.organization]
    found = {each.org_entity.name: each.name for each in organizations if each.org_entity}
    if len(found) > 1:
        raise InvalidInput(
            f'"{name}" belongs to several organizations ({", ".join(sorted(found))}); '
            "write the one whose registry is meant."
        )
    if not found:
        return None
    owner, organization = found.popitem()
    return OrganizationChoice(organization, owner)


def own_organization(data: Organizations, name: str) -> OrganizationChoice:
    """The organization of whoever asks that is called so, which its entity need not be.

    Raises:
        NotFoundError: there is none.
    """
    for each in data.viewer.organizations if data.viewer else []:
        if each.name == name and each.org_entity is not None:
            return OrganizationChoice(name, each.org_entity.name)
    raise not_found("organization", name, name, "OrganizationEntity")
