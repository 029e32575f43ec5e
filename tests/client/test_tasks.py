"""Two tasks of one event loop that use the same object at the same time."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import TypeAlias

import anyio
import pytest

from tests.interleaving import interleaved as interleaved_threads
from tests.moments import Moments, cancelled, connected, interleaved
from typed_artifacts import (
    Api,
    Artifact,
    ArtifactCollection,
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactCollection,
    AsyncArtifactDraft,
    InvalidInput,
    Run,
)
from typed_artifacts.local import LocalServer, open_local

Loop: TypeAlias = Callable[[Callable[[], Awaitable[None]]], None]
_PROJECTS = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        yield opened


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Loop:
    """Runs a coroutine function in a loop of either library."""

    def run(work: Callable[[], Awaitable[None]]) -> None:
        anyio.run(work, backend=request.param)

    return run


async def version(api: AsyncApi) -> AsyncArtifact:
    """A version in a project of its own."""
    path = f"p{next(_PROJECTS)}/data"
    await api.log_artifact(path, type="dataset", files={"a": b"1"}, aliases=["one"], tags=["old"])
    return await api.artifact(path)


async def collection(api: AsyncApi) -> AsyncArtifactCollection:
    """The same version's collection, as the server has it."""
    return await (await version(api)).collection.load()


async def loaded_collection(api: AsyncApi) -> AsyncArtifact:
    """A version whose collection is loaded."""
    made = await version(api)
    await made.collection.load()
    return made


async def edit(made: AsyncArtifact) -> None:
    """Change every attribute of a version."""
    made.aliases.append("new")
    made.tags.append("red")
    made.description = "After."
    made.metadata["rows"] = 4


async def edit_and_save(made: AsyncArtifact) -> None:
    """The same, and save it."""
    await edit(made)
    await made.save()


def shown(made: AsyncArtifact) -> tuple[object, ...]:
    """What an object shows."""
    aliases, tags = sorted(made.aliases), sorted(made.tags)
    return made.name, aliases, tags, made.description, made.metadata


async def stored(made: AsyncArtifact) -> tuple[object, ...]:
    """What the server has."""
    found = AsyncArtifact(made._client, made.entity, made.project, made.name)
    return shown(await found.load())


EDITED = ("data:v0", ["latest", "new", "one"], ["old", "red"], "After.", {"rows": 4})


async def edit_all(each: AsyncArtifactCollection) -> None:
    """Change the attributes of a collection."""
    each.name, each.description = "renamed", "After."
    each.tags.append("red")


async def edit_all_and_save(each: AsyncArtifactCollection) -> None:
    """The same, and save it."""
    await edit_all(each)
    await each.save()


COLLECTION_EDITED = ("renamed", "dataset", "After.", ["red"])


async def stored_collection(each: AsyncArtifactCollection) -> tuple[object, ...]:
    """What the server has, under the name that the object shows."""
    found = AsyncArtifactCollection(each._client, each.entity, each.project, each.name, each.type)
    await found.load()
    return found.name, found.type, found.description, found.tags


def test_a_version_that_is_loaded_while_it_is_saved(run: Loop, server: LocalServer) -> None:
    """It showed what it was before the save, or a new alias twice."""

    async def check(made: AsyncArtifact) -> None:
        assert (shown(made), await stored(made), made.changes()) == (EDITED, EDITED, {})

    async def work() -> None:
        await interleaved(server, version, edit_and_save, AsyncArtifact.load, check)
        await interleaved(server, version, AsyncArtifact.load, edit_and_save, check)

    run(work)


def test_what_is_changed_while_it_is_loaded_stays_to_be_saved(
    run: Loop, server: LocalServer
) -> None:
    """It was lost, and the `save()` after it sent nothing."""

    async def check(made: AsyncArtifact) -> None:
        await made.save()
        assert await stored(made) == EDITED

    async def check_collection(each: AsyncArtifactCollection) -> None:
        await each.save()
        assert await stored_collection(each) == COLLECTION_EDITED

    async def work() -> None:
        await interleaved(server, version, AsyncArtifact.load, edit, check)
        load = AsyncArtifactCollection.load
        await interleaved(server, collection, load, edit_all, check_collection)

    run(work)


