"""What a user's type checker knows of the async surface. Checked, never run."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Protocol, assert_type

from typed_artifacts import (
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactCollection,
    AsyncArtifacts,
    AsyncArtifactType,
    AsyncArtifactTypes,
    AsyncClient,
    AsyncPaginator,
    AsyncRun,
    AsyncRunArtifacts,
    Page,
)
from typed_artifacts.holdings import Holding


async def the_door(api: AsyncApi) -> None:
    assert_type(api.artifact_types("p"), AsyncArtifactTypes)
    assert_type(await api.artifact_type("t", "p"), AsyncArtifactType)
    assert_type(await api.artifact_collection("t", "c"), AsyncArtifactCollection)
    assert_type(api.artifacts("t", "c"), AsyncArtifacts)
    assert_type(await api.artifact("c:v1"), AsyncArtifact)
    assert_type(await api.artifact_exists("c:v1"), bool)
    assert_type(await api.run("r"), AsyncRun)
    assert_type(await api.default_entity(), str)
    async with api as opened:
        assert_type(opened, AsyncApi)


async def lists(found: AsyncArtifacts) -> None:
    assert_type(await found.length(), int)
    assert_type(await found[0], AsyncArtifact)
    assert_type(await found[:3], list[AsyncArtifact])
    assert_type(await anext(found), AsyncArtifact)
    assert_type(aiter(found), AsyncIterator[AsyncArtifact])
    assert_type([item async for item in found], list[AsyncArtifact])
    assert_type(found.cursor, str | None)
    async for page in found.pages():
        assert_type(page, Page[AsyncArtifact])


class Named(Protocol):
    @property
    def name(self) -> str: ...


async def names(found: AsyncPaginator[Named]) -> list[str]:
    return [item.name async for item in found]


async def any_lists(found: AsyncArtifacts, types: AsyncArtifactTypes) -> None:
    assert_type([*await names(found), *await names(types)], list[str])


async def left_early(api: AsyncApi, found: AsyncArtifacts) -> None:
    async with aclosing(found.pages()) as pages:
        assert_type(await anext(pages), Page[AsyncArtifact])
    async with aclosing(api.holdings("p")) as holdings:
        assert_type(await anext(holdings), Holding)


async def a_collection(collection: AsyncArtifactCollection, client: AsyncClient) -> None:
    loaded = AsyncArtifactCollection(client, "e", "p", "n", "t")
    assert_type(await loaded.load(), AsyncArtifactCollection)
    assert_type(await collection.aliases(), list[str])
    assert_type(collection.tags, list[str])
    collection.tags = ["a"]
    await collection.save()
    await collection.delete()


async def a_run(run: AsyncRun) -> None:
    assert_type(run.logged_artifacts(), AsyncRunArtifacts)
    assert_type(run.id, str)
