"""Holdings of a project, and what refers to its versions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.client.flavours import Flavour
from tests.client.taps import JsonObject, Rewrite, Script, Sent, Tap, connection
from typed_artifacts import Api, AsyncApi, HeldVersion, InvalidInput, NotFoundError
from typed_artifacts.local import Registry


def fill(registry: Registry) -> None:
    with registry.batch():
        for number in range(3):
            registry.log_version(
                "local/p/data",
                type="dataset",
                files={"a": str(number) * 10, "b": ""},
                aliases=[f"n{number}"],
                tags=["gold"] if number else [],
            )
        registry.log_version("local/p/net", type="model", files={"w": "w"})
        registry.link("local/p/data:v1", "local/p/shelf", aliases=["prod"])
    registry.use("local/p/run", "local/p/data:v0")


async def held(api: AsyncApi, **only: Any) -> dict[str, list[HeldVersion]]:  # noqa: ANN401 -- either
    found: dict[str, list[HeldVersion]] = {}
    given: Any = api.holdings("p", **only)
    pages = [page async for page in given] if hasattr(given, "__aiter__") else list(given)
    for collection, versions in pages:
        found.setdefault(collection.name, []).extend(versions)
    return found


async def test_every_version_comes_with_what_may_keep_it(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry)
    tap.sent.clear()
    found = await held(api)
    assert tap.operations == ["ProjectHoldings"]
    assert {name: len(versions) for name, versions in found.items()} == {
        "data": 3,
        "net": 1,
        "shelf": 1,
    }
    newest, middle, oldest = found["data"]
    assert (newest.version, newest.aliases, newest.newest) == ("v2", ("latest", "n2"), True)
    assert (middle.tags, middle.number, middle.is_link, middle.newest) == (
        ("gold",),
        1,
        False,
        False,
    )
    assert (oldest.size, oldest.file_count, oldest.tags) == (10, 2, ())
    (link,) = found["shelf"]
    assert (link.id, link.version, link.is_link) == (middle.id, "v0", True)
    assert link.aliases == ("prod", "latest")


@pytest.mark.parametrize(
    ("seconds", "inherited", "own"),
    [(86_400, False, 86_400), (86_400, True, None), (-2, False, None), (-1, True, None)],
)
async def test_a_time_to_live_is_the_version_s_own(
    api: AsyncApi, registry: Registry, tap: Tap, seconds: int, inherited: bool, own: int | None
) -> None:
    fill(registry)

    def living(_sent: Sent, reply: JsonObject) -> None:
        for edge in _collections(reply)["edges"]:
            for version in edge["node"]["artifacts"]["edges"]:
                given = {"ttlDurationSeconds": seconds, "ttlIsInherited": inherited}
                version["node"] |= given | {"updatedAt": None}

    tap.rewrite = living
    (found,) = (await held(api))["net"]
    assert (found.ttl, found.updated_at) == (own, None)


@pytest.mark.parametrize(
    ("version", "number"), [("v12", 12), ("", -1), ("v\u00b2", -1), ("v" + "9" * 5000, -1)]
)
def test_the_number_of_a_version(version: str, number: int) -> None:
    now = datetime.now(UTC)
    held = HeldVersion("x", version, "", 0, 0, now, None, None, (), (), is_link=False, newest=True)
    assert held.number == number


async def test_some_collections_alone(api: AsyncApi, registry: Registry, tap: Tap) -> None:
    fill(registry)
    assert list(await held(api, type="model")) == ["net"]
    tap.sent.clear()
    assert list(await held(api, collection="data")) == ["data"]
    assert tap.operations == ["ProjectHoldings", "CollectionHoldingsBatch"]


async def test_a_collection_or_type_that_is_not_there(api: AsyncApi, registry: Registry) -> None:
    fill(registry)
    with pytest.raises(NotFoundError, match=r'no artifact collection "dat" .*mean "data"'):
        await held(api, collection="dat")
    with pytest.raises(NotFoundError, match='one of the type "dataset"'):
        await held(api, type="model", collection="data")
    with pytest.raises(NotFoundError, match=r'no artifact type "modle" .*mean "model"'):
        await held(api, type="modle")


async def test_a_type_without_collections_holds_nothing(api: AsyncApi, registry: Registry) -> None:
    fill(registry)
    await (await api.artifact_collection("model", "p/net")).delete()
    assert await held(api, type="model") == {}


async def test_what_holds_versions(api: AsyncApi, registry: Registry, tap: Tap) -> None:
    fill(registry)
    newest, middle, oldest = (await held(api))["data"]
    tap.sent.clear()
    now = await api.holders([newest.id, middle.id, oldest.id, newest.id])
    assert tap.operations == ["ArtifactHoldersBatch"]
    assert list(now) == [newest.id, middle.id, oldest.id]
    assert now[oldest.id].used_by == "run"
    assert now[newest.id].used_by is None
    assert [membership.path for membership in now[middle.id].memberships] == [
        *["local/p/data:v1", "local/p/shelf:v0"]
    ]
    assert [membership.aliases for membership in now[middle.id].memberships] == [
        ("n1",),
        ("prod", "latest"),
    ]
    assert now[middle.id].digest == middle.digest

    def unnumbered(_sent: Sent, reply: JsonObject) -> None:
        for found in reply["data"].values():
            for edge in found["artifactMemberships"]["edges"]:
                edge["node"]["versionIndex"] = None

    tap.rewrite = unnumbered
    bare = (await api.holders([middle.id]))[middle.id]
    assert [membership.path for membership in bare.memberships] == ["local/p/data", "local/p/shelf"]
    tap.rewrite = None
    artifact = await api.artifact("p/data:v0")
    await artifact.delete(delete_aliases=True)
    assert (await api.holders([oldest.id]))[oldest.id].gone
    assert await api.holders([]) == {}


@pytest.mark.long
def test_versions_that_are_linked_more_often_than_a_page_has(tmp_path: Path) -> None:
    counts = {"often": 700, "less": 400}
    with Registry(tmp_path) as registry, registry.batch():
        for name, count in counts.items():
            registry.log_version(f"local/p/{name}", type="t", files={"a": name})
            for number in range(count):
                registry.link(f"local/p/{name}:v0", f"local/p/{name}-{number:03}")
    with Api.local(tmp_path) as api:
        ids = [api.artifact(f"local/p/{name}:v0").id for name in counts]
        now = api.holders(ids)
    assert [len(now[each].memberships) for each in ids] == [701, 401]
    assert now[ids[1]].memberships[-1].path == "local/p/less-399:v0"


async def test_mistakes_send_nothing(flavour: Flavour) -> None:
    silent = Script()
    api = flavour.api(silent)
    for ids in ("QXJ0aWZhY3Q6MQ==", [1], [""], None):
        with pytest.raises(InvalidInput, match="ids of versions"):
            await api.holders(ids)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake
    for only in ({"type": ""}, {"collection": 3}):
        with pytest.raises(InvalidInput, match="must be a name"):
            await held(api, **only)
    assert silent.sent == []


async def test_a_project_that_is_not_there(api: AsyncApi) -> None:
    with pytest.raises(NotFoundError, match="no project"):
        await held(api)


async def test_the_newest_version_is_the_first_whatever_the_pages(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry)
    first: list[JsonObject] = []

    def empty_first(sent: Sent, reply: JsonObject) -> JsonObject | None:
        if sent.operation != "CollectionHoldingsBatch":
            return None
        if first:
            return first[0]
        first.append(reply)
        info = {"endCursor": "more", "hasNextPage": True}
        return {"data": {"artifactCollection_0": {"artifacts": {"edges": [], "pageInfo": info}}}}

    tap.rewrite = empty_first
    (versions,) = (await held(api, collection="data")).values()
    assert [each.version for each in versions if each.newest] == [versions[0].version] == ["v2"]


def _collections(reply: JsonObject) -> JsonObject:
    found: JsonObject = reply["data"]["project"]["artifactCollections"]
    return found


def _in_two_pages(
    operation: str, found: Callable[[JsonObject], JsonObject] = connection
) -> Rewrite:
    """The second page of each connection begins with what the first one ended with."""
    whole: list[JsonObject] = []

    def halves(sent: Sent, reply: JsonObject) -> JsonObject | None:
        if sent.operation != operation:
            return None
        if whole:
            last = found(whole[0])
            last["edges"] = last["edges"][1:]
            return whole[0]
        whole.append(copy.deepcopy(reply))
        first = found(reply)
        first["edges"] = first["edges"][:2]
        first["pageInfo"] = {"endCursor": "more", "hasNextPage": True}
        return reply

    return halves


async def test_a_version_on_two_pages_is_held_once(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry)
    tap.rewrite = _in_two_pages("CollectionHoldingsBatch")
    (versions,) = (await held(api, collection="data")).values()
    assert [each.version for each in versions] == ["v2", "v1", "v0"]
    assert tap.operations.count("CollectionHoldingsBatch") == 2


async def test_a_collection_on_two_pages_counts_once(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry)
    whole = await api.inventory("p")
    tap.rewrite = _in_two_pages("ProjectInventory", _collections)
    assert await api.inventory("p") == whole
    assert tap.operations.count("ProjectInventory") == 3
    used = await api.usage("p")
    tap.rewrite = _in_two_pages("ProjectHoldings")
    assert await api.usage("p") == used
    assert tap.operations.count("ProjectHoldings") == 3


async def test_a_version_on_two_pages_is_in_an_inventory_once(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry)
    whole = await api.inventory("p")
    rest: list[JsonObject] = []

    def halves(_sent: Sent, reply: JsonObject) -> JsonObject:
        if rest:
            return {"data": {"artifactCollection_0": {"artifacts": rest[0]}}}
        page = next(
            edge["node"]["artifacts"]
            for edge in _collections(reply)["edges"]
            if edge["node"]["name"] == "data"
        )
        rest.append({"edges": page["edges"][1:], "pageInfo": page["pageInfo"]})
        page |= {"edges": page["edges"][:2]}
        page |= {"pageInfo": {"endCursor": "more", "hasNextPage": True}}
        return reply

    tap.rewrite = halves
    assert await api.inventory("p") == whole
    assert tap.operations[-2:] == ["ProjectInventory", "CollectionInventoryBatch"]


async def test_a_run_and_an_alias_on_two_pages_come_once(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry)
    for run in ("run-2", "run-3"):
        registry.use(f"local/p/{run}", "local/p/data:v0")
    version = await api.artifact("local/p/data:v0")
    users = [run.id for run in await version.used_by()]
    tap.rewrite = _in_two_pages("ArtifactUsedBy")
    assert [run.id for run in await version.used_by()] == users
    assert len(users) == 3
    collection = await api.artifact_collection("dataset", "local/p/data")
    aliases = await collection.aliases()
    tap.rewrite = _in_two_pages("ArtifactCollectionAliases")
    again = await api.artifact_collection("dataset", "local/p/data")
    assert await again.aliases() == aliases


async def test_a_collection_that_is_deleted_meanwhile_ends_there(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry)

    def delete(sent: Sent, reply: JsonObject) -> JsonObject | None:
        if sent.operation in {"ProjectHoldings", "ProjectInventory"}:
            first = _collections(reply)["edges"][0]["node"]
            first["artifacts"]["pageInfo"] = {"endCursor": "more", "hasNextPage": True}
            return reply
        return (
            {"data": {"artifactCollection_0": None}}
            if tap.operations.count(sent.operation) == 1
            else None
        )

    whole, listed = await held(api), await api.inventory("p")
    tap.rewrite = delete
    assert await held(api) == whole
    assert await api.inventory("p") == listed
    assert tap.operations[-4:] == [
        *("ProjectHoldings", "CollectionHoldingsBatch"),
        *("ProjectInventory", "CollectionInventoryBatch"),
    ]


async def test_types_that_a_server_does_not_list_are_those_of_the_collections(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry)
    whole = await api.inventory("p")

    def untold(_sent: Sent, reply: JsonObject) -> None:
        reply["data"]["project"]["artifactTypes"] = None

    tap.rewrite = untold
    found = await api.inventory("p")
    assert {*found.types} == {*whole.types}
    assert len(found.types) == 2
