"""Requests that read many objects at once: aliases of collections, an inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.arguments.checks import committed_text
from .._domain.arguments.lookups import alias_page, not_found
from .._domain.lists.cursors import CursorGuard
from .._domain.lists.many_connections import ManyConnections
from .._domain.projects.inventory import InventoryWalk
from .._operations import catalog
from .._requests.batch import Batch
from .suggestions import with_suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._domain.projects.inventory import Inventory
    from .._operations.variables import (
        ArtifactCollectionAliasesVariables,
        CollectionInventoryVariables,
        ProjectInventoryVariables,
    )
    from .client import AsyncClient

# How many collections one document asks about, for their aliases and for their versions: few round
# trips, and a response of moderate size.
_ALIASES, _VERSIONS = 50, 10


async def request_aliases(
    client: AsyncClient, paths: Mapping[str, str], subject: str
) -> dict[str, list[str]]:
    """The aliases of collections by their ids, given what each id is the id of."""
    found: dict[str, list[str]] = {key: [] for key in paths}
    connections = ManyConnections(found, subject, catalog.ARTIFACT_COLLECTION_ALIASES.name)
    while taken := connections.take(_ALIASES):
        batch = Batch(catalog.ARTIFACT_COLLECTION_ALIASES, len(taken))
        each: list[ArtifactCollectionAliasesVariables] = [
            {"id": key, "cursor": cursor} for key, cursor in taken
        ]
        data = await client.execute(batch.operation, batch.variables(each), subject=subject)
        for (key, _), part in zip(taken, data.parts, strict=True):
            page = alias_page(part, paths[key], subject)
            found[key] += [edge.node.alias for edge in page.edges if edge.node is not None]
            connections.continue_with(key, page)
    return {key: list(dict.fromkeys(aliases)) for key, aliases in found.items()}


async def request_inventory(client: AsyncClient, entity: str, project: str) -> Inventory:
    """What a project consists of."""
    subject = f"{entity}/{project}"
    filters = committed_text()
    walk = InventoryWalk(entity, project)
    cursor: str | None = None
    guard = CursorGuard(None, subject)
    while True:
        variables: ProjectInventoryVariables = {
            "entity": entity,
            "project": project,
            "filters": filters,
            "cursor": cursor,
            "types": cursor is None,
        }
        data = await client.execute(catalog.PROJECT_INVENTORY, variables, subject=subject)
        if data.project is None:
            missing = not_found("project", subject, subject, "ProjectInventory")
            raise await with_suggestion(client, missing, variables)
        page = walk.add(data.project)
        if not page.page_info.has_next_page:
            break
        cursor = guard.follow_page(page, catalog.PROJECT_INVENTORY.name)
    while unfinished := walk.unfinished(_VERSIONS):
        batch = Batch(catalog.COLLECTION_INVENTORY, len(unfinished))
        many: list[CollectionInventoryVariables] = [
            {"id": it.id, "filters": filters, "cursor": it.cursor} for it in unfinished
        ]
        replies = await client.execute(batch.operation, batch.variables(many), subject=subject)
        for found, part in zip(unfinished, replies.parts, strict=True):
            found.add_more(part.artifact_collection)
    return walk.result()