async def test_what_was_changed_before_it_is_loaded_is_given_up(server: LocalServer) -> None:
    async with connected(server, Moments(server)) as api:
        made = await version(api)
        await edit(made)
        made.metadata["odd"] = object()  # type: ignore[assignment]  # what JSON cannot say
        await made.load()
        assert made.changes() == {}
        each = await collection(api)
        await edit_all(each)
        await each.load()
        assert (each.name, each.tags, each.description) == ("data", [], None)


def test_a_collection_that_is_loaded_while_it_is_renamed(run: Loop, server: LocalServer) -> None:
    """It was not found, or showed the old name, under which nothing was found any more."""

    async def check(each: AsyncArtifactCollection) -> None:
        assert await stored_collection(await each.load()) == COLLECTION_EDITED

    async def work() -> None:
        load = AsyncArtifactCollection.load
        await interleaved(server, collection, edit_all_and_save, load, check)
        await interleaved(server, collection, load, edit_all_and_save, check)

    run(work)


def test_a_version_while_its_collection_is_renamed(run: Loop, server: LocalServer) -> None:
    """Its aliases were sent for the old name, and refused; it was loaded by that name, too."""

    async def rename(made: AsyncArtifact) -> None:
        made.collection.name = "renamed"
        await made.collection.save()

    async def check(made: AsyncArtifact) -> None:
        assert shown(made) == ("renamed:v0", *EDITED[1:])
        assert await stored(made) == ("renamed:v0", *EDITED[1:])

    async def work() -> None:
        await interleaved(server, loaded_collection, rename, edit_and_save, check)
        await interleaved(server, loaded_collection, edit_and_save, rename, check)

    run(work)


@pytest.mark.filterwarnings("ignore:change_type:DeprecationWarning")
def test_edits_while_the_type_is_changed(run: Loop, server: LocalServer) -> None:
    """They were lost, also those that `save()` was called for."""

    async def move(each: AsyncArtifactCollection) -> None:
        await each.change_type("table")

    async def check(each: AsyncArtifactCollection) -> None:
        await each.save()
        assert await stored_collection(each) == ("renamed", "table", "After.", ["red"])

    async def work() -> None:
        await interleaved(server, collection, move, edit_all, check)
        await interleaved(server, collection, move, edit_all_and_save, check)
        await interleaved(server, collection, edit_all_and_save, move, check)

    run(work)


Held: TypeAlias = tuple[AsyncApi, AsyncArtifact]


async def request_one(held: Held) -> None:
    """Request the aliases of a version's collection."""
    await held[1].collection.aliases()


async def request_many(held: Held) -> None:
    """The same, as those of many collections."""
    await held[0].aliases_of([held[1].collection])


@pytest.mark.parametrize("request_aliases", [request_one, request_many])
def test_aliases_that_are_requested_while_one_is_saved(
    run: Loop, server: LocalServer, request_aliases: Callable[[Held], Awaitable[None]]
) -> None:
    """Those from before the save were kept."""

    async def made(api: AsyncApi) -> Held:
        return api, await version(api)

    async def save(held: Held) -> None:
        await edit_and_save(held[1])

    async def check(held: Held) -> None:
        assert sorted(await held[1].collection.aliases()) == ["latest", "new", "one"]

    async def work() -> None:
        await interleaved(server, made, request_aliases, save, check)
        await interleaved(server, made, save, request_aliases, check)

    run(work)


def test_the_source_of_a_link_that_is_requested_while_it_is_saved(
    run: Loop, server: LocalServer
) -> None:
    """That from before the save was kept."""

    async def link(api: AsyncApi) -> AsyncArtifact:
        made = await version(api)
        return await made.link(f"{made.project}/shelf")

    async def describe(made: AsyncArtifact) -> None:
        made.description = "After."
        await made.save()

    async def check(made: AsyncArtifact) -> None:
        source = await made.source_artifact()
        assert source.description == "After."
        assert source is await made.source_artifact()

    async def work() -> None:
        await interleaved(server, link, AsyncArtifact.source_artifact, describe, check)

    run(work)


def test_two_statements_of_one_draft(run: Loop, server: LocalServer) -> None:
    """Both began, and one logged what was put in the other."""
    refused: list[InvalidInput] = []

    async def draft(api: AsyncApi) -> AsyncArtifactDraft:
        return (await version(api)).edit(on_conflict="rebase")

    async def one(made: AsyncArtifactDraft) -> None:
        try:
            async with made:
                made["one"] = b"1"
        except InvalidInput as error:
            refused.append(error)

    async def two(made: AsyncArtifactDraft) -> None:
        try:
            async with made:
                made["two"] = b"2"
        except InvalidInput as error:
            refused.append(error)

    async def check(made: AsyncArtifactDraft) -> None:
        assert len(refused) == 1
        assert "is for one with statement" in str(refused.pop())
        assert made.artifact.version == "v1"
        assert len((await made.artifact.manifest()).entries) == 2

    async def work() -> None:
        await interleaved(server, draft, one, two, check)

    run(work)


