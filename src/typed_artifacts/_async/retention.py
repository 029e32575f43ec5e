"""Makes retention plans, and applies them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .._domain.arguments.checks import committed_text
from .._domain.arguments.lookups import require_list
from .._domain.lists.many_connections import ManyConnections
from .._domain.mutations.inputs import alias_inputs
from .._domain.mutations.payloads import WHOLE_BATCH, refusals, require_done
from .._domain.projects.holders import stored_contents
from .._domain.projects.holdings import CollectionWalk
from .._operations import catalog
from .._requests.batch import Batch
from .._requests.sleeping import async_sleep_for
from .._retention.applying import Application, Refusal
from .._retention.checking import is_gone, lost_aliases, named_aliases
from .._retention.journal import Journal
from .._retention.progress import listening
from .._values.names import LATEST
from . import holdings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from .._operations.variables import (
        ArtifactContentsVariables,
        CollectionInventoryVariables,
        DeleteArtifactPortfolioVariables,
        DeleteArtifactSequenceVariables,
        DeleteArtifactVariables,
        DeleteNamedArtifactVariables,
        SaveArtifactVariables,
        SetArtifactTtlVariables,
        UnlinkArtifactVariables,
    )
    from .._retention.making import PlanInMaking
    from .._retention.plan import PrunePlan, PruneRow
    from .._retention.progress import PruneProgress
    from .._retention.report import PruneReport
    from ..holdings import Holders
    from .client import AsyncClient

# How many versions one document asks about, how many it changes, and of how many collections it
# lists the versions.
_CHECKED, _CHANGED, _COLLECTIONS = 50, 50, 10
_PAGE = 1000


async def make_plan(
    client: AsyncClient, entity: str, project: str, making: PlanInMaking, *, exact: bool
) -> PrunePlan:
    """Plan: by the listings, by what holds what would go, and if exact by the files."""
    subject = f"{entity}/{project}"
    some = making.kind is not None or making.name is not None
    # What is weighed to the file is shared with any collection of the project.
    nested = not some or (exact and making.ttl is None)
    walk = CollectionWalk(subject, None if nested else making.kind, None if nested else making.name)
    async for collection, versions in holdings.project_holdings(
        client, walk, entity, project, nested=nested
    ):
        making.add(collection, versions)
    if some and not making.collection_ids:
        await holdings.require_selected(client, entity, project, making.kind, making.name)
    making.decide(await _matching(client, making, subject))
    if ids := making.to_check():
        making.hold((await holdings.request_holders(client, ids, subject)).values())
    if not exact:
        making.count_freed()
    elif of_digest := making.contents_to_read():
        making.count_freed(await _contents(client, of_digest, subject))
    return making.plan(entity, project)


async def _matching(
    client: AsyncClient, making: PlanInMaking, subject: str
) -> Mapping[str, AbstractSet[str]] | None:
    """By collection the ids of the versions that the filter matches; ``None`` without a filter."""
    if (filters := making.rules.filters) is None:
        return None
    return await _version_ids(client, making.collection_ids, filters, subject)


async def _version_ids(
    client: AsyncClient,
    collections: Sequence[str],
    filters: str | None,
    subject: str,
    newest: int | None = None,
) -> dict[str, set[str]]:
    """The ids of the versions of collections: all, or so many of the newest.

    A collection whose versions the server does not tell is not among the keys: that it has none is
    not known.
    """
    found: dict[str, set[str]] = {key: set() for key in collections}
    connections = ManyConnections(found, subject, catalog.COLLECTION_INVENTORY.name)
    while taken := connections.take(_COLLECTIONS):
        batch = Batch(catalog.COLLECTION_INVENTORY, len(taken))
        many: list[CollectionInventoryVariables] = [
            {
                "id": key,
                "filters": filters,
                "cursor": cursor,
                "perPage": _PAGE if newest is None else min(newest - len(found[key]), _PAGE),
            }
            for key, cursor in taken
        ]
        data = await client.execute(batch.operation, batch.variables(many), subject=subject)
        for (key, _), part in zip(taken, data.parts, strict=True):
            page = None if part.artifact_collection is None else part.artifact_collection.artifacts
            if page is None:
                del found[key]
                continue
            found[key] |= {edge.node.id for edge in page.edges}
            if newest is None or len(found[key]) < newest:
                connections.continue_with(key, page)
    return found


async def _contents(
    client: AsyncClient, of_digest: Mapping[str, str], subject: str
) -> dict[str, dict[str, int]]:
    """The files of versions, digest and bytes, by the version's own digest."""
    found: dict[str, dict[str, int]] = {digest: {} for digest in of_digest}
    connections = ManyConnections(found, subject, catalog.ARTIFACT_CONTENTS.name)
    while taken := connections.take(_CHECKED):
        batch = Batch(catalog.ARTIFACT_CONTENTS, len(taken))
        many: list[ArtifactContentsVariables] = [
            {"id": of_digest[digest], "cursor": cursor} for digest, cursor in taken
        ]
        data = await client.execute(batch.operation, batch.variables(many), subject=subject)
        for (digest, _), part in zip(taken, data.parts, strict=True):
            if part.artifact is None:
                continue  # the version was deleted meanwhile, and frees nothing
            version = of_digest[digest]
            page = require_list(part.artifact.files, "files", version, "ArtifactContents")
            found[digest] |= stored_contents(page.edges)
            connections.continue_with(digest, page)
    return found


