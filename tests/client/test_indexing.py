"""Indexing of lists: results, and exactly the pages that are needed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client.taps import Tap
from tests.client.world import MANY, PROJECT
from typed_artifacts import ArtifactCollections, AsyncApi, Client
from typed_artifacts.local import LocalServer

#: Indices that a list gives other answers to than a naive pager.
SLICES = [
    slice(None),
    slice(100, None),
    slice(None, -1),
    slice(-3, None),
    slice(2, 4),
    slice(4, 2),
    slice(0, 0),
    slice(None, None, -1),
    slice(None, None, 3),
    slice(5, 1, -2),
    slice(-2, -5, -1),
    slice(6, None, -1),
    slice(3, -100, -1),
    slice(1, 10**30),
    slice(None, -1, 2),
]


def _collections(server: LocalServer, per_page: int) -> tuple[ArtifactCollections, Tap]:
    tap = Tap(server)
    client = Client(server.base_url, server.api_key, transport=tap)
    return ArtifactCollections(client, "local", "world", "dataset", per_page), tap


@pytest.fixture(scope="session")
def names(world_server: LocalServer) -> list[str]:
    return [item.name for item in _collections(world_server, 50)[0]]


@pytest.mark.parametrize("index", SLICES, ids=str)
@pytest.mark.parametrize("per_page", [1, 3, 7, 50])
async def test_a_slice_is_what_a_list_gives(
    api: AsyncApi, names: list[str], index: slice, per_page: int
) -> None:
    found = api.artifact_collections(PROJECT, "dataset", per_page=per_page)
    assert [item.name for item in await found[index]] == names[index]
    assert [item.name for item in await found[index]] == names[index]


@pytest.mark.parametrize("index", [0, 1, 6, -1, -7])
async def test_an_index_is_what_a_list_gives(api: AsyncApi, names: list[str], index: int) -> None:
    found = api.artifact_collections(PROJECT, "dataset", per_page=3)
    assert (await found[index]).name == names[index]


@pytest.mark.parametrize("index", [7, 100, -8, 10**30])
async def test_an_index_behind_the_end(api: AsyncApi, index: int) -> None:
    found = api.artifact_collections(PROJECT, "dataset", per_page=3)
    with pytest.raises(IndexError):
        await found[index]


@pytest.mark.parametrize("index", ["0", 1.0, None, slice("a", None), slice(None, None, 0), (1, 2)])
async def test_what_a_list_refuses_is_refused_alike(
    api: AsyncApi, world: Tap, index: object
) -> None:
    found = api.artifact_collections(PROJECT, "dataset")
    with pytest.raises((TypeError, ValueError)) as mine:
        await found[index]  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # on purpose
    with pytest.raises((TypeError, ValueError)) as theirs:
        [][index]  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # on purpose
    assert type(mine.value) is type(theirs.value)
    assert world.sent == []


async def test_whatever_can_be_an_index_is_one(api: AsyncApi, names: list[str]) -> None:
    class Third:
        def __index__(self) -> int:
            return 2

    found = api.artifact_collections(PROJECT, "dataset", per_page=3)
    assert (await found[Third()]).name == names[2]  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # as a list takes it
    assert (await found[True]).name == names[1]
    assert [item.name for item in await found[Third() :]] == names[2:]


@pytest.mark.parametrize(
    ("index", "pages"),
    [
        (0, 1),
        (49, 1),
        (50, 2),
        (-1, 3),
        (slice(0, 0), 0),
        (slice(5, 5), 0),
        (slice(5, 2), 0),
        (slice(0, 50), 1),
        (slice(0, 51), 2),
        (slice(0, 55, 50), 2),
        (slice(0, 52, 49), 1),
        (slice(10, 50, 40), 1),
        (slice(99, 49, -1), 2),
        (slice(49, None, -1), 1),
        (slice(49, 49, -1), 0),
        (slice(50, None), 3),
        (slice(None, -100), 3),
    ],
    ids=str,
)
async def test_only_the_pages_that_it_takes_are_fetched(
    api: AsyncApi, world: Tap, index: int | slice, pages: int
) -> None:
    await api.artifacts("dataset", MANY, per_page=50)[index]
    assert len(world.sent) == pages


@given(
    start=st.none() | st.integers(-9, 9),
    stop=st.none() | st.integers(-9, 9),
    step=st.none() | st.integers(-4, 4).filter(bool),
    per_page=st.integers(1, 8),
)
@settings(max_examples=150, deadline=None)
def test_any_slice_at_any_page_size(
    world_server: LocalServer,
    names: list[str],
    start: int | None,
    stop: int | None,
    step: int | None,
    per_page: int,
) -> None:
    found, tap = _collections(world_server, per_page)
    index = slice(start, stop, step)
    assert [item.name for item in found[index]] == names[index]
    needed = range(len(names))[index]
    # A slice past the end has to look for it, which may cost one page more.
    if needed and start is not None and start >= 0 and stop is not None and 0 <= stop <= len(names):
        assert len(tap.sent) == max(needed) // per_page + 1
