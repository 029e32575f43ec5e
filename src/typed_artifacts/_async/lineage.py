"""Requests the lineage of a version, level by level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.projects.lineage import page_size
from .._operations import catalog
from .._requests.batch import Batch

if TYPE_CHECKING:
    from .._domain.projects.lineage import LineageWalk
    from ..lineage import Lineage
    from .client import AsyncClient


async def request_lineage(client: AsyncClient, walk: LineageWalk) -> Lineage:
    """Ask about the versions of a level, then about its runs, many at once."""
    for _ in range(walk.depth):
        if walk.is_complete:
            break
        while some := walk.next_versions():
            versions, size = Batch(catalog.ARTIFACT_LINEAGE, len(some)), page_size(some)
            wanted = versions.variables([each.version_variables(size) for each in some])
            found = await client.execute(versions.operation, wanted, subject=walk.subject)
            walk.add_versions(some, found.parts)
        while some := walk.next_runs():
            runs, size = Batch(catalog.RUN_LINEAGE, len(some)), page_size(some)
            wanted = runs.variables([each.run_variables(size) for each in some])
            done = await client.execute(runs.operation, wanted, subject=walk.subject)
            walk.add_runs(some, done.parts)
    return walk.result()