async def carry_out(
    client: AsyncClient,
    plan: PrunePlan,
    *,
    journal: Path | str | None,
    progress: bool | Callable[[PruneProgress], None],
    pace: float | None,
    drop_empty: bool,
) -> PruneReport:
    """Carry out a plan: check each batch again, then send it."""
    subject = f"{plan.entity}/{plan.project}"
    dropped: list[str] = []
    with Journal.opened(plan, journal) as kept, listening(progress, subject) as on_event:
        work = Application(plan, kept, on_event)
        if shrinking := work.shrinking_collections():
            filters = committed_text()
            count = plan.rules.keep_last
            work.keep_newest(await _version_ids(client, shrinking, filters, subject, newest=count))
        for rows in work.batches(_CHANGED):
            began = time.monotonic()
            now = await holdings.request_holders(
                client, list(dict.fromkeys(row.id for row in rows)), subject
            )
            if go := work.settle(rows, now):
                work.carried_out(go, await _send(client, plan, go, now))
                if pace is not None:
                    await async_sleep_for(len(go) / pace - (time.monotonic() - began))
        if drop_empty:
            dropped = await _drop(client, work.empty_collections(), subject)
        return work.report(dropped)


async def _send(
    client: AsyncClient, plan: PrunePlan, rows: Sequence[PruneRow], before: Mapping[str, Holders]
) -> dict[tuple[str, str], Refusal]:
    """Carry out rows of one action in one request; what was not done, by collection and version."""
    subject = f"{plan.entity}/{plan.project}"
    if rows[0].action == "unlink":
        errors = await _unlink(client, rows, subject)
    elif rows[0].action == "delete":
        errors = await _delete(client, plan, rows, subject)
    else:
        errors = await _expire(client, rows, subject)
    if WHOLE_BATCH in errors and len(rows) > 1:
        # This server refuses batches: send the rows one by one.
        refused: dict[tuple[str, str], Refusal] = {}
        for row in rows:
            refused |= await _send(client, plan, [row], before)
        return refused
    failed = [
        (row, words)
        for number, row in enumerate(rows)
        if (words := errors.get(number) or errors.get(WHOLE_BATCH))
    ]
    if not failed:
        return {}
    # A version that is gone was deleted: by the first of two attempts, or without a reply that
    # says so. That is no failure.
    ids = list(dict.fromkeys(row.id for row, _ in failed))
    now = await holdings.request_holders(client, ids, subject)
    not_done = [(row, words) for row, words in failed if not is_gone(row, now[row.id])]
    for row, _ in not_done:
        if row.action == "delete" and (aliases := lost_aliases(row, before[row.id], now[row.id])):
            again: SaveArtifactVariables = {
                "id": row.id,
                "addAliases": True,
                "aliasesToAdd": alias_inputs(aliases, plan.entity, plan.project, row.collection),
            }
            about = f"the aliases {', '.join(aliases)} of {plan.path(row)}"
            given = await client.execute(catalog.SAVE_ARTIFACT, again, subject=about)
            require_done(given.add_aliases, "SaveArtifact", about)
    return {(row.collection_id, row.id): Refusal(words, now[row.id]) for row, words in not_done}


