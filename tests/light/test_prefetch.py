"""`prefetch=True`: the next page is fetched while one is used, and only then."""

from __future__ import annotations

import threading

import httpx
import pytest
from typing_extensions import override

from tests.client.flavours import Flavour
from tests.client.taps import Tap
from tests.client.world import MANY
from typed_artifacts import Api, AsyncApi, InvalidInput, ServerError
from typed_artifacts.local import LocalServer


@pytest.fixture
def api(flavour: Flavour, world: Tap) -> AsyncApi:
    return flavour.api(world, api_key=world.server.api_key)


@pytest.mark.parametrize("prefetch", [False, True])
async def test_every_item_comes_once_and_every_page_too(
    api: AsyncApi, world: Tap, prefetch: bool
) -> None:
    found = api.artifacts("dataset", MANY, per_page=50, prefetch=prefetch)
    assert [item.version async for item in found] == [f"v{number}" for number in range(119, -1, -1)]
    assert [item.version async for item in found][:2] == ["v119", "v118"]
    assert [len(page.items) async for page in found.pages()] == [50, 50, 20]
    assert len(world.sent) == 3 + 3
    cursors = [sent.variables.get("cursor") for sent in world.sent]
    assert cursors[:3] == cursors[3:]
    assert len(set(cursors)) == 3


async def test_loops_over_one_list_share_what_is_fetched_ahead(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, per_page=50, prefetch=True)
    first, second = aiter(found), aiter(found)
    for _ in range(120):
        assert (await anext(first)).version == (await anext(second)).version
    assert len(world.sent) == 3


async def test_without_it_no_page_is_fetched_that_nobody_asked_for(
    api: AsyncApi, world: Tap
) -> None:
    found = api.artifacts("dataset", MANY, per_page=50)
    async for item in found:
        if item.version == "v70":
            break
    assert len(world.sent) == 1


async def test_length_and_indexing_fetch_nothing_ahead(api: AsyncApi, world: Tap) -> None:
    found = api.artifacts("dataset", MANY, per_page=50, prefetch=True)
    assert await found.length() == 120
    assert (await found[3]).version == "v116"
    assert len(world.sent) == 1


@pytest.mark.parametrize("given", ["no", 1, None])
async def test_what_is_no_flag_is_refused(api: AsyncApi, world: Tap, given: object) -> None:
    with pytest.raises(InvalidInput, match=r"prefetch is .*; it must be True or False"):
        api.artifacts("dataset", MANY, prefetch=given)  # type: ignore[arg-type]  # wrong on purpose
    found = api.artifacts("dataset", MANY)
    with pytest.raises(InvalidInput, match=r"prefetch is .*; it must be True or False"):
        found.prefetch = given  # type: ignore[assignment]  # wrong on purpose
    assert found.prefetch is False
    assert not world.sent


class Gate(httpx.BaseTransport):
    """Lets the first page through, and the others when the test says so."""

    def __init__(self, server: LocalServer) -> None:
        self.server = server
        self.asked = 0
        self.second_is_asked_for = threading.Event()
        self.broken = False

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.asked == 2:
            self.second_is_asked_for.set()
            if self.broken:
                return httpx.Response(501, text="not today")
        return self.server.transport.handle_request(request)


def test_the_second_page_is_asked_for_while_the_first_is_used(world_server: LocalServer) -> None:
    gate = Gate(world_server)
    with Api(base_url="http://localhost", api_key=world_server.api_key, transport=gate) as api:
        first = next(iter(api.artifacts("dataset", MANY, per_page=50, prefetch=True)))
        assert first.version == "v119"
        # Nobody asks for an item of the second page, and yet it is on its way.
        assert gate.second_is_asked_for.wait(timeout=30)


def test_an_error_is_raised_where_its_page_begins_and_asking_again_works(
    world_server: LocalServer,
) -> None:
    gate = Gate(world_server)
    gate.broken = True
    with Api(base_url="http://localhost", api_key=world_server.api_key, transport=gate) as api:
        found = api.artifacts("dataset", MANY, per_page=50, prefetch=True)
        seen: list[str] = []
        with pytest.raises(ServerError, match="not today"):
            seen.extend(item.version for item in found)
        assert found.objects[49].version == "v70"
        assert [item.version for item in found][-1] == "v0"
