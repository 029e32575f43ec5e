"""Saves whose reply has no error and does not confirm a part: the edits are kept."""

from __future__ import annotations

import pytest

from tests.artifacts.bench import DATA, SHELF
from tests.artifacts.wire import Wire
from tests.client.taps import JsonObject, Rewrite, Sent
from typed_artifacts import (
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactCollection,
    PartialSaveError,
    ServerError,
)

FALSE: JsonObject = {"success": False}
#: Every part of a reply to a save; one without edits of a part has no result of it.
PARTS = ("addAliases", "deleteAliases", "addTags", "deleteTags", "move", "update")


def with_parts(**results: JsonObject | None) -> Rewrite:
    """Have these parts of a save be answered so, without an error."""

    def rewrite(sent: Sent, reply: JsonObject) -> None:
        if sent.operation.startswith("Save"):
            reply["data"] |= {part: results[part] for part in reply["data"] if part in results}

    return rewrite


def without_parts(sent: Sent, _reply: JsonObject) -> JsonObject | None:
    """Answer a save with data that has nothing in it."""
    return {"data": {}} if sent.operation.startswith("Save") else None


ALL_NULL = with_parts(**dict.fromkeys(PARTS))


async def _edited(api: AsyncApi) -> AsyncArtifact:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.aliases = ["latest", "best", "new"]
    artifact.tags = ["red", "blue"]
    artifact.description = "After."
    artifact.metadata["rows"] = 4
    return artifact


CHANGES: JsonObject = {
    "aliases": {"add": ["new"], "delete": ["checked"]},
    "tags": {"add": ["blue"], "delete": ["old"]},
    "description": "After.",
    "metadata": {"rows": 4, "nested": {"half": 1.5}},
}
ALIASES = ("aliases added", "aliases deleted")
REST = "tags, description, metadata"


@pytest.mark.parametrize("reply", [ALL_NULL, without_parts], ids=["null", "empty"])
async def test_a_version_of_which_nothing_is_said_to_be_saved(
    api: AsyncApi, wire: Wire, reply: Rewrite
) -> None:
    artifact = await _edited(api)
    wire.rewrite = reply
    wire.forget()
    with pytest.raises(
        ServerError, match=rf"data:v1 .* {REST} \(no result.* save\(\) again"
    ) as caught:
        await artifact.save()
    assert caught.value.operation == "SaveArtifact"
    assert caught.value.subject == "local/bench/data:v1"
    assert wire.count() == ["SaveArtifact"]
    assert artifact.changes() == CHANGES
    wire.rewrite = None
    await artifact.save()
    assert artifact.changes() == {}
    again = await api.artifact(f"{DATA}:new")
    assert (sorted(again.tags), again.description) == (["blue", "red"], "After.")


@pytest.mark.parametrize(
    ("results", "applied", "failed", "left"),
    [
        (
            {"update": None},
            ALIASES,
            {REST: "no result"},
            {"tags", "description", "metadata"},
        ),
        (
            {"addAliases": FALSE},
            (ALIASES[1], REST),
            {ALIASES[0]: "success: false"},
            {"aliases"},
        ),
        (
            {"addAliases": None, "deleteAliases": FALSE},
            (REST,),
            {ALIASES[0]: "no result", ALIASES[1]: "success: false"},
            {"aliases"},
        ),
    ],
)
async def test_a_version_of_which_a_part_is_not_said_to_be_saved(
    api: AsyncApi,
    wire: Wire,
    results: dict[str, JsonObject | None],
    applied: tuple[str, ...],
    failed: dict[str, str],
    left: set[str],
) -> None:
    artifact = await _edited(api)
    wire.rewrite = with_parts(**results)
    with pytest.raises(
        PartialSaveError, match=r"saved in part.* Not applied: .* save\(\) again"
    ) as e:
        await artifact.save()
    assert (e.value.applied, e.value.failed) == (applied, failed)
    assert (e.value.errors, e.value.server_says) == ((), None)
    assert "Mend" not in str(e.value)  # nothing was refused
    assert artifact.changes().keys() == left
    wire.rewrite = None
    await artifact.save()
    again = await api.artifact(f"{DATA}:new")
    assert sorted(again.aliases) == ["best", "latest", "new"]
    assert (again.description, again.metadata["rows"]) == ("After.", 4)