async def _delete(
    client: AsyncClient, plan: PrunePlan, rows: Sequence[PruneRow], subject: str
) -> dict[int, str]:
    if any(row.aliases for row in rows):
        return await _delete_named(client, plan, rows, subject)
    batch = Batch(catalog.DELETE_ARTIFACT, len(rows))
    # The server refuses where an alias was added at the last moment.
    many: list[DeleteArtifactVariables] = [{"id": row.id} for row in rows]
    reply = await client.send(batch.operation, batch.variables(many), subject=subject)
    return refusals(reply, len(rows), lambda part: part.delete_artifact)


async def _delete_named(
    client: AsyncClient, plan: PrunePlan, rows: Sequence[PruneRow], subject: str
) -> dict[int, str]:
    batch = Batch(catalog.DELETE_NAMED_ARTIFACT, len(rows))
    many: list[DeleteNamedArtifactVariables] = [
        {
            "id": row.id,
            "aliases": alias_inputs(named_aliases(row), plan.entity, plan.project, row.collection),
            "named": bool(named_aliases(row)),
            "deleteAliases": LATEST in row.aliases,
        }
        for row in rows
    ]
    reply = await client.send(batch.operation, batch.variables(many), subject=subject)
    return refusals(reply, len(rows), lambda part: part.delete_artifact)


async def _unlink(client: AsyncClient, rows: Sequence[PruneRow], subject: str) -> dict[int, str]:
    batch = Batch(catalog.UNLINK_ARTIFACT, len(rows))
    many: list[UnlinkArtifactVariables] = [
        {"id": row.id, "portfolio": row.collection_id} for row in rows
    ]
    reply = await client.send(batch.operation, batch.variables(many), subject=subject)
    return refusals(reply, len(rows), lambda part: part.unlink_artifact)


async def _expire(client: AsyncClient, rows: Sequence[PruneRow], subject: str) -> dict[int, str]:
    batch = Batch(catalog.SET_ARTIFACT_TTL, len(rows))
    many: list[SetArtifactTtlVariables] = [{"id": row.id, "ttl": row.ttl or 0} for row in rows]
    reply = await client.send(batch.operation, batch.variables(many), subject=subject)
    return refusals(reply, len(rows), lambda part: part.update_artifact)


async def _drop(client: AsyncClient, rows: Sequence[PruneRow], subject: str) -> list[str]:
    """Delete collections that are known to be empty; the names of those that were."""
    dropped: list[str] = []
    for row in rows:
        key, about = row.collection_id, f"{subject}/{row.collection}"
        if (await _version_ids(client, [key], None, subject, newest=1)).get(key) != set():
            continue
        if row.is_link:
            portfolio: DeleteArtifactPortfolioVariables = {"id": key}
            unlinked = await client.execute(
                catalog.DELETE_ARTIFACT_PORTFOLIO, portfolio, subject=about
            )
            require_done(unlinked.delete_artifact_portfolio, "DeleteArtifactPortfolio", about)
        else:
            sequence: DeleteArtifactSequenceVariables = {"id": key}
            deleted = await client.execute(
                catalog.DELETE_ARTIFACT_SEQUENCE, sequence, subject=about
            )
            require_done(deleted.delete_artifact_sequence, "DeleteArtifactSequence", about)
        dropped.append(row.collection)
    return dropped
