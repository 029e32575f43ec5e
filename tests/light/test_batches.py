"""Batches: few requests for many objects, with the results of single ones."""

from __future__ import annotations

import pytest

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Sent, Tap
from tests.client.world import MANY, PROJECT
from typed_artifacts import AsyncApi, NotFoundError
from typed_artifacts.local import open_local


@pytest.fixture
def api(flavour: Flavour, world: Tap) -> AsyncApi:
    return flavour.api(world, api_key=world.server.api_key)


async def test_aliases_of_many_are_those_of_each(api: AsyncApi, world: Tap) -> None:
    collections = await listed(api.artifact_collections(PROJECT, "dataset"))
    assert len(collections) == 7
    world.sent.clear()
    found = await api.aliases_of(collections)
    assert world.operations == ["ArtifactCollectionAliasesBatch"]
    assert [sorted(aliases) for aliases in found.values()] == [
        sorted(await each.aliases()) for each in collections
    ]
    assert len(world.sent) == 1
    again = await listed(api.artifact_collections(PROJECT, "dataset"))
    assert list(found.values()) == [await each.aliases() for each in again]


async def test_two_hundred_collections_are_four_requests(flavour: Flavour) -> None:
    with open_local() as server:
        with server.registry.batch():
            for number in range(200):
                path = f"local/many/set-{number:03}"
                server.registry.log_version(path, type="t", files={"a": "x"}, aliases=["best"])
        tap = Tap(server)
        api = flavour.api(tap, api_key=server.api_key)
        collections = await listed(api.artifact_collections("local/many", "t", per_page=1000))
        tap.sent.clear()
        found = await api.aliases_of(collections)
        assert {tuple(sorted(aliases)) for aliases in found.values()} == {("best", "latest")}
        assert len(found) == 200
        assert len(tap.sent) == 4


async def test_the_collection_that_is_gone_is_named(flavour: Flavour) -> None:
    with open_local() as server:
        for name in ("one", "two"):
            server.registry.log_version(f"local/p/{name}", type="t", files={"a": name})
        api = flavour.api(Tap(server), api_key=server.api_key)
        one, two = await listed(api.artifact_collections("local/p", "t", order="+name"))
        await two.delete()
        with pytest.raises(NotFoundError, match='There is no artifact collection "local/p/two/t"'):
            await api.aliases_of([one, two])


async def test_more_aliases_than_a_page_has(flavour: Flavour) -> None:
    with open_local() as server:
        many = [f"alias-{number:04}" for number in range(1500)]
        server.registry.log_version("local/p/few", type="t", files={"a": "x"}, aliases=["best"])
        server.registry.log_version("local/p/many", type="t", files={"a": "x"}, aliases=many)
        tap = Tap(server)
        api = flavour.api(tap, api_key=server.api_key)
        collections = await listed(api.artifact_collections("local/p", "t", order="+name"))
        tap.sent.clear()
        found = await api.aliases_of(collections)
        assert [sorted(aliases) for aliases in found.values()] == [
            ["best", "latest"],
            [*many, "latest"],
        ]
        assert len(tap.sent) == 2


async def test_no_collections_are_no_request(api: AsyncApi, world: Tap) -> None:
    assert await api.aliases_of([]) == {}
    assert world.sent == []


async def test_the_inventory_has_everything_once(api: AsyncApi, world: Tap) -> None:
    found = await api.inventory(PROJECT)
    # 120 versions are more than come at once.
    assert world.operations == ["ProjectInventory", "CollectionInventoryBatch"]
    assert {kind.name for kind in found.types} == {"dataset", "eval", "model"}
    many = next(each for each in found.collections if each.name == "many")
    assert [each.version for each in many.versions] == [f"v{n}" for n in range(119, -1, -1)]
    assert many.size == sum([version.size async for version in api.artifacts("dataset", MANY)])
    assert (many.type, many.is_sequence) == ("dataset", True)
    assert found.version_count == 120 + 6 + 3 + 1
    released = next(each for each in found.collections if each.name == "released")
    assert [each.version for each in released.versions] == ["v0"]
    assert not released.is_sequence
    assert found.size == sum(each.size for each in found.collections) - released.size


async def test_the_inventory_of_no_project(api: AsyncApi) -> None:
    with pytest.raises(NotFoundError, match='There is no project "local/nothing"'):
        await api.inventory("local/nothing")


async def test_the_inventory_of_more_collections_than_a_page_has(flavour: Flavour) -> None:
    with open_local() as server:
        with server.registry.batch():
            server.registry.log_version("local/many/first", type="empty", files={"a": "x"})
            for number in range(52):
                path = f"local/many/set-{number:02}"
                server.registry.log_version(path, type=f"t{number % 2}", files={"a": "x"})
        tap = Tap(server)
        api = flavour.api(tap, api_key=server.api_key)
        await (await api.artifact_collection("empty", "local/many/first")).delete()
        kinds = await listed(api.artifact_types("local/many"))
        tap.sent.clear()
        found = await api.inventory("local/many")
        assert tap.operations == ["ProjectInventory"] * 2
        assert len({each.id for each in found.collections}) == 52
        assert [(kind.name, len(kind.collections)) for kind in found.types] == [
            (kind.name, 0 if kind.name == "empty" else 26) for kind in kinds
        ]
        assert len(kinds) == 3

        def endless(sent: Sent, reply: JsonObject) -> JsonObject | None:
            if sent.operation == "CollectionInventoryBatch":
                roots = sum(name.startswith("id") for name in sent.variables)
                return {"data": {f"artifactCollection_{number}": None for number in range(roots)}}
            for edge in reply["data"]["project"]["artifactCollections"]["edges"]:
                edge["node"]["artifacts"]["pageInfo"] = {"endCursor": "x", "hasNextPage": True}
            return reply

        tap.rewrite = endless
        assert await api.inventory("local/many") == found
        assert tap.operations.count("CollectionInventoryBatch") == 6
