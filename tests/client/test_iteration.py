"""Paging: every item once, in the server's order, for all kinds of pages."""

from __future__ import annotations

import asyncio
import copy
import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Rewrite, Script, Sent, Tap, connection
from tests.client.world import MANY, PROJECT, VERSIONS
from typed_artifacts import (
    Api,
    AsyncApi,
    AsyncArtifactCollections,
    AsyncArtifactTypes,
    AsyncClient,
    AsyncPaginator,
    AsyncRunArtifacts,
    NotFoundError,
    PaginationError,
)
from typed_artifacts._domain.lists.page_buffer import Buffer
from typed_artifacts._domain.lists.pages import Page
from typed_artifacts.local import LocalServer

NEWEST_FIRST = [f"many:v{number}" for number in reversed(range(VERSIONS))]


async def test_every_item_once_in_the_servers_order(api: AsyncApi, world: Tap) -> None:
    assert [item.name async for item in api.artifacts("dataset", MANY, per_page=50)] == NEWEST_FIRST
    assert [sent.variables["perPage"] for sent in world.sent] == [50, 50, 50]


async def test_an_order_reaches_the_server(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, order="+version_index", per_page=7)
    assert [item.name async for item in found] == NEWEST_FIRST[::-1]


async def test_a_name_of_the_server_is_asked_for_as_it_is(api: AsyncApi, world: Tap) -> None:
    """Another client may have chosen one that this one would refuse."""

    def rename(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "ProjectArtifactTypes":
            connection(reply)["edges"][0]["node"]["name"] = "a/b"

    world.rewrite = rename
    kind = (await listed(api.artifact_types(PROJECT)))[0]
    with pytest.raises(NotFoundError, match=r'no artifact type "a/b"'):
        await listed(kind.collections())
    assert any("a/b" in sent.variables.values() for sent in world.sent)


def test_a_list_without_an_entity_shows_its_project(flavour: Flavour, world: Tap) -> None:
    types = flavour.make(AsyncArtifactTypes, flavour.client(world), None, "p")
    assert repr(types).endswith("ArtifactTypes p>")


async def test_one_page_that_is_exactly_full_ends_without_another(
    api: AsyncApi, world: Tap
) -> None:
    assert len(await listed(api.artifacts("dataset", MANY, per_page=VERSIONS))) == VERSIONS
    assert len(world.sent) == 1


async def test_empty_pages_do_not_end_the_iteration(api: AsyncApi, world: Tap) -> None:
    whole = [item.name async for item in api.artifact_collections(PROJECT, "dataset")]
    world.rewrite = _empty_pages(1, 2, 4)
    found = [item.name async for item in api.artifact_collections(PROJECT, "dataset", per_page=1)]
    assert found == [name for page, name in enumerate(whole, 1) if page not in {1, 2, 4}]


@pytest.mark.parametrize("missing", [{1}, {2, 3}, {1, 2, 3}])
async def test_pages_of_null_nodes_do_not_end_the_iteration(
    api: AsyncApi, world: Tap, missing: set[int]
) -> None:
    whole = [item.name async for item in api.artifact_collections(PROJECT, "dataset", per_page=3)]
    pages = [whole[start : start + 3] for start in (0, 3, 6)]
    kept = [name for number, page in enumerate(pages, 1) for name in page if number not in missing]
    world.sent.clear()
    world.rewrite = _null_nodes(*missing)
    found = api.artifact_collections(PROJECT, "dataset", per_page=3)
    assert [item.name async for item in found] == kept
    assert len(world.sent) == 3


async def test_null_nodes_in_other_lists(api: AsyncApi, world: Tap) -> None:
    run = await api.run(f"{PROJECT}/train")
    artifact = await api.artifact(f"{PROJECT}/set-0:v0")
    world.sent.clear()
    world.rewrite = _null_nodes(1)
    assert len(await listed(run.used_artifacts(per_page=3))) == 4
    world.sent.clear()
    assert len(await listed(run.logged_artifacts(per_page=2))) == 1
    world.sent.clear()
    assert len(await listed(artifact.files(per_page=5))) == 8
    world.sent.clear()
    assert len(await listed(api.artifact_types(PROJECT, per_page=2))) == 1
    world.sent.clear()
    assert len(await listed(api.project(PROJECT).collections(per_page=4))) == 6


@pytest.mark.parametrize("cursors", [True, False])
async def test_an_edge_that_comes_twice_in_a_page_is_one_item(
    api: AsyncApi, world: Tap, *, cursors: bool
) -> None:
    whole = [item.name async for item in api.artifact_collections(PROJECT, "dataset")]

    def twice(_sent: Sent, reply: JsonObject) -> None:
        edges = connection(reply)["edges"]
        if not cursors:
            for edge in edges:
                del edge["cursor"]
        connection(reply)["edges"] = edges[:1] + edges + edges[-1:]

    world.rewrite = twice
    found = api.artifact_collections(PROJECT, "dataset", per_page=3)
    assert [item.name async for item in found] == whole


async def test_an_item_with_two_edges_in_a_page_comes_once(api: AsyncApi, world: Tap) -> None:
    whole = [item.name async for item in api.artifact_collections(PROJECT, "dataset")]

    def twice(_sent: Sent, reply: JsonObject) -> None:
        edges = connection(reply)["edges"]
        edges.append({**copy.deepcopy(edges[0]), "cursor": f"another than {edges[0]['cursor']}"})

    world.rewrite = twice
    found = api.artifact_collections(PROJECT, "dataset", per_page=3)
    assert [item.name async for item in found] == whole


@pytest.mark.parametrize("cursors", [True, False])
async def test_an_item_on_two_pages_comes_once(api: AsyncApi, world: Tap, *, cursors: bool) -> None:
    """As where something was put before it meanwhile, and the server counts its pages."""
    run = await api.run(f"{PROJECT}/train")
    artifact = await api.artifact(f"{PROJECT}/set-0:v0")
    lists: list[Callable[[], AsyncPaginator[Any]]] = [
        lambda: api.artifact_types(PROJECT, per_page=1),
        lambda: api.artifact_collections(PROJECT, "dataset", per_page=3),
        lambda: api.project(PROJECT).collections(per_page=4),
        lambda: api.artifacts("dataset", MANY, per_page=50),
        lambda: api.artifacts("dataset", MANY, per_page=50, tags=["even"]),
        lambda: run.used_artifacts(per_page=3),
        lambda: artifact.files(per_page=3),
    ]
    for make in lists:
        whole = [item.name async for item in make()]
        assert len(set(whole)) == len(whole)
        world.rewrite = _overlapping(2, cursors=cursors)
        assert [item.name async for item in make()] == whole
        world.rewrite = _overlapping(2, cursors=cursors)
        assert [item.name async for page in make().pages() for item in page] == whole
        world.rewrite = None


async def test_what_differs_is_kept_though_a_server_gives_one_id_to_all(
    api: AsyncApi, world: Tap
) -> None:
    def one_id(_sent: Sent, reply: JsonObject) -> None:
        for edge in connection(reply)["edges"]:
            edge["node"]["id"] = "the same"

    world.rewrite = one_id
    assert [item.name async for item in api.artifacts("dataset", MANY, per_page=50)] == NEWEST_FIRST
    assert len(await listed(api.artifact_collections(PROJECT, "dataset", per_page=3))) == 7


async def test_pages_that_each_bring_something_new_never_end_with_an_error(
    api: AsyncApi, world: Tap
) -> None:
    """Each begins with what the one before it ended with, and there are more than a hundred."""
    world.rewrite = _overlapping(1, cursors=True)
    found = api.artifacts("dataset", MANY, per_page=1)
    assert [item.name async for item in found] == NEWEST_FIRST


async def test_pages_that_bring_nothing_new_end_with_an_error(api: AsyncApi, world: Tap) -> None:
    first: list[JsonObject] = []

    def again(_sent: Sent, reply: JsonObject) -> None:
        first.append(reply)
        connection(reply)["edges"] = connection(first[0])["edges"]

    world.rewrite = again
    with pytest.raises(PaginationError, match="nothing new in them"):
        await listed(api.artifacts("dataset", MANY, per_page=1))
    assert len(first) == 101


async def test_a_client_side_filter_may_empty_pages(api: AsyncApi, world: Tap) -> None:
    rare = api.artifacts("dataset", MANY, tags=["rare"], per_page=5)
    assert [item.name async for item in rare] == ["many:v111", "many:v60"]
    assert len(world.sent) == VERSIONS // 5


async def test_tags_must_all_be_there(api: AsyncApi) -> None:
    assert [item.name async for item in api.artifacts("dataset", MANY, tags=["rare", "even"])] == [
        "many:v60"
    ]
    assert [item.name async for item in api.artifacts("dataset", MANY, tags="rare")] == [
        "many:v111",
        "many:v60",
    ]
    assert await listed(api.artifacts("dataset", MANY, tags=["rare", "unheard-of"])) == []
    assert len(await listed(api.artifacts("dataset", MANY, tags=[]))) == VERSIONS


async def test_a_repeated_cursor_is_an_error(api: AsyncApi, world: Tap) -> None:
    first: list[str] = []

    def repeat(_sent: Sent, reply: JsonObject) -> None:
        info = connection(reply)["pageInfo"]
        first.append(info["endCursor"])
        assert len(first) < 9, "it goes round in circles"
        info.update(endCursor=first[0], hasNextPage=True)

    world.rewrite = repeat
    found = api.artifacts("dataset", MANY, per_page=10)
    with pytest.raises(PaginationError, match=r"repeats the cursor .* would never end") as told:
        await listed(found)
    assert told.value.operation == "ProjectArtifacts"
    assert len(world.sent) == 2
    world.sent.clear()
    with pytest.raises(PaginationError):
        [page async for page in found.pages()]
    assert len(world.sent) == 2


async def test_the_cursor_that_a_listing_started_with_is_not_to_come_back(
    api: AsyncApi, world: Tap
) -> None:
    whole = api.artifacts("dataset", MANY, per_page=10)
    await whole[0:10]
    start = whole.cursor
    assert start

    def back(_sent: Sent, reply: JsonObject) -> None:
        connection(reply)["pageInfo"]["endCursor"] = start

    world.rewrite = back
    with pytest.raises(PaginationError):
        await listed(api.artifacts("dataset", MANY, per_page=10, start=start))


@pytest.mark.parametrize("cursor", [None, ""])
async def test_a_next_page_without_a_cursor_is_an_error(
    api: AsyncApi, world: Tap, cursor: str | None
) -> None:
    def lose(_sent: Sent, reply: JsonObject) -> None:
        connection(reply)["pageInfo"].update(endCursor=cursor, hasNextPage=True)

    world.rewrite = lose
    with pytest.raises(PaginationError, match="gives no cursor to go on with") as told:
        await listed(api.artifacts("dataset", MANY))
    assert told.value.operation == "ProjectArtifacts"
    assert len(world.sent) == 1


async def test_nested_loops_are_passes_of_their_own(
    client: AsyncClient, flavour: Flavour, world: Tap
) -> None:
    found = flavour.make(AsyncArtifactCollections, client, "local", "world", "dataset", per_page=2)
    pairs = [(one.name, two.name) async for one in found async for two in found]
    names = [item.name async for item in found]
    assert pairs == [(one, two) for one in names for two in names]
    assert len(pairs) == 49
    assert len(world.sent) == 4


async def test_a_second_loop_gives_the_same_objects_without_requests(
    api: AsyncApi, world: Tap
) -> None:
    found = api.artifact_collections(PROJECT, "dataset", per_page=3)
    first = [item.id async for item in found]
    requests = len(world.sent)
    assert [item.id async for item in found] == first
    assert len(world.sent) == requests


async def test_next_has_a_position_of_its_own(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, per_page=2)
    assert (await anext(found)).name == "many:v119"
    assert [item.name async for item in found] == NEWEST_FIRST
    assert (await anext(found)).name == "many:v118"
    requests = len(world.sent)
    rest = [item.name for item in [await anext(found) for _ in range(VERSIONS - 2)]]
    assert rest == NEWEST_FIRST[2:]
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(found)
    assert len(world.sent) == requests


async def test_next_is_repeated_after_a_failure(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, per_page=1)

    def lose(_sent: Sent, reply: JsonObject) -> None:
        connection(reply)["pageInfo"]["endCursor"] = None

    world.rewrite = lose
    with pytest.raises(PaginationError):
        await anext(found)
    world.rewrite = None
    assert (await anext(found)).name == "many:v119"


def test_threads_share_pages(world_server: LocalServer) -> None:
    tap = Tap(world_server)
    api = Api(
        api_key=world_server.api_key, base_url=world_server.base_url, entity="local", transport=tap
    )
    found = api.artifacts("dataset", MANY, per_page=3)
    with ThreadPoolExecutor(8) as pool:
        passes = [pool.submit(lambda: [item.name for item in found]) for _ in range(8)]
        assert all(task.result() == NEWEST_FIRST for task in passes)
    assert len(tap.sent) == VERSIONS // 3


def test_threads_share_out_what_next_gives(world_server: LocalServer) -> None:
    tap = Tap(world_server)
    api = Api(
        api_key=world_server.api_key, base_url=world_server.base_url, entity="local", transport=tap
    )
    found = api.artifacts("dataset", MANY, per_page=3)

    def take(_turn: int) -> str:
        return next(found).name

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(VERSIONS))) == sorted(NEWEST_FIRST)


