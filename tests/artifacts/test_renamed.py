"""A collection that is renamed through a version: the version follows."""

from __future__ import annotations

from tests.artifacts.bench import DATA, PROJECT, SHELF
from typed_artifacts import AsyncApi


async def test_a_version_follows_its_collection(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.tags.append("kept")
    collection = await artifact.collection.load()
    collection.name, collection.type = "renamed", "table"
    await collection.save()
    assert artifact.collection.name == collection.name
    assert (artifact.name, artifact.type) == ("renamed:v1", "table")
    assert artifact.qualified_name == artifact.source_qualified_name == f"{PROJECT}/renamed:v1"
    await artifact.save()
    await artifact.load()
    assert (artifact.name, "kept" in artifact.tags) == ("renamed:v1", True)
    async with artifact.edit() as draft:
        draft["more"] = b"m"
    assert draft.artifact.qualified_name == f"{PROJECT}/renamed:v2"


async def test_a_version_of_a_listing_follows(api: AsyncApi) -> None:
    async for artifact in api.artifacts("dataset", DATA):
        await artifact.collection.load()
        artifact.collection.name = "renamed"
        await artifact.collection.save()
        assert artifact.qualified_name == f"{PROJECT}/renamed:{artifact.version}"
        await artifact.load()
        break


async def test_a_link_follows_both_of_its_collections(api: AsyncApi) -> None:
    link = await api.artifact(f"{SHELF}:v0")
    assert link.is_link
    source = await link.source_artifact()
    await link.collection.load()
    link.collection.name = "rack"
    await link.collection.save()
    assert link.qualified_name == f"{PROJECT}/rack:v0"
    before = source.qualified_name
    assert link.source_qualified_name == before
    await link.source_collection.load()
    link.source_collection.name = "moved"
    await link.source_collection.save()
    assert link.qualified_name == f"{PROJECT}/rack:v0"
    assert link.source_qualified_name == source.qualified_name == f"{PROJECT}/moved:v1"
    assert before != source.qualified_name
    for each in (link, source):
        await each.load()
    assert link.source_qualified_name == source.qualified_name == f"{PROJECT}/moved:v1"


async def test_a_version_that_is_no_link_follows_its_source(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.source_collection.load()
    artifact.source_collection.name = "renamed"
    await artifact.source_collection.save()
    assert artifact.qualified_name == f"{PROJECT}/renamed:v1"
    assert artifact.collection.name == "renamed"
    await artifact.load()
