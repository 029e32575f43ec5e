"""Sums up the storage use of a project while reading its listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.projects.holdings import CollectionWalk
from . import holdings

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._usage.tally import Usage, UsageTally
    from .client import AsyncClient


async def request_usage(
    client: AsyncClient,
    entity: str,
    project: str,
    tally: UsageTally,
    on_page: Callable[[int], None] | None,
) -> Usage:
    """Read a whole project, page by page."""
    walk = CollectionWalk(f"{entity}/{project}")
    async for collection, versions in holdings.project_holdings(
        client, walk, entity, project, nested=True
    ):
        tally.add(collection, versions)
        if on_page is not None:
            on_page(tally.count)
    return tally.result(entity, project)