async def test_a_refused_part_beside_one_that_is_not_said_to_be_saved(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await _edited(api)

    def refuse(sent: Sent, reply: JsonObject) -> None:
        with_parts(addAliases=FALSE, update=None)(sent, reply)
        if sent.operation == "SaveArtifact":
            reply["errors"] = [{"message": "not today", "path": ["update"]}]

    wire.rewrite = refuse
    with pytest.raises(PartialSaveError, match="Refused: ") as caught:
        await artifact.save()
    assert caught.value.applied == (ALIASES[1],)
    assert caught.value.failed == {REST: "not today", ALIASES[0]: "success: false"}
    assert caught.value.server_says == "not today"


async def _edited_sequence(api: AsyncApi) -> AsyncArtifactCollection:
    collection = await api.artifact_collection("dataset", DATA)
    collection.name, collection.description, collection.type = "renamed", "After.", "table"
    collection.tags = ["new"]
    return collection


async def _edited_portfolio(api: AsyncApi) -> AsyncArtifactCollection:
    collection = await api.artifact_collection("model", SHELF)
    collection.name, collection.description, collection.tags = "rack", "After.", ["new"]
    return collection


@pytest.mark.parametrize("reply", [ALL_NULL, without_parts], ids=["null", "empty"])
@pytest.mark.parametrize("kind", ["Sequence", "Portfolio"])
async def test_a_collection_of_which_nothing_is_said_to_be_saved(
    api: AsyncApi, wire: Wire, reply: Rewrite, kind: str
) -> None:
    collection = await (_edited_sequence if kind == "Sequence" else _edited_portfolio)(api)
    edits = (collection.name, collection.description, collection.type, collection.tags)
    wire.rewrite = reply
    wire.forget()
    with pytest.raises(ServerError, match=r"name and description \(no result") as caught:
        await collection.save()
    assert caught.value.operation == f"SaveArtifact{kind}"
    assert wire.count() == [f"SaveArtifact{kind}"]
    assert (collection.name, collection.description, collection.type, collection.tags) == edits
    sent = wire.sent.copy()
    wire.rewrite = without_parts
    with pytest.raises(ServerError):
        await collection.save()
    assert wire.sent[-1].variables["tagsToAdd"] == [{"tagName": "new"}]
    assert wire.sent[-1].variables["description"] == "After."
    assert sent == []


@pytest.mark.parametrize(
    ("results", "applied", "failed"),
    [
        (
            {"deleteTags": FALSE},
            ("tags added", "type", "name and description"),
            {"tags deleted": "success: false"},
        ),
        (
            {"update": None},
            ("tags added", "tags deleted", "type"),
            {"name and description": "no result"},
        ),
        (
            {"addTags": None, "move": None},
            ("tags deleted", "name and description"),
            {"tags added": "no result", "type": "no result"},
        ),
    ],
)
async def test_a_collection_of_which_a_part_is_not_said_to_be_saved(
    api: AsyncApi,
    wire: Wire,
    results: dict[str, JsonObject | None],
    applied: tuple[str, ...],
    failed: dict[str, str],
) -> None:
    collection = await api.artifact_collection("dataset", DATA)
    collection.tags = ["old"]
    await collection.save()
    collection.name, collection.description, collection.type = "renamed", "After.", "table"
    collection.tags = ["new"]
    wire.rewrite = with_parts(**results)
    with pytest.raises(PartialSaveError, match="Not applied: ") as caught:
        await collection.save()
    assert (caught.value.applied, caught.value.failed) == (applied, failed)
    assert (collection.name, collection.description) == ("renamed", "After.")
    assert (collection.type, collection.tags) == ("table", ["new"])


async def test_tags_that_stay_on_the_server_are_sent_again(api: AsyncApi, wire: Wire) -> None:
    collection = await api.artifact_collection("dataset", DATA)
    collection.tags = ["old", "red"]
    await collection.save()
    collection.tags = []
    wire.rewrite = with_parts(deleteTags=FALSE)
    with pytest.raises(ServerError, match=r"tags deleted \(success: false"):
        await collection.save()
    wire.rewrite = None
    await collection.save()
    assert wire.sent[-1].variables["tagsToDelete"] == [{"tagName": "old"}, {"tagName": "red"}]
    assert (await api.artifact_collection("dataset", DATA)).tags == []


@pytest.mark.parametrize("reply", [ALL_NULL, without_parts, None], ids=["null", "empty", "no data"])
async def test_the_second_request_of_a_save_tells_of_the_first(
    api: AsyncApi, wire: Wire, reply: Rewrite | None
) -> None:
    collection = await api.artifact_collection("dataset", DATA)
    collection.tags = [f"tag-{number:02}" for number in range(25)]
    collection.description = "After."

    def second(sent: Sent, answer: JsonObject) -> JsonObject | None:
        if sent.operation.startswith("Save") and len(sent.variables["tagsToAdd"]) == 5:
            return {"data": None} if reply is None else reply(sent, answer)
        return None

    wire.rewrite = second
    with pytest.raises(PartialSaveError) as caught:
        await collection.save()
    assert caught.value.applied == ("tags added",)
    assert caught.value.failed == {"tags added": "no result", "description": "no result"}
    wire.rewrite = None
    wire.forget()
    await collection.save()
    assert wire.count() == ["SaveArtifactSequence"]
    assert len((await api.artifact_collection("dataset", DATA)).tags) == 25


async def test_a_move_whose_result_names_no_collection_is_a_move(api: AsyncApi, wire: Wire) -> None:
    collection = await api.artifact_collection("dataset", DATA)
    collection.type = "table"
    wire.rewrite = with_parts(move={"artifactCollection": None})  # as its schema allows
    await collection.save()
    assert collection.type == "table"
    wire.forget()
    await collection.save()
    assert wire.count() == []