async def test_tasks_share_pages(world_server: LocalServer) -> None:
    tap = Tap(world_server)
    async with AsyncApi(
        api_key=world_server.api_key, base_url=world_server.base_url, entity="local", transport=tap
    ) as api:
        found = api.artifacts("dataset", MANY, per_page=20)
        passes = await asyncio.gather(*(listed(found) for _ in range(6)))
        assert all([item.name for item in items] == NEWEST_FIRST for items in passes)
        assert len(tap.sent) == VERSIONS // 20


async def test_tasks_share_out_what_anext_gives(world_server: LocalServer) -> None:
    async with AsyncApi(
        api_key=world_server.api_key,
        base_url=world_server.base_url,
        entity="local",
        transport=Tap(world_server),
    ) as api:
        found = api.artifacts("dataset", MANY, per_page=20)
        items = await asyncio.gather(*(anext(found) for _ in range(30)))
        assert [item.name for item in items] == NEWEST_FIRST[:30]


@pytest.mark.parametrize("order", [None, "+version_index", "-created_at"])
async def test_a_version_logged_while_paging_neither_repeats_nor_hides_another(
    bench_api: AsyncApi, bench: Tap, order: str | None
) -> None:
    registry = bench.server.registry
    for number in range(6):
        registry.log_version("local/bench/busy", type="dataset", files={"n": str(number)})
    found: list[str] = []
    async for item in bench_api.artifacts("dataset", "local/bench/busy", order=order, per_page=2):
        if len(found) < 4:
            registry.log_version("local/bench/busy", type="dataset", files={"new": str(len(found))})
        found.append(item.version)
    assert len(found) == len(set(found))
    assert {f"v{number}" for number in range(6)} <= set(found)


