"""Replies to batches of queries that lack something, or have more than was asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Sent, Tap
from tests.client.world import MANY, PROJECT
from typed_artifacts import AsyncApi, GraphQLError, ServerError


@pytest.fixture
def api(flavour: Flavour, world: Tap) -> AsyncApi:
    return flavour.api(world, api_key=world.server.api_key)


async def aliases(api: AsyncApi) -> object:
    found = await api.aliases_of(await listed(api.artifact_collections(PROJECT, "dataset")))
    return {collection.name: sorted(names) for collection, names in found.items()}


async def lineage(api: AsyncApi) -> object:
    return (await (await api.artifact(f"{PROJECT}/net:v1")).lineage(3)).to_rows()


async def plan(api: AsyncApi) -> object:
    return [(row.name, row.action) for row in (await api.plan_prune(PROJECT, keep_last=3)).rows]


async def inventory(api: AsyncApi) -> object:
    return await api.inventory(PROJECT)


async def holders(api: AsyncApi) -> object:
    ids = [version.id async for version in api.artifacts("model", f"{PROJECT}/net")]
    return await api.holders(ids)


async def holdings(api: AsyncApi) -> object:
    given: Any = api.holdings(
        PROJECT, collection="many"
    )  # a plain generator of the blocking flavour
    return [page async for page in given] if hasattr(given, "__aiter__") else list(given)


CALLS = {
    "ArtifactCollectionAliasesBatch": aliases,
    "ArtifactLineageBatch": lineage,
    "RunLineageBatch": lineage,
    "ArtifactHoldersBatch": holders,
    "ArtifactContentsBatch": plan,
    "CollectionInventoryBatch": inventory,
    "CollectionHoldingsBatch": holdings,
}
Call = Callable[[AsyncApi], Awaitable[object]]

each_call = pytest.mark.parametrize(("operation", "call"), CALLS.items(), ids=CALLS.keys())


@each_call
async def test_what_nobody_asked_for_is_ignored(
    api: AsyncApi, world: Tap, operation: str, call: Call
) -> None:
    expected = await call(api)

    def more(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == operation:
            last = list(reply["data"])[-1]
            root, _, number = last.rpartition("_")
            extra = {"__typename": "Query", "serverVersion": "1", "server_version": 1}
            beyond: JsonObject = {f"{root}_{int(number) + 1}": None, f"{root}_one": None, root: {}}
            reply["data"] = {**extra, **dict(reversed(reply["data"].items())), **beyond}

    world.rewrite = more
    assert await call(api) == expected
    assert operation in world.operations


@each_call
async def test_a_reply_without_one_of_those_asked_for_is_an_error(
    api: AsyncApi, world: Tap, operation: str, call: Call
) -> None:
    def less(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == operation:
            reply["data"].pop(next(iter(reply["data"])))

    world.rewrite = less
    with pytest.raises(ServerError) as error:
        await call(api)
    assert error.value.operation == operation
    about = f" for {error.value.subject}" if error.value.subject else ""
    said = f"{api.client.settings.base_url} answered {operation}{about}"
    assert f"{said} with something that is not its reply" in str(error.value)


async def test_the_error_names_what_is_missing(api: AsyncApi, world: Tap) -> None:
    def less(_: Sent, reply: JsonObject) -> None:
        reply["data"].pop("artifact_1")

    ids = [version.id async for version in api.artifacts("dataset", MANY)]
    world.rewrite = less
    with pytest.raises(ServerError, match=r"data\.parts\.1\.artifact: Field required"):
        await api.holders(ids[:3])


async def test_the_error_of_one_is_told(api: AsyncApi, world: Tap) -> None:
    def refuse(_: Sent, reply: JsonObject) -> None:
        reply["data"].pop("artifact_1")
        reply["errors"] = [{"message": "storage is busy", "path": ["artifact_1"]}]

    ids = [version.id async for version in api.artifacts("dataset", MANY)]
    world.rewrite = refuse
    with pytest.raises(GraphQLError, match="storage is busy"):
        await api.holders(ids[:3])
