"""Calls that are cancelled at each moment of their requests, and then tried again."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeAlias

import anyio
import pytest

from tests.moments import cancelled
from typed_artifacts import (
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactCollection,
    GraphQLError,
)
from typed_artifacts.local import LocalServer, open_local

_PROJECTS = itertools.count()
FILES = {"a.txt": b"1" * 1000, "b/c.txt": b"2" * 3000}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        yield opened


class World(NamedTuple):
    """A project with two versions of a sequence, and a link."""

    api: AsyncApi
    project: str
    version: AsyncArtifact
    collection: AsyncArtifactCollection


async def world(api: AsyncApi) -> World:
    """A project of its own."""
    project = f"p{next(_PROJECTS)}"
    path = f"{project}/data"
    for number in range(2):
        files = FILES | {"n": b"%d" % number}
        await api.log_artifact(path, type="dataset", files=files, aliases=[f"n{number}"])
    version = await api.artifact(f"{path}:v0")
    await version.link(f"{project}/shelf", ["prod"])
    return World(api, project, version, await api.artifact_collection("dataset", path))


async def stored(api: AsyncApi, project: str) -> object:
    """Everything that a project has."""
    found: dict[str, object] = {}
    for each in await api.artifact_collections(project, "dataset")[:]:
        await each.load()
        versions = [
            (
                one.version,
                sorted(one.aliases),
                sorted(one.tags),
                one.description,
                sorted((await one.manifest()).entries),
            )
            async for one in each.artifacts()
        ]
        found[each.name] = (each.description, sorted(each.tags), versions)
    return found


async def save(there: World) -> object:
    """Save a version."""
    version = there.version
    version.aliases, version.tags, version.description = ["one"], ["red"], "After."
    version.metadata["rows"] = 4
    await version.save()
    assert version.changes() == {}
    return sorted(version.aliases)


async def rename(there: World) -> object:
    """Rename a collection, and tag it."""
    collection = there.collection
    collection.name, collection.description = "renamed", "After."
    collection.tags = [f"t{number}" for number in range(25)]
    await collection.save()
    return [each.name async for each in collection.artifacts()], await collection.aliases()


async def log(there: World) -> object:
    """Log a version."""
    files = FILES | {"new": b"3"}
    made = await there.api.log_artifact(f"{there.project}/data", type="dataset", files=files)
    return made.version


async def edit(there: World) -> object:
    """Make a version from another."""
    latest = await there.api.artifact(f"{there.project}/data:latest")
    if latest.version == "v2":
        return "v2"
    async with latest.edit() as draft:
        draft["more"] = b"4"
    return draft.artifact.version


async def copy(there: World) -> object:
    """Copy a collection."""
    path = f"{there.project}/data"
    await there.api.copy(path, f"{path}-copy", versions="all")
    return None


async def link(there: World) -> object:
    """Link a version."""
    newest = await there.api.artifact(f"{there.project}/data:v1")
    return (await newest.link(f"{there.project}/shelf", ["prod"])).version


async def delete(there: World) -> object:
    """Delete a version with its aliases; one that is gone is refused."""
    with suppress(GraphQLError):
        await there.version.delete(delete_aliases=True)
    return None


async def prune(there: World) -> object:
    """Delete all versions but one."""
    plan = await there.api.plan_prune(there.project, keep_last=1, keep_aliases=())
    await there.api.apply_plan(plan)
    return None


async def read(there: World) -> object:
    """Read lists of all kinds."""
    api, project = there.api, there.project
    listed = api.artifacts("dataset", f"{project}/data", per_page=1)
    return (
        await listed.length(),
        [each.version async for each in listed],
        (await listed[-1]).version,
        len((await api.inventory(project)).collections),
        [collection.name async for collection, _ in api.holdings(project)],
        (await api.usage(project)).total.versions,
    )


Work: TypeAlias = Callable[[World], Awaitable[object]]
CALLS: tuple[Work, ...] = (save, rename, log, link, delete, prune, read)
SLOW: tuple[Work, ...] = (edit, copy)


@pytest.mark.each(2)
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize(
    "work",
    [*CALLS, *(pytest.param(each, marks=pytest.mark.long) for each in SLOW)],
    ids=lambda work: work.__name__,
)
def test_a_second_attempt_does_what_the_first_would_have_done(
    server: LocalServer, work: Work, backend: str
) -> None:
    """The tags of a collection whose renaming was cancelled were sent for the former name."""
    results: list[tuple[object, object]] = []

    async def check(there: World) -> None:
        result = await work(there)
        results.append((result, await stored(there.api, there.project)))

    async def run() -> None:
        await cancelled(server, world, work, check)

    anyio.run(run, backend=backend)
    assert len(results) > 1
    assert all(result == results[-1] for result in results)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_download_leaves_only_whole_files(
    server: LocalServer, tmp_path: Path, backend: str
) -> None:
    roots = (tmp_path / str(number) for number in itertools.count())
    current = {0: tmp_path}

    async def made(api: AsyncApi) -> World:
        current[0] = next(roots)
        return await world(api)

    async def download(there: World) -> None:
        await there.version.download(current[0])

    def found() -> dict[str, bytes]:
        root = current[0]
        every = [path for path in root.rglob("*") if path.is_file()]
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in every}

    async def check(there: World) -> None:
        whole = FILES | {"n": b"0"}
        assert found().items() <= whole.items()
        await download(there)
        assert found() == whole

    anyio.run(cancelled, server, made, download, check, backend=backend)
