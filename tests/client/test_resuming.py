"""Positions in a listing and resuming from them: cursor, more, objects, start, pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

import pytest

from tests.client.flavours import listed
from tests.client.taps import JsonObject, Rewrite, Sent, Tap, connection
from tests.client.world import MANY, PROJECT, VERSIONS
from typed_artifacts import AsyncApi


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Pager(Protocol):
    @property
    def cursor(self) -> str | None: ...
    def __aiter__(self) -> AsyncIterator[_Named]: ...
    def __anext__(self) -> Awaitable[_Named]: ...


NEWEST_FIRST = [f"many:v{number}" for number in reversed(range(VERSIONS))]


def _without_edge_cursors(_sent: Sent, reply: JsonObject) -> None:
    for edge in connection(reply)["edges"]:
        edge["cursor"] = None


def _lacking_edge_cursors(_sent: Sent, reply: JsonObject) -> None:
    for edge in connection(reply)["edges"]:
        edge.pop("cursor", None)


async def test_nothing_is_known_before_the_first_request(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY)
    assert (found.cursor, found.more, found.objects, found.per_page) == (None, True, [], 50)
    assert world.sent == []


@pytest.mark.parametrize("count", [1, 2, 49, 50, 51, 119])
async def test_resuming_loses_nothing_and_repeats_nothing(api: AsyncApi, count: int) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    for _ in range(count):
        await anext(found)
    assert found.more
    rest = api.artifacts("dataset", MANY, per_page=50, start=found.cursor)
    assert [item.name async for item in rest] == NEWEST_FIRST[count:]


async def test_resuming_after_leaving_a_loop(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    passing = aiter(found)
    assert [(await anext(passing)).name for _ in range(3)] == NEWEST_FIRST[:3]
    rest = api.artifacts("dataset", MANY, per_page=2, start=found.cursor)
    assert [item.name for item in await rest[:4]] == NEWEST_FIRST[3:7]


async def test_resuming_after_a_slice(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    await found[:60]
    rest = api.artifacts("dataset", MANY, start=found.cursor)
    assert (await rest[0]).name == NEWEST_FIRST[60]


async def test_items_looked_at_out_of_turn_do_not_move_the_cursor(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    await anext(found)
    before = found.cursor
    await found[30]
    await found[10:20]
    await found[:20:2]
    await found[20::-1]
    await found[-1]
    await found.length()
    assert found.cursor == before


async def test_resuming_under_a_client_side_filter(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, tags=["rare"], per_page=50)
    await anext(found)
    rest = api.artifacts("dataset", MANY, tags=["rare"], per_page=50, start=found.cursor)
    assert [item.name async for item in rest] == ["many:v60"]


async def test_a_listing_read_to_its_end_has_no_more(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    await listed(found)
    assert not found.more
    assert len(found.objects) == VERSIONS
    requests = len(world.sent)
    rest = api.artifacts("dataset", MANY, per_page=50, start=found.cursor)
    assert await listed(rest) == []
    assert not rest.more
    assert len(world.sent) == requests + 1


async def test_objects_are_the_items_fetched_so_far(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    await anext(found)
    assert [item.name for item in found.objects] == NEWEST_FIRST[:50]
    found.objects.clear()
    assert len(found.objects) == 50
    assert len(world.sent) == 1


@pytest.mark.parametrize("lose", [_without_edge_cursors, _lacking_edge_cursors])
@pytest.mark.parametrize("count", [1, 50, 51, 75])
async def test_without_edge_cursors_nothing_is_lost(
    api: AsyncApi, world: Tap, lose: Rewrite, count: int
) -> None:
    world.rewrite = lose
    found = api.artifacts("dataset", MANY, per_page=50)
    for _ in range(count):
        await anext(found)
    rest = [item.name async for item in api.artifacts("dataset", MANY, start=found.cursor)]
    assert rest[-(VERSIONS - count) :] == NEWEST_FIRST[count:]
    assert rest == NEWEST_FIRST[count - count % 50 :]  # the page that was left is read again


@pytest.mark.parametrize("what", ["types", "collections", "project", "used", "files"])
async def test_every_list_resumes(api: AsyncApi, what: str) -> None:
    artifact = await api.artifact(f"{PROJECT}/set-0:v0")
    run = await api.run(f"{PROJECT}/train")
    project = api.project(PROJECT)

    async def names(start: str | None) -> tuple[list[str], str | None]:
        """All names from there, and the cursor after the first two."""
        lists: dict[str, Callable[[], _Pager]] = {
            "types": lambda: api.artifact_types(PROJECT, start, per_page=2),
            "collections": lambda: api.artifact_collections(
                PROJECT, "dataset", per_page=2, start=start
            ),
            "project": lambda: project.collections(per_page=2, start=start),
            "used": lambda: run.used_artifacts(per_page=2, start=start),
            "files": lambda: artifact.files(per_page=2, start=start),
        }
        found = lists[what]()
        first = [(await anext(found)).name for _ in range(2)] if start is None else []
        cursor = found.cursor
        passed = [item.name async for item in found]
        assert passed[: len(first)] == first
        return passed, cursor

    whole, cursor = await names(None)
    assert (await names(cursor))[0] == whole[2:]


async def test_pages_are_a_pass_that_keeps_nothing(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    pages = [page async for page in found.pages()]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [item.name for page in pages for item in page] == NEWEST_FIRST
    assert [page.has_next for page in pages] == [True, True, False]
    assert [page.total for page in pages] == [VERSIONS] * 3
    assert pages[1][0].name == NEWEST_FIRST[50]
    assert [item.name for item in pages[1][1:3]] == NEWEST_FIRST[51:53]
    assert found.objects == []
    assert len(world.sent) == 3


async def test_pages_resume_by_page_and_by_item(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    first = await anext(aiter(found.pages()))
    by_page = api.artifacts("dataset", MANY, start=first.cursor)
    assert (await by_page[0]).name == NEWEST_FIRST[50]
    by_item = api.artifacts("dataset", MANY, start=first.cursors[9])
    assert (await by_item[0]).name == NEWEST_FIRST[10]


async def test_pages_start_where_the_listing_does(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    await found[:50]
    rest = api.artifacts("dataset", MANY, per_page=50, start=found.cursor)
    assert [len(page) async for page in rest.pages()] == [50, 20]


async def test_a_filter_may_leave_pages_empty(api: AsyncApi) -> None:
    found = api.artifacts("dataset", MANY, tags=["rare"], per_page=20)
    assert [len(page) async for page in found.pages()] == [1, 0, 1, 0, 0, 0]
