"""Lengths: the server's total, in at most one request, whose page is used."""

from __future__ import annotations

from functools import partial

import pytest

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Sent, Tap, connection
from tests.client.world import MANY, PROJECT, VERSIONS
from typed_artifacts import Api, ArtifactCollections, AsyncApi, LengthUnknown, UnsupportedByServer
from typed_artifacts.local import LocalServer


def _without_totals(_sent: Sent, reply: JsonObject) -> None:
    connection(reply)["totalCount"] = None


def _with_total(total: int, _sent: Sent, reply: JsonObject) -> None:
    connection(reply)["totalCount"] = total


def _without_the_first_node(_sent: Sent, reply: JsonObject) -> None:
    connection(reply)["edges"][0]["node"] = None


def _collections(api: Api) -> ArtifactCollections:
    return api.artifact_collections(PROJECT, "dataset", per_page=3)


async def test_length_is_one_request_whose_page_is_used(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    assert await found.length() == VERSIONS
    assert len(world.sent) == 1
    assert await found.length() == VERSIONS
    assert len(await listed(found)) == VERSIONS
    assert len(world.sent) == 3  # ⌈120/50⌉, the first page among them


async def test_length_after_a_page_costs_nothing(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    await found[0]
    assert await found.length() == VERSIONS
    assert len(world.sent) == 1


async def test_length_of_every_sized_list(api: AsyncApi, world: Tap) -> None:
    run = await api.run(f"{PROJECT}/train")
    artifact = await api.artifact(f"{PROJECT}/set-0:v0")
    world.sent.clear()
    assert await api.artifact_collections(PROJECT, "dataset").length() == 7
    assert await api.project(PROJECT).collections().length() == 10
    assert await run.used_artifacts().length() == 7
    assert await run.logged_artifacts().length() == 3
    assert await artifact.files(per_page=10).length() == 13
    assert await artifact.files(["folder/01.txt", "folder/03.txt"]).length() == 2
    assert len(world.sent) == 6


async def test_the_length_under_a_client_side_filter_is_the_true_count(
    api: AsyncApi, world: Tap
) -> None:
    found = api.artifacts("dataset", MANY, tags=["rare"], per_page=50)
    assert await found.length() == 2
    assert await found.length() == 2
    assert len(await listed(found)) == 2
    assert len(world.sent) == 3


async def test_the_length_under_a_servers_filter_is_the_servers(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, filters={"metadata.number": {"$gte": 100}}, per_page=5)
    assert await found.length() == 20
    assert len(world.sent) == 1


async def test_an_unknown_length_is_a_type_error_that_says_what_to_do(
    api: AsyncApi, world: Tap
) -> None:
    artifact = await api.artifact(f"{PROJECT}/set-0:v0")
    world.rewrite = _without_totals
    files = artifact.files(per_page=5)
    world.sent.clear()
    with pytest.raises(LengthUnknown, match="gives no total") as caught:
        await files.length()
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, UnsupportedByServer)
    assert caught.value.operation == "ArtifactMembershipFiles"
    assert len(world.sent) == 1
    assert len(await listed(files)) == 13
    assert len(world.sent) == 3


def test_list_works_where_the_length_is_unknown(world_server: LocalServer) -> None:
    tap = Tap(world_server)
    api = Api(api_key=world_server.api_key, base_url=world_server.base_url, transport=tap)
    files = api.artifact(f"{PROJECT}/set-0:v0").files(per_page=5)
    tap.rewrite = _without_totals
    tap.sent.clear()
    assert len(list(files)) == 13
    assert len(tap.sent) == 3
    with pytest.raises(LengthUnknown):
        _ = files.length


@pytest.mark.parametrize("total", [-1, 2**31, 10**12, 2**63])
async def test_a_total_that_no_list_can_have_is_no_length(
    api: AsyncApi, world: Tap, total: int
) -> None:
    world.rewrite = partial(_with_total, total)
    found = api.artifact_collections(PROJECT, "dataset")
    with pytest.raises(
        LengthUnknown, match=f"gives {total:,} as the total for .*; iterate"
    ) as told:
        await found.length()
    assert told.value.operation == "ArtifactTypeArtifactCollections"
    assert len(await listed(found)) == 7


@pytest.mark.parametrize("total", [-1, 0, 2, 7, 10**6, 10**12])
def test_a_wrong_total_costs_no_item(world_server: LocalServer, total: int) -> None:
    tap = Tap(world_server, partial(_with_total, total))
    api = Api(api_key=world_server.api_key, base_url=world_server.base_url, transport=tap)
    names = [item.name for item in _collections(api)]
    assert len(names) == 7
    assert [item.name for item in list(_collections(api))] == names
    assert [item.name for item in reversed(_collections(api))] == names[::-1]


def test_reversed_gives_every_item_where_a_node_is_null(world_server: LocalServer) -> None:
    tap = Tap(world_server, _without_the_first_node)
    api = Api(api_key=world_server.api_key, base_url=world_server.base_url, transport=tap)
    found = api.artifact_collections(PROJECT, "dataset")
    assert len(found) == 7
    assert [item.name for item in reversed(found)] == [item.name for item in found][::-1]
    assert len(found.objects) == 6
    types = api.artifact_types(PROJECT)
    assert [kind.name for kind in reversed(types)] == [kind.name for kind in types][::-1]


def test_the_documented_length_is_len(world_server: LocalServer) -> None:
    tap = Tap(world_server)
    api = Api(api_key=world_server.api_key, base_url=world_server.base_url, transport=tap)
    found = api.artifacts("dataset", MANY)
    assert len(found) == found.length == VERSIONS
    assert len(tap.sent) == 1
    assert [item.name for item in list(found)] == [item.name for item in found]
    assert next(reversed(found)).name == "many:v0"


def test_types_have_no_length(world_server: LocalServer) -> None:
    tap = Tap(world_server)
    api = Api(api_key=world_server.api_key, base_url=world_server.base_url, transport=tap)
    types = api.artifact_types(PROJECT)
    assert not hasattr(types, "length")
    with pytest.raises(TypeError, match="has no len"):
        len(types)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    assert tap.sent == []
    assert [kind.name for kind in list(types)] == [kind.name for kind in types]


async def test_async_lists_have_no_len(flavour: Flavour, api: AsyncApi) -> None:
    if not flavour.blocking:
        with pytest.raises(TypeError):
            len(api.artifacts("dataset", MANY))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose


async def test_files_longer_than_a_page_end(api: AsyncApi, world: Tap) -> None:
    artifact = await api.artifact(f"{PROJECT}/set-0:v0")
    world.sent.clear()
    names = [item.name async for item in artifact.files(per_page=10)]
    assert names == [f"folder/{number:02}.txt" for number in range(13)]
    assert len(world.sent) == 2