async def test_a_version_deleted_while_paging_hides_no_other(
    bench_api: AsyncApi, bench: Tap
) -> None:
    registry = bench.server.registry
    for name in "abcdef":
        registry.log_version(f"local/bench/{name}-set", type="table", files={"n": name})
    found: list[str] = []
    async for item in bench_api.artifact_collections("local/bench", "table", "+name", per_page=2):
        if item.name == "b-set":
            await item.delete()
        found.append(item.name)
    assert found == [f"{name}-set" for name in "abcdef"]


async def test_a_run_lists_by_its_mode(
    api: AsyncApi, client: AsyncClient, flavour: Flavour
) -> None:
    run = await api.run(f"{PROJECT}/train")
    used = flavour.make(AsyncRunArtifacts, client, run, "used", per_page=2)
    logged = flavour.make(AsyncRunArtifacts, client, run, per_page=2)
    assert {item.name async for item in used} == {f"many:v{number}" for number in range(7)}
    assert {item.name async for item in logged} == {f"net:v{number}" for number in range(3)}


def _empty_pages(*numbers: int) -> Rewrite:
    """Pages without edges where the server has some."""
    count = itertools.count(1)

    def rewrite(_sent: Sent, reply: JsonObject) -> None:
        if next(count) in numbers:
            connection(reply)["edges"] = []

    return rewrite


