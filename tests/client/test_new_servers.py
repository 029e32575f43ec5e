"""Servers newer than this release: unknown data never fails a listing."""

from typing import Any

import pytest

from tests.client.flavours import listed
from tests.client.taps import JsonObject, Rewrite, Sent, Tap
from typed_artifacts import ArtifactDigestAlgorithm, ArtifactState, AsyncApi
from typed_artifacts.errors import InvalidInput

#: The collection ``bench/data``.
DATA = "QXJ0aWZhY3RDb2xsZWN0aW9uOjE="
VERSION: JsonObject = {"alias": "v1", "artifactCollection": {"id": DATA}}
NEWER: JsonObject = {"__typename": "Newer", "brandNew": {"deep": [1, None]}, "alsoNew": None}


def objects(value: Any) -> list[JsonObject]:  # noqa: ANN401 - any JSON
    """Every object in a reply, outermost first."""
    if isinstance(value, list):
        return [found for item in value for found in objects(item)]  # pyright: ignore[reportUnknownVariableType]  # JSON
    if not isinstance(value, dict):
        return []
    mapping: JsonObject = value  # pyright: ignore[reportUnknownVariableType]  # JSON
    return [mapping, *(found for item in mapping.values() for found in objects(item))]


def with_more_members(_sent: Sent, reply: JsonObject) -> None:
    for found in objects(reply["data"]):
        for name, value in NEWER.items():
            found.setdefault(name, value)
    reply["extensions"] = {"cost": 3}


def with_values(name: str, value: str) -> Rewrite:
    def rewrite(_sent: Sent, reply: JsonObject) -> None:
        for found in objects(reply["data"]):
            if name in found:
                found[name] = value

    return rewrite


async def test_members_that_nobody_asked_for_are_passed_over(
    bench_api: AsyncApi, bench: Tap
) -> None:
    bench.rewrite = with_more_members
    assert len(await listed(bench_api.artifact_types("bench"))) == 2
    collections = await listed(bench_api.project("bench").collections())
    assert sorted(item.name for item in collections) == ["data", "net", "other", "shelf"]
    (first, *_) = await listed(bench_api.artifacts("dataset", "bench/data"))
    assert first.name == "data:v1"
    assert [file.name for file in await listed(first.files())] == ["a"]


async def test_an_unknown_state_is_kept(bench_api: AsyncApi, bench: Tap) -> None:
    bench.rewrite = with_values("state", "ARCHIVED")
    versions = await listed(bench_api.artifacts("dataset", "bench/data"))
    assert [version.state for version in versions] == ["ARCHIVED", "ARCHIVED"]
    assert {type(version.state) for version in versions} == {ArtifactState}
    assert versions[0].state is versions[1].state
    assert versions[0].state is not ArtifactState.COMMITTED
    assert str(versions[0].state) == "ARCHIVED"


async def test_an_unknown_digest_algorithm_is_kept(bench_api: AsyncApi, bench: Tap) -> None:
    bench.rewrite = with_values("digestAlgorithm", "MANIFEST_BLAKE9")
    (version, *_) = await listed(bench_api.artifacts("dataset", "bench/data"))
    assert version.digest_algorithm == ArtifactDigestAlgorithm("MANIFEST_BLAKE9")


@pytest.mark.parametrize("kind", ["ArtifactShelf", "ArtifactCollection", ""])
async def test_an_unknown_kind_of_collection_is_listed(
    bench_api: AsyncApi, bench: Tap, kind: str
) -> None:
    bench.rewrite = with_values("__typename", kind)
    collections = await listed(bench_api.artifact_collections("bench", "dataset"))
    assert sorted(item.name for item in collections) == ["data", "other"]
    assert [item.is_sequence() for item in collections] == [False, False]


@pytest.mark.parametrize("kind", ["ArtifactShelf", "ArtifactCollection"])
async def test_an_unknown_kind_of_collection_is_read_and_not_changed(
    bench_api: AsyncApi, bench: Tap, kind: str
) -> None:
    bench.rewrite = with_values("__typename", kind)
    found = await bench_api.artifact_collection("dataset", "bench/data")
    assert (found.name, found.type, found.tags) == ("data", "dataset", ["old", "red"])
    assert [version.name for version in await listed(found.artifacts())] == ["data:v1", "data:v0"]
    requests = len(bench.sent)
    with pytest.raises(InvalidInput, match=f"cannot be deleted: it is of the kind '{kind}'"):
        await found.delete()
    await found.save()  # nothing changed
    found.description = "new"
    with pytest.raises(InvalidInput, match=f"cannot be saved: it is of the kind '{kind}'"):
        await found.save()
    with pytest.raises(InvalidInput, match="cannot be moved to another type"):
        found.type = "model"
    assert len(bench.sent) == requests


async def test_a_version_of_an_unknown_kind_of_collection_is_not_unlinked(
    bench_api: AsyncApi, bench: Tap
) -> None:
    bench.rewrite = with_values("__typename", "ArtifactShelf")
    link = await bench_api.artifact("bench/shelf:v0")
    assert link.is_link
    requests = len(bench.sent)
    for change in (link.unlink, link.delete):
        with pytest.raises(InvalidInput, match="cannot be unlinked: it is of the kind"):
            await change()
    assert len(bench.sent) == requests


def with_versions_among_aliases(_sent: Sent, reply: JsonObject) -> None:
    """As W&B's server lists them: old releases of the official client demand it."""
    for found in objects(reply["data"]):
        if isinstance(found.get("aliases"), list):
            found["aliases"] = [VERSION, *found["aliases"]]


async def test_a_version_among_the_aliases_is_no_alias(bench_api: AsyncApi, bench: Tap) -> None:
    bench.rewrite = with_versions_among_aliases
    versions = await listed(bench_api.artifacts("dataset", "bench/data"))
    assert [version.aliases for version in versions] == [["latest"], []]
    version = await bench_api.artifact("bench/data:v1")
    assert version.aliases == ["latest"]
    shelved = await bench_api.artifact("bench/shelf:best")
    assert sorted(shelved.aliases) == ["best", "latest"]
    holders = await bench_api.holders([version.id])
    assert [each.aliases for each in holders[version.id].memberships] == [("latest",)]


async def test_nor_does_it_keep_or_change_the_version(bench_api: AsyncApi, bench: Tap) -> None:
    bench.rewrite = with_versions_among_aliases
    plan = await bench_api.plan_prune("bench", keep_aliases=["*"], collection="data")
    assert [row.name for row in plan.going] == ["data:v0"]
    version = await bench_api.artifact("bench/data:v0")
    version.aliases = ["old"]
    await version.save()
    (sent,) = [each.variables for each in bench.sent if each.operation == "SaveArtifact"]
    assert not sent.get("aliasesToDelete")


async def test_one_artifact_too(bench_api: AsyncApi, bench: Tap) -> None:
    bench.rewrite = with_more_members
    artifact = await bench_api.artifact("bench/data:latest")
    assert artifact.name == "data:v1"
    bench.rewrite = with_values("state", "ARCHIVED")
    assert (await bench_api.artifact("bench/data:v0")).state == "ARCHIVED"
