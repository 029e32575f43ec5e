"""A name that is nearly right: what was meant is said, and costs nothing when all is right."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Any, cast

import pytest

from tests.artifacts.bench import DATA, PROJECT
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Sent
from typed_artifacts import (
    AsyncApi,
    AsyncArtifactCollection,
    AsyncArtifactType,
    FilesNotFound,
    NotFoundError,
)
from typed_artifacts.local import Registry

HINT = "ExistingNames"


async def _missing(found: object) -> NotFoundError:
    """The error that a call, or reading a listing, ends with."""
    with pytest.raises(NotFoundError) as caught:
        await _read(found)
    return caught.value


async def _read(found: Any) -> None:  # noqa: ANN401 - a coroutine, or a listing
    if isinstance(found, AsyncIterable):
        await listed(cast("AsyncIterable[object]", found))  # isinstance does not know of what
    else:
        await found


async def test_a_type(api: AsyncApi, wire: Wire) -> None:
    for found in (
        api.artifact_type("datset", "bench"),
        api.artifact_collections("bench", "Dataset"),
        api.artifacts("datasets", DATA),
        api.artifact_collection("datasett", DATA),
    ):
        error = await _missing(found)
        assert str(error).endswith('Did you mean "dataset"?')
        assert error.missing == "artifact type"
        assert wire.count()[1:] == [HINT]


async def test_a_collection(api: AsyncApi, wire: Wire) -> None:
    kind = await api.artifact_type("dataset", "bench")
    wire.forget()
    for found in (
        api.artifact(f"{PROJECT}/dataa"),
        api.artifact(f"{PROJECT}/DATA:v0"),
        api.artifact_collection("dataset", f"{PROJECT}/dat"),
        api.artifacts("dataset", f"{PROJECT}/dsta"),
        kind.collection("Data"),
    ):
        error = await _missing(found)
        assert str(error).endswith('Did you mean "data"?')
        assert error.missing == "artifact collection"
        assert wire.count()[1:] == [HINT]


async def test_verbs_on_a_whole_project(api: AsyncApi, wire: Wire) -> None:
    for found in (
        api.inventory("bnech"),
        api.usage("bnech"),
        api.plan_prune("bnech"),
        api.copy("bnech/", "elsewhere"),
        api.copy("bnech/data", "elsewhere/data"),
    ):
        error = await _missing(found)
        assert str(error).endswith('Did you mean "bench"?')
        assert error.missing == "project"
        assert wire.count().count(HINT) == 1
        wire.forget()
    for found, meant in (
        (api.plan_prune("bench", collection="dat"), "data"),
        (api.plan_prune("bench", type="datset"), "dataset"),
        (api.copy("bench/dat", "elsewhere/data"), "data"),
    ):
        assert str(await _missing(found)).endswith(f'Did you mean "{meant}"?')
    error = await _missing(api.plan_prune("bench", type="model", collection="data"))
    assert str(error).endswith('There is one of the type "dataset".')


async def test_a_collection_of_another_type(api: AsyncApi) -> None:
    for found in (api.artifact_collection("model", DATA), api.artifacts("model", DATA)):
        assert str(await _missing(found)).endswith('There is one of the type "dataset".')


async def test_an_alias(api: AsyncApi, wire: Wire) -> None:
    for alias, meant in (("bst", "best"), ("Latest", "latest"), ("check", "checked")):
        error = await _missing(api.artifact(f"{DATA}:{alias}"))
        assert str(error).endswith(f'Did you mean "{meant}"?')
        assert error.missing == "artifact version"
        assert wire.count()[1:] == [HINT]
    assert "Did you mean" not in str(await _missing(api.artifact(f"{DATA}:v7")))


async def test_a_project(api: AsyncApi, wire: Wire) -> None:
    for found in (
        api.artifact("local/bensh/data"),
        api.artifact_types("local/bnch"),
        api.artifact_type("dataset", "Bench"),
        api.project("benchs").collections(),
        api.run("local/bench2/train"),
    ):
        error = await _missing(found)
        assert str(error).endswith('Did you mean "bench"?')
        assert error.missing == "project"
        assert wire.count()[1:] == [HINT]


async def test_made_by_themselves(api: AsyncApi, flavour: Flavour) -> None:
    for kind, place in (
        (AsyncArtifactType, ("local", "bench", "datset")),
        (AsyncArtifactCollection, ("local", "bench", "data", "datset")),
    ):
        with pytest.raises(NotFoundError, match='Did you mean "dataset"'):
            await flavour.loaded(kind, api.client, *place)  # pyright: ignore[reportArgumentType]  # two classes


async def test_nothing_near_is_said_to_be_meant(api: AsyncApi) -> None:
    for found in (
        api.artifact_type("zzz", "bench"),
        api.artifact(f"{PROJECT}/something-else"),
        api.artifact("nobody/bench/data"),
        api.run("local/bench/trane"),
    ):
        assert "Did you mean" not in str(await _missing(found))


async def test_what_is_right_costs_nothing_more(api: AsyncApi, wire: Wire) -> None:
    await api.artifact(f"{DATA}:best")
    await api.artifact_collection("dataset", DATA)
    await listed(api.artifacts("dataset", DATA))
    assert not await api.artifact_exists(f"{DATA}:bst")
    assert not await api.artifact_collection_exists(f"{PROJECT}/dat", "dataset")
    assert HINT not in wire.count()
    await _missing(api.artifact(f"{DATA}:bst"))  # and afterwards it is suggested again
    assert HINT in wire.count()


async def test_only_what_is_missing_is_asked_for(api: AsyncApi, wire: Wire) -> None:
    for found, asked in (
        (api.artifact("local/bnech/data"), "projects"),
        (api.artifact_type("datset", "bench"), "types"),
        (api.artifact(f"{PROJECT}/dat"), "collections"),
        (api.artifact(f"{DATA}:bst"), "aliases"),
    ):
        await _missing(found)
        variables = wire.sent[-1].variables
        kinds = ("projects", "types", "collections", "aliases")
        assert [kind for kind in kinds if variables[kind]] == [asked]


async def test_two_names_that_are_near(api: AsyncApi, registry: Registry) -> None:
    for name in ("notes-2024", "notes-2025", "notes-1999"):
        registry.log_version(f"{PROJECT}/{name}", type="dataset", files={"a": b"1"})
    error = await _missing(api.artifact(f"{PROJECT}/notes-202"))
    assert str(error).endswith('Did you mean "notes-2025" or "notes-2024"?')


async def test_the_name_itself_is_not_suggested(api: AsyncApi, wire: Wire) -> None:
    def contradict(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == HINT:
            edges = reply["data"]["project"]["artifactCollection"]["aliases"]["edges"]
            edges[:] = [{"node": {"__typename": "ArtifactAlias", "alias": "bst"}}]

    wire.rewrite = contradict
    error = await _missing(api.artifact(f"{DATA}:bst"))
    assert HINT in wire.count()
    assert "Did you mean" not in str(error)


async def test_common_mistakes_in_a_path_are_told(api: AsyncApi) -> None:
    for path, hint in (
        ("data", "by paths that name no project: name one, or set WANDB_PROJECT."),
        ("bench/data/v0", 'A version is written with a colon: "data:v0".'),
        ("data/v0", 'A version is written with a colon: "data:v0".'),
        ("bench/data:7", 'The number of a version is written "v7".'),
        ("bench/data:V7", 'The number of a version is written "v7".'),
    ):
        assert str(await _missing(api.artifact(path))).endswith(hint)
    error = await _missing(api.artifact_types())
    assert "by paths that name no project: name one, or set WANDB_PROJECT." in str(error)


async def test_a_server_that_does_not_help_changes_nothing(api: AsyncApi, wire: Wire) -> None:
    def refuse(sent: Sent, _: JsonObject) -> JsonObject | None:
        return {"errors": [{"message": "no"}]} if sent.operation == HINT else None

    wire.rewrite = refuse
    error = await _missing(api.artifact(f"{DATA}:bst"))
    assert str(error) == (
        'There is no artifact version "data:bst" (asked for local/bench/data:bst), '
        "or this key may not see it."
    )


async def test_a_list_that_a_server_gives_as_null_is_told_as_one(api: AsyncApi, wire: Wire) -> None:
    def without_a_list(sent: Sent, _: JsonObject) -> JsonObject | None:
        if sent.operation != "ProjectArtifacts":
            return None
        collection: JsonObject = {
            "__typename": "ArtifactSequence",
            "id": "c",
            "artifacts": None,
        }
        return {"data": {"project": {"artifactType": {"artifactCollection": collection}}}}

    wire.rewrite = without_a_list
    with pytest.raises(NotFoundError) as caught:
        await listed(api.artifacts("dataset", DATA))
    assert str(caught.value) == (
        f'The server gives no artifacts of "{DATA}/dataset", or this key may not see them.'
    )


async def test_names_that_match_no_file(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(DATA)
    wire.forget()
    error = await _missing(artifact.files(names=["a.tx"]))
    assert 'no file "a.tx"' in str(error)
    assert str(error).endswith('Did you mean "a.txt"?')
    assert (error.missing, error.subject) == ("file", "local/bench/data:v1")
    assert wire.count() == ["ArtifactMembershipFiles"] * 2
    with pytest.warns(FilesNotFound, match='are no files "zzzz", "deep/c.bin" in .* "deep/b.bin"'):
        assert len(await listed(artifact.files(names=["a.txt", "zzzz", "deep/c.bin"]))) == 1
    with pytest.raises(NotFoundError):
        await artifact.files(names=["b.txt"])[0]
    with pytest.raises(NotFoundError):
        await artifact.files(names=["b.txt"]).length()


async def test_many_names_that_match_no_file(api: AsyncApi, registry: Registry) -> None:
    artifact = await api.artifact(DATA)
    error = await _missing(artifact.files(names=["zzzz", "zzzz"]))
    assert str(error) == 'There is no file "zzzz" in local/bench/data:v1.'
    error = await _missing(artifact.files(names=["a.tx", "a.tt"]))
    assert str(error).endswith('Did you mean "a.txt"?')
    error = await _missing(artifact.files(names=[*"0123456789", "a.tx"]))
    assert "Did you mean" not in str(error)  # it is none of the ten that are named
    registry.log_version(f"{PROJECT}/named", type="dataset", files={"\u00e9": b"1"})
    artifact = await api.artifact(f"{PROJECT}/named")
    error = await _missing(artifact.files(names=["e\u0301"]))  # the same to the eye
    assert str(error).endswith('Did you mean "\u00e9"?')


async def test_names_that_match_cost_nothing_more(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(DATA)
    wire.forget()
    names = ["a.txt", "é.txt", "a.txt", "deep/b.bin"]
    files = artifact.files(names=names, per_page=1)
    assert sorted([file.name async for file in files]) == sorted({*names})
    assert wire.count() == ["ArtifactMembershipFiles"] * 3
    assert [file async for file in artifact.files(names=[])] == []
    first = artifact.files(names=["a.txt", "é.txt"], per_page=1)
    await first[0]
    resumed = artifact.files(names=["a.txt", "é.txt"], start=first.cursor)
    assert len(await listed(resumed)) == 1
    assert [len(page) async for page in artifact.files(names=["a.txt"]).pages()] == [1]
