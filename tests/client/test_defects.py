"""Defects of the official client (wandb 0.31.0) in this API, and what happens here."""

from __future__ import annotations

import json

import pytest

from tests.client.flavours import listed
from tests.client.taps import JsonObject, Sent, Tap, connection
from tests.client.world import MANY, PROJECT, VERSIONS
from typed_artifacts import AsyncApi, Filters, NotFoundError


async def test_d1_iteration_goes_on_after_a_page_without_a_match(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, tags=["rare"])
    assert [item.version async for item in found] == ["v111", "v60"]


async def test_d1_iteration_goes_on_after_a_page_whose_nodes_are_null(
    api: AsyncApi, world: Tap
) -> None:
    def hide(sent: Sent, reply: JsonObject) -> None:
        if "cursor" not in sent.variables:
            for edge in connection(reply)["edges"]:
                edge["node"] = None

    run = await api.run(f"{PROJECT}/train")
    world.rewrite = hide
    assert len(await listed(api.artifact_collections(PROJECT, "dataset", per_page=5))) == 2
    assert len(await listed(run.used_artifacts(per_page=5))) == 2


async def test_d2_the_length_counts_what_the_tags_leave(api: AsyncApi) -> None:
    assert await api.artifacts("dataset", MANY, tags=["rare"]).length() == 2


async def test_d3_slices_and_negative_indices_are_those_of_a_list(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY)
    assert len(await found[:]) == VERSIONS
    assert [item.version for item in await found[100:]] == [f"v{n}" for n in range(19, -1, -1)]
    assert (await found[-1]).version == "v0"
    assert len(await found[:-1]) == VERSIONS - 1


async def test_d4_a_slice_that_one_page_holds_is_one_request(api: AsyncApi, world: Tap) -> None:
    assert len(await api.artifacts("dataset", MANY, per_page=2)[0:2]) == 2
    assert len(world.sent) == 1


async def test_d5_nested_loops_give_every_pair(api: AsyncApi) -> None:
    found = api.artifact_collections(PROJECT, "dataset", per_page=2)
    assert len([1 async for _ in found async for _ in found]) == 49


async def test_d6_resuming_after_one_of_fifty_gives_the_other_forty_nine(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    first = await anext(found)
    rest = await listed(api.artifacts("dataset", MANY, per_page=50, start=found.cursor))
    assert [first.version, *(item.version for item in rest)] == [
        f"v{number}" for number in reversed(range(VERSIONS))
    ]


async def test_d8_an_unchanged_collection_sends_nothing_and_a_changed_one_once(
    bench_api: AsyncApi, bench: Tap
) -> None:
    collection = await bench_api.artifact_collection("dataset", "local/bench/data")
    bench.sent.clear()
    await collection.save()
    assert bench.sent == []
    collection.tags = ["red", "new"]
    collection.description = "Other words."
    await collection.save()
    assert bench.operations == ["SaveArtifactSequence"]


@pytest.mark.parametrize(
    ("filters", "sent"),
    [
        (None, {"state": "COMMITTED"}),
        ({}, {"state": "COMMITTED"}),
        ({"tags": "rare"}, {"$and": [{"state": "COMMITTED"}, {"tags": "rare"}]}),
        ({"state": "PENDING"}, {"state": "PENDING"}),
        ({"$or": [{"state": "PENDING"}, {"size": 1}]}, None),
        ({"$not": {"state": {"$in": ["PENDING"]}}}, None),
    ],
)
async def test_d12_filters_keep_the_committed_default_unless_they_name_the_state(
    api: AsyncApi, world: Tap, filters: Filters | None, sent: object
) -> None:
    await listed(api.artifacts("dataset", MANY, filters=filters))
    assert json.loads(world.sent[0].variables["filters"]) == (sent or filters)


async def test_d12_the_door_takes_filters(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, filters={"metadata.nested.half": {"$gt": 59}})
    assert [item.version async for item in found] == ["v119"]


@pytest.mark.parametrize(
    ("path", "kind", "missing", "name"),
    [
        ("local/nowhere/many", "dataset", "project", "local/nowhere"),
        ("nobody/world/many", "dataset", "project", "nobody/world"),
        (f"{PROJECT}/many", "nothing", "artifact type", "nothing"),
        (f"{PROJECT}/nothing", "dataset", "artifact collection", "nothing"),
        (f"{PROJECT}/many", "model", "artifact collection", "many"),
    ],
)
async def test_d15_what_is_missing_is_named(
    api: AsyncApi, path: str, kind: str, missing: str, name: str
) -> None:
    found = api.artifacts(kind, path)
    for ask in (found.length, lambda: listed(found), lambda: found[0]):
        with pytest.raises(NotFoundError, match=f'There is no {missing} "{name}"') as caught:
            await ask()
        assert caught.value.missing == missing
        assert caught.value.operation == "ProjectArtifacts"
    with pytest.raises(NotFoundError, match=f'There is no {missing} "{name}"'):
        await api.artifact_collection(kind, path)