def test_a_draft_whose_beginning_was_cancelled_can_begin_again(
    run: Loop, server: LocalServer
) -> None:
    async def draft(api: AsyncApi) -> AsyncArtifactDraft:
        return (await version(api)).edit()

    async def begin(made: AsyncArtifactDraft) -> None:
        await made.__aenter__()

    async def check(made: AsyncArtifactDraft) -> None:
        with suppress(InvalidInput):  # in the last round it was not cancelled
            await begin(made)
        assert [*made] == ["a"]

    async def work() -> None:
        await cancelled(server, draft, begin, check)

    run(work)


async def test_a_version_that_is_forgotten_while_it_is_looked_up(server: LocalServer) -> None:
    """The version of before was kept as what the alias means."""
    pytest.importorskip("fsspec")
    from typed_artifacts.filesystem.versions import Versions  # noqa: PLC0415 -- of an extra

    paths: list[str] = []

    async def made(api: AsyncApi) -> tuple[AsyncApi, Versions]:
        paths.append((await version(api)).qualified_name.removesuffix(":v0"))
        return api, Versions(api)

    async def find(held: tuple[AsyncApi, Versions]) -> None:
        await held[1].find(paths[-1])

    async def log_and_forget(held: tuple[AsyncApi, Versions]) -> None:
        await held[0].log_artifact(paths[-1], type="dataset", files={"a": b"2"})
        held[1].forget(paths[-1] if len(paths) % 2 else None)

    async def check(held: tuple[AsyncApi, Versions]) -> None:
        assert (await held[1].find(paths[-1])).artifact.version == "v1"

    await interleaved(server, made, find, log_and_forget, check)


@pytest.fixture
def blocking(server: LocalServer) -> Iterator[Api]:
    address, key = server.base_url, server.api_key
    with Api(base_url=address, api_key=key, entity="local", transport=server.transport) as opened:
        yield opened


def test_the_config_of_a_run_that_another_thread_loads(blocking: Api, server: LocalServer) -> None:
    """It was gone between the reply and its use."""
    server.registry.run("local/runs/one")

    def found() -> Run:
        return blocking.run("runs/one")

    def config(run: Run) -> object:
        return run.config

    def load(run: Run) -> object:
        return run.load().tags

    for _, read, _ in interleaved_threads(found, config, load, within=Run._request_details):
        assert read == {} or read is None


def test_a_collection_that_one_thread_fetches_and_another_saves(server: LocalServer) -> None:
    """The reply from before the save came after it: the edits were sent again."""
    sent: list[str] = []

    def version() -> Artifact:
        path = f"local/t{next(_PROJECTS)}/data"
        return api.log_artifact(path, type="dataset", files={"a": b"1"})

    def fetch(made: Artifact) -> object:
        return made.collection.description

    def save(made: Artifact) -> None:
        made.collection.tags.append("red")
        made.collection.save()

    with Api(
        base_url=server.base_url,
        api_key=server.api_key,
        transport=server.transport,
        on_request=lambda event: sent.append(event.operation),
    ) as api:
        within = ArtifactCollection._with
        for made, _, _ in interleaved_threads(version, fetch, save, within=within):
            sent.clear()
            made.collection.save()
            assert not sent


def test_threads_that_load_and_save_at_once(blocking: Api) -> None:
    """As the tasks above."""

    def version() -> Artifact:
        path = f"t{next(_PROJECTS)}/data"
        return blocking.log_artifact(path, type="dataset", files={"a": b"1"})

    def save(made: Artifact) -> None:
        made.aliases.append("new")
        made.save()

    def load(made: Artifact) -> None:
        made.load()

    def aliases(made: Artifact) -> None:
        assert made.collection.aliases

    for made, _, _ in interleaved_threads(version, load, save, within=Artifact.load):
        assert made.aliases == blocking.artifact(made.qualified_name).aliases
    read = ArtifactCollection.aliases
    assert isinstance(read, property)
    for made, _, _ in interleaved_threads(version, aliases, save, within=read):
        assert sorted(made.collection.aliases) == ["latest", "new"]