def _overlapping(items: int, *, cursors: bool) -> Rewrite:
    """Each page begins with what the one before it ended with."""
    before: list[JsonObject] = []

    def overlap(_sent: Sent, reply: JsonObject) -> None:
        edges: list[JsonObject] = connection(reply)["edges"]
        shown = [*before, *edges]
        for edge in shown:
            edge["cursor"] = f"another for {id(edge)}" if cursors else None
        connection(reply)["edges"] = shown
        before[:] = copy.deepcopy(edges[-items:])

    return overlap


def _null_nodes(*numbers: int) -> Rewrite:
    """Pages with edges, but with nothing at their ends: pages counted anew with each cursor."""
    seen: dict[tuple[str, object], int] = {}

    def rewrite(sent: Sent, reply: JsonObject) -> None:
        cursor = sent.variables.get("cursor")
        number = seen.setdefault(
            (sent.operation, cursor), 1 + sum(operation == sent.operation for operation, _ in seen)
        )
        if number in numbers:
            for edge in connection(reply)["edges"]:
                edge["node"] = None

    return rewrite


def test_an_async_list_is_not_for_a_plain_loop(silent: Script) -> None:
    found = Flavour("async").api(silent).artifacts("dataset", MANY)
    with pytest.raises(TypeError, match="not iterable"):
        list(found)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]  # on purpose
    with pytest.raises(TypeError):
        assert None in found  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]  # on purpose


def test_an_item_that_comes_again_is_compared_with_itself_alone() -> None:
    """All items before were looked at for each page that has one of them again: the square."""
    looked_at = Counter[str]()

    @dataclass
    class Item:
        key: str

        @property
        def name(self) -> str:
            looked_at[self.key] += 1
            return self.key

    buffer: Buffer[Item] = Buffer(None, "items")
    for number in range(100):
        keys = ["always", *(f"{number}-{index}" for index in range(9))]
        items = tuple(Item(key) for key in keys)
        end = f"{number}"
        buffer.add(Page(items, (end,) * 10, end, has_next=True, total=None, edges=10, ids=(*keys,)))
    assert len(buffer.items) == 901
    assert max(count for key, count in looked_at.items() if key != "always") == 1
