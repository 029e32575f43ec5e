"""Finds an organization by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.client.owners import own_organization
from .._operations import catalog

if TYPE_CHECKING:
    from .._domain.client.owners import OrganizationChoice
    from .._operations.variables import OrganizationsVariables
    from .client import AsyncClient


async def named_organization(client: AsyncClient, name: str) -> OrganizationChoice:
    """The organization of whoever asks that is called so. One request.

    Raises:
        NotFoundError: there is none.
    """
    variables: OrganizationsVariables = {"entity": None, "named": False}
    data = await client.execute(catalog.ORGANIZATIONS, variables, subject=name)
    return own_organization(data, name)
