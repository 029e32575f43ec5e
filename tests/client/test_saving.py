"""`save()`: one request for all changes, and the state of the object after it."""

from __future__ import annotations

import httpx
import pytest
from typing_extensions import override

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Script, Sent, Tap
from typed_artifacts import (
    AsyncApi,
    AsyncArtifactCollection,
    AsyncRun,
    ConnectionFailed,
    GraphQLError,
    InvalidInput,
    NotFoundError,
    NotLoadedError,
    PartialSaveError,
    TagsIncomplete,
)

DATA = ("dataset", "local/bench/data")
SHELF = ("model", "local/bench/shelf")


def _state(collection: AsyncArtifactCollection) -> tuple[str, str | None, str, list[str]]:
    return collection.name, collection.description, collection.type, sorted(collection.tags)


BEFORE = ("data", "Words.", "dataset", ["old", "red"])


@pytest.mark.parametrize(
    ("attribute", "value", "after"),
    [
        ("name", "renamed", ("renamed", *BEFORE[1:])),
        ("description", "Other words.", ("data", "Other words.", *BEFORE[2:])),
        ("description", None, ("data", "", *BEFORE[2:])),
        ("description", "", ("data", "", *BEFORE[2:])),
        ("type", "table", ("data", "Words.", "table", BEFORE[3])),
        ("tags", ["red", "old", "new"], (*BEFORE[:3], ["new", "old", "red"])),
        ("tags", ["red"], (*BEFORE[:3], ["red"])),
        ("tags", list[str](), (*BEFORE[:3], list[str]())),
        ("tags", ["blue sky"], (*BEFORE[:3], ["blue sky"])),
    ],
)
async def test_each_part_alone_is_one_request(
    bench_api: AsyncApi,
    bench: Tap,
    attribute: str,
    value: object,
    after: tuple[str, str | None, str, list[str]],
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    bench.sent.clear()
    setattr(collection, attribute, value)
    await collection.save()
    assert bench.operations == ["SaveArtifactSequence"]
    assert _state(collection) == after
    await collection.save()
    assert len(bench.sent) == 1
    again = await bench_api.artifact_collection(after[2], f"local/bench/{after[0]}")
    assert _state(again) == after
    assert again.id == collection.id


async def test_all_parts_at_once_are_one_request(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    bench.sent.clear()
    collection.name = "all"
    collection.description = "New."
    collection.type = "table"
    collection.tags = ["red", "blue", "green"]
    await collection.save()
    assert bench.operations == ["SaveArtifactSequence"]
    after = ("all", "New.", "table", ["blue", "green", "red"])
    assert _state(collection) == after
    assert _state(await bench_api.artifact_collection("table", "local/bench/all")) == after
    with pytest.raises(NotFoundError):
        await bench_api.artifact_collection(*DATA)


async def test_a_portfolio_is_saved_in_one_request(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*SHELF)
    bench.sent.clear()
    collection.name, collection.description, collection.tags = "rack", "Steel.", ["steel"]
    await collection.save()
    assert bench.operations == ["SaveArtifactPortfolio"]
    after = ("rack", "Steel.", "model", ["steel"])
    assert _state(collection) == after
    assert _state(await bench_api.artifact_collection("model", "local/bench/rack")) == after


async def test_what_is_not_changed_is_not_sent(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.tags = ["red", "new"]
    await collection.save()
    sent = bench.sent[-1].variables
    assert sent["tagsToAdd"] == [{"tagName": "new"}]
    assert sent["tagsToDelete"] == [{"tagName": "old"}]
    assert not sent.keys() & {"name", "description", "type", "move", "update"}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("name", "data"),
        ("description", "Words."),
        ("type", "dataset"),
        ("tags", ["old", "red"]),
        ("tags", ["red", "old"]),
        ("tags", ["red", "old", "red"]),
    ],
)
async def test_setting_what_is_there_sends_nothing(
    bench_api: AsyncApi, bench: Tap, attribute: str, value: object
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    bench.sent.clear()
    setattr(collection, attribute, value)
    await collection.save()
    assert bench.sent == []


async def test_no_description_and_an_empty_one_are_the_same(
    bench_api: AsyncApi, bench: Tap
) -> None:
    collection = await bench_api.artifact_collection("dataset", "local/bench/other")
    assert not collection.description
    bench.sent.clear()
    for nothing in ("", None):
        collection.description = nothing
        await collection.save()
    assert bench.sent == []


async def test_a_list_of_tags_may_be_changed_in_place(bench_api: AsyncApi) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.tags.append("new")
    collection.tags.remove("old")
    await collection.save()
    again = await bench_api.artifact_collection(*DATA)
    assert sorted(again.tags) == sorted(collection.tags) == ["new", "red"]


async def test_more_tags_than_are_read_are_told(bench_api: AsyncApi, bench: Tap) -> None:
    def many(count: int) -> None:
        def grown(_sent: Sent, reply: JsonObject) -> None:
            found = reply["data"]["project"]["artifactType"]["artifactCollection"]
            found["tags"] = {"edges": [{"node": {"name": f"t{n}"}} for n in range(count)]}

        bench.rewrite = grown

    many(999)
    collection = await bench_api.artifact_collection(*DATA)
    assert len(collection.tags) == 999
    many(1000)
    collection = await bench_api.artifact_collection(*DATA)
    words = "local/bench/data.* has 1,000 tags or more.*the first 1,000"
    with pytest.warns(TagsIncomplete, match=words):
        assert len(collection.tags) == 1000
    assert "t0" in collection.tags  # told once
    collection = await bench_api.artifact_collection(*DATA)
    with pytest.warns(TagsIncomplete, match=words):
        collection.tags = ["only"]


async def test_a_list_of_tags_given_is_not_shared(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    mine = ["red", "old"]
    collection.tags = mine
    mine.append("later")
    bench.sent.clear()
    await collection.save()
    assert bench.sent == []


async def test_a_bad_tag_added_in_place_is_refused_before_any_request(
    bench_api: AsyncApi, bench: Tap
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.tags.append("no/slash")
    bench.sent.clear()
    with pytest.raises(InvalidInput, match="no/slash"):
        await collection.save()
    assert bench.sent == []


async def test_a_rename_to_a_taken_name_leaves_the_other_collection_alone(
    bench_api: AsyncApi, bench: Tap
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.name = "other"
    collection.tags = ["red", "mine"]
    collection.description = "Mine."
    bench.sent.clear()
    with pytest.raises(PartialSaveError, match="saved in part") as caught:
        await collection.save()
    assert caught.value.applied == ("tags added", "tags deleted")
    assert caught.value.failed.keys() == {"name and description"}
    assert "taken" in caught.value.failed["name and description"]
    assert len(bench.sent) == 1
    other = await bench_api.artifact_collection("dataset", "local/bench/other")
    assert (other.tags, other.description) == (["theirs"], None)
    mine = await bench_api.artifact_collection(*DATA)
    assert _state(mine) == ("data", "Words.", "dataset", ["mine", "red"])


class _StatusOfErrors(Tap):
    """A server that gives the status of an error of GraphQL to the whole answer, as W&B's does."""

    status = 200

    @override
    def _rewritten(self, sent: Sent, response: httpx.Response) -> httpx.Response:
        reply: JsonObject = response.json()
        return httpx.Response(self.status if "errors" in reply else 200, json=reply)


@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_a_partial_save_is_told_whatever_the_status_is(
    flavour: Flavour, bench: Tap, status: int
) -> None:
    tap = _StatusOfErrors(bench.server)
    tap.status = status
    api = flavour.api(tap, api_key=bench.server.api_key)
    collection = await api.artifact_collection(*DATA)
    collection.name, collection.tags = "other", ["red"]
    with pytest.raises(PartialSaveError) as caught:
        await collection.save()
    assert caught.value.applied == ("tags deleted",)
    assert "taken" in caught.value.failed["name"]


async def test_after_a_partial_save_only_the_rest_is_sent(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.name = "other"
    collection.type = "table"
    collection.tags = ["red", "mine"]
    with pytest.raises(PartialSaveError) as caught:
        await collection.save()
    assert caught.value.applied == ("tags added", "tags deleted", "type")
    assert collection.name == "other"  # the edit that is still to be saved
    collection.name = "free"
    await collection.save()
    sent = bench.sent[-1].variables
    assert sent["name"] == "free"
    assert not sent.keys() & {"addTags", "deleteTags", "move", "description"}
    assert _state(collection) == ("free", "Words.", "table", ["mine", "red"])
    again = await bench_api.artifact_collection("table", "local/bench/free")
    assert _state(again) == _state(collection)


async def test_after_a_save_what_others_do_to_the_same_attribute_stays(
    bench_api: AsyncApi,
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.description = "Mine."
    await collection.save()
    theirs = await bench_api.artifact_collection(*DATA)
    theirs.description = "Theirs."
    await theirs.save()
    collection.name = "renamed"  # the answer to it has the description, too
    await collection.save()
    assert collection.description == "Theirs."
    collection.tags = ["red", "old", "new"]
    await collection.save()
    again = await bench_api.artifact_collection("dataset", "local/bench/renamed")
    assert again.description == "Theirs."


async def test_after_a_partial_save_what_others_did_meanwhile_stays(
    bench_api: AsyncApi, bench: Tap
) -> None:
    """Tags are sent to a name, which another has changed: they alone are refused."""
    collection = await bench_api.artifact_collection(*DATA)
    theirs = await bench_api.artifact_collection(*DATA)
    theirs.name, theirs.type = "moved", "table"
    theirs.tags = ["red", "their"]
    await theirs.save()
    collection.description = "Mine."
    collection.tags.append("mine")
    tags = collection.tags
    with pytest.raises(PartialSaveError) as caught:
        await collection.save()
    assert caught.value.applied == ("description",)
    assert (collection.name, collection.type) == ("moved", "table")
    assert collection.tags is tags
    assert tags == ["red", "their", "mine"]
    await collection.save()
    sent = bench.sent[-1].variables
    assert sent["tagsToAdd"] == [{"tagName": "mine"}]
    assert not sent.keys() & {"update", "deleteTags", "move"}
    again = await bench_api.artifact_collection("table", "local/bench/moved")
    assert _state(again) == ("moved", "Mine.", "table", ["mine", "red", "their"])


async def test_what_is_changed_while_a_save_is_sent_is_saved_by_the_next(
    bench_api: AsyncApi, bench: Tap
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    tags = collection.tags

    def change(sent: Sent, _reply: JsonObject) -> None:
        if sent.operation.startswith("Save"):
            collection.description = "Second."
            tags.remove("sent")
            tags.append("later")
            bench.rewrite = None

    bench.rewrite = change
    collection.description = "First."
    tags.append("sent")
    await collection.save()
    assert collection.description == "Second."
    assert collection.tags is tags
    assert "later" in tags
    await collection.save()
    sent = bench.sent[-1].variables
    assert sent["description"] == "Second."
    assert sent["tagsToAdd"] == [{"tagName": "later"}]
    assert sent["tagsToDelete"] == [{"tagName": "sent"}]
    again = await bench_api.artifact_collection(*DATA)
    assert _state(again) == _state(collection)
    count = len(bench.sent)
    await collection.save()
    assert len(bench.sent) == count


async def test_a_move_that_the_server_refuses(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*DATA)

    def refuse(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "SaveArtifactSequence":
            reply["data"]["move"] = None
            found = reply["data"]["update"]["artifactCollection"]
            found["defaultArtifactType"] = {"name": "dataset"}
            reply["errors"] = [{"message": "not that type", "path": ["move"]}]

    bench.rewrite = refuse
    collection.type = "table"
    collection.description = "New."
    with pytest.raises(PartialSaveError, match=r"Refused: type \(not that type\)") as caught:
        await collection.save()
    assert caught.value.applied == ("description",)
    assert caught.value.failed == {"type": "not that type"}
    bench.rewrite = None
    await collection.save()
    assert "update" not in bench.sent[-1].variables
    assert bench.sent[-1].variables["move"] is True
    assert collection.type == "table"


async def test_tags_that_the_server_refuses(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*DATA)

    def refuse(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "SaveArtifactSequence":
            reply["data"]["addTags"] = None
            reply["errors"] = [{"message": "no more tags", "path": ["addTags"]}]

    bench.rewrite = refuse
    collection.tags = ["blue", "old"]
    with pytest.raises(PartialSaveError) as caught:
        await collection.save()
    assert (caught.value.applied, caught.value.failed) == (
        ("tags deleted",),
        {"tags added": "no more tags"},
    )
    bench.rewrite = None
    await collection.save()
    assert bench.sent[-1].variables["tagsToAdd"] == [{"tagName": "blue"}]
    assert "deleteTags" not in bench.sent[-1].variables


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        ({"message": "odd"}, {"the request": "odd"}),
        ({"message": "odd", "path": ["later", 0]}, {"later": "odd"}),
    ],
)
async def test_an_error_of_no_part_is_told_beside_what_was_applied(
    bench_api: AsyncApi, bench: Tap, error: JsonObject, failed: dict[str, str]
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.description = "New."

    def refuse(_sent: Sent, reply: JsonObject) -> None:
        reply["errors"] = [error]

    bench.rewrite = refuse
    with pytest.raises(
        PartialSaveError, match=r"Mend what was refused and save\(\) again"
    ) as caught:
        await collection.save()
    assert caught.value.applied == ("description",)
    assert caught.value.failed == failed


async def test_what_is_refused_as_a_whole_changes_nothing(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.name = "other"
    with pytest.raises(GraphQLError, match="taken") as caught:
        await collection.save()
    assert not isinstance(caught.value, PartialSaveError)
    assert caught.value.operation == "SaveArtifactSequence"
    assert _state(await bench_api.artifact_collection(*DATA)) == BEFORE
    bench.sent.clear()
    collection.name = "data"
    await collection.save()
    assert bench.sent == []


async def test_a_save_that_is_cut_off_can_be_repeated(flavour: Flavour, bench: Tap) -> None:
    api = flavour.api(bench, api_key=bench.server.api_key)
    collection = await api.artifact_collection(*DATA)
    cut = flavour.client(Script(httpx.ReadError("cut off")))
    torn = flavour.make(
        AsyncArtifactCollection,
        cut,
        "local",
        "bench",
        "data",
        "dataset",
        attrs={
            "__typename": "ArtifactSequence",
            "id": collection.id,
            "name": "data",
            "description": "Words.",
            "createdAt": "2026-01-01T00:00:00",
            "updatedAt": None,
            "defaultArtifactType": {"name": "dataset"},
            "project": None,
            "tags": {"edges": []},
        },
    )
    torn.description = "New."
    with pytest.raises(ConnectionFailed) as caught:
        await torn.save()
    assert caught.value.request_sent
    assert torn.description == "New."


@pytest.mark.parametrize("count", [20, 21, 45])
async def test_more_than_twenty_tags_take_more_requests(
    bench_api: AsyncApi, bench: Tap, count: int
) -> None:
    tags = [f"tag-{number:02}" for number in range(count)]
    collection = await bench_api.artifact_collection(*DATA)
    bench.sent.clear()
    collection.tags = tags
    collection.name = "many-tags"
    await collection.save()
    assert len(bench.sent) == -(-count // 20)
    assert [sent.variables.get("name") for sent in bench.sent][:-1] == [None] * (
        len(bench.sent) - 1
    )
    assert collection.tags == tags
    again = await bench_api.artifact_collection("dataset", "local/bench/many-tags")
    assert sorted(again.tags) == tags
    again.tags = []
    bench.sent.clear()
    await again.save()
    assert len(bench.sent) == -(-count // 20)


async def test_a_failure_in_the_second_request_tells_of_the_first(
    bench_api: AsyncApi, bench: Tap
) -> None:
    tags = [f"tag-{number:02}" for number in range(25)]
    collection = await bench_api.artifact_collection("dataset", "local/bench/other")
    collection.tags = ["theirs", *tags]
    collection.name = "data"
    with pytest.raises(PartialSaveError) as caught:
        await collection.save()
    assert set(caught.value.applied) == {"tags added"}
    assert caught.value.failed.keys() == {"name"}
    bench.sent.clear()
    collection.name = "other"
    await collection.save()
    assert bench.sent == []
    again = await bench_api.artifact_collection("dataset", "local/bench/other")
    assert sorted(again.tags) == [*tags, "theirs"]


async def test_change_type_is_deprecated_and_moves_at_once(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.description = "Not yet."
    bench.sent.clear()
    with pytest.warns(DeprecationWarning, match="set the collection's type and call save"):
        await collection.change_type("table")
    assert bench.operations == ["SaveArtifactSequence"]
    assert "description" not in bench.sent[0].variables
    assert collection.type == "table"
    assert collection.description == "Not yet."
    assert (
        await bench_api.artifact_collection("table", "local/bench/data")
    ).description == "Words."
    await collection.save()
    assert "move" not in bench.sent[-1].variables
    again = await bench_api.artifact_collection("table", "local/bench/data")
    assert again.description == "Not yet."


@pytest.mark.parametrize("reserved", ["wandb-history", "job"])
async def test_change_type_refuses_reserved_types(
    bench_api: AsyncApi, bench: Tap, reserved: str
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.description = "Kept."
    bench.sent.clear()
    with (
        pytest.warns(DeprecationWarning, match="change_type"),
        pytest.raises(InvalidInput, match="reserved"),
    ):
        await collection.change_type(reserved)
    assert bench.sent == []
    assert (collection.type, collection.description) == ("dataset", "Kept.")


async def test_change_type_points_at_its_caller(bench_api: AsyncApi, flavour: Flavour) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    with pytest.warns(DeprecationWarning, match="change_type") as caught:
        await collection.change_type("table")
    assert flavour.blocking or caught[0].filename == __file__


@pytest.mark.parametrize(
    ("name", "type_name"),
    [("plain", "wandb-x"), ("plain", "job"), ("run-1", "run_table"), ("source-1", "code")],
)
async def test_a_reserved_type_is_refused_before_any_request(
    bench_api: AsyncApi, bench: Tap, name: str, type_name: str
) -> None:
    bench.server.registry.log_version(f"local/bench/{name}", type="dataset", files={"a": "1"})
    collection = await bench_api.artifact_collection("dataset", f"local/bench/{name}")
    bench.sent.clear()
    with pytest.raises(InvalidInput, match="reserved"):
        collection.type = type_name
    assert collection.type == "dataset"
    await collection.save()
    assert bench.sent == []


@pytest.mark.parametrize(("name", "type_name"), [("run-1", "run_table"), ("source-1", "code")])
async def test_a_name_that_makes_the_type_reserved_is_refused_whichever_is_set_first(
    bench_api: AsyncApi, bench: Tap, name: str, type_name: str
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    bench.sent.clear()
    collection.type = type_name
    collection.name = name
    with pytest.raises(InvalidInput, match="reserved"):
        await collection.save()
    assert bench.sent == []


async def test_types_that_only_look_reserved_are_taken(bench_api: AsyncApi) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    for type_name in ("run_table", "code", "jobs", "my-wandb-data"):
        collection.type = type_name
        await collection.save()
        assert (await bench_api.artifact_collection(type_name, "local/bench/data")).id


async def test_the_type_of_a_portfolio_stays(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*SHELF)
    bench.sent.clear()
    with pytest.raises(InvalidInput, match="'shelf' is a portfolio"):
        collection.type = "dataset"
    with (
        pytest.warns(DeprecationWarning, match="change_type"),
        pytest.raises(ValueError, match="portfolio"),
    ):
        await collection.change_type("dataset")
    collection.type = "model"
    await collection.save()
    assert bench.sent == []


async def test_is_sequence(bench_api: AsyncApi, bench: Tap) -> None:
    sequence = await bench_api.artifact_collection(*DATA)
    portfolio = await bench_api.artifact_collection(*SHELF)
    bench.sent.clear()
    assert sequence.is_sequence()
    assert not portfolio.is_sequence()
    assert bench.sent == []


async def test_delete_takes_a_sequence_with_its_versions(bench_api: AsyncApi, bench: Tap) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    bench.sent.clear()
    await collection.delete()
    assert bench.operations == ["DeleteArtifactSequence"]
    assert not await bench_api.artifact_collection_exists("local/bench/data", "dataset")
    assert not await bench_api.artifact_exists("local/bench/data:v0")
    assert await bench_api.artifact_collection_exists("local/bench/other", "dataset")
    with pytest.raises(GraphQLError):
        await collection.delete()


async def test_delete_takes_a_portfolio_but_not_what_it_links(
    bench_api: AsyncApi, bench: Tap
) -> None:
    collection = await bench_api.artifact_collection(*SHELF)
    bench.sent.clear()
    await collection.delete()
    assert bench.operations == ["DeleteArtifactPortfolio"]
    assert not await bench_api.artifact_collection_exists("local/bench/shelf", "model")
    assert await bench_api.artifact_exists("local/bench/net:v0")


async def test_artifacts_are_those_of_the_saved_name_and_type(bench_api: AsyncApi) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.name, collection.type = "renamed", "table"
    assert len(await listed(collection.artifacts())) == 2
    await collection.save()
    assert [item.name async for item in collection.artifacts()] == ["renamed:v1", "renamed:v0"]


async def test_each_edit_is_an_update(bench_api: AsyncApi) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    times = [collection.updated_at]
    for attribute, value in (
        ("tags", ["red", "old", "new"]),
        ("tags", ["red"]),
        ("description", "Other words."),
        ("type", "table"),
        ("name", "renamed"),
    ):
        setattr(collection, attribute, value)
        await collection.save()
        times.append((await collection.load()).updated_at)
    assert len(set(times)) == len(times)


async def test_load_forgets_edits(bench_api: AsyncApi) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    collection.name, collection.tags = "renamed", []
    await collection.load()
    assert _state(collection) == BEFORE


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("name", "a/b"),
        ("name", ""),
        ("name", "n" * 129),
        ("name", "a:b"),
        ("tags", ["ok", "not/ok"]),
        ("tags", "abc"),
        ("tags", ["t" * 129]),
        ("tags", [" padded "]),
        ("tags", [7]),
        ("tags", None),
        ("description", 7),
        ("type", "a/b"),
        ("type", ""),
        ("type", "t" * 129),
        ("type", 7),
        ("name", 7),
    ],
)
async def test_a_bad_value_is_refused_and_changes_nothing(
    bench_api: AsyncApi, bench: Tap, attribute: str, value: object
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    bench.sent.clear()
    with pytest.raises(InvalidInput) as caught:
        setattr(collection, attribute, value)
    assert str(caught.value).endswith(".")
    assert _state(collection) == BEFORE
    await collection.save()
    assert bench.sent == []


@pytest.mark.parametrize("attribute", ["id", "created_at", "updated_at", "aliases"])
async def test_the_rest_cannot_be_set(
    bench_api: AsyncApi, attribute: str, flavour: Flavour
) -> None:
    collection = await bench_api.artifact_collection(*DATA)
    if flavour.blocking or attribute != "aliases":
        with pytest.raises(AttributeError):
            setattr(collection, attribute, "x")


async def test_an_async_collection_says_that_it_is_not_loaded(bench: Tap) -> None:
    client = Flavour("async").client(bench, api_key=bench.server.api_key)
    collection = AsyncArtifactCollection(client, "local", "bench", "data", "dataset")
    assert bench.sent == []
    with pytest.raises(NotLoadedError, match=r"call load\(\) first"):
        _ = collection.tags
    words = "^AsyncArtifactCollection is not there yet: call load"  # and no name of a model's field
    with pytest.raises(NotLoadedError, match=words):
        await collection.save()
    with pytest.raises(NotLoadedError, match=words):
        collection.description = "After."
    with pytest.raises(NotLoadedError, match=words):
        _ = collection.type
    with pytest.raises(NotLoadedError, match=words):  # ``project`` itself is there
        _ = collection.project_id
    with pytest.raises(NotLoadedError, match=r"^AsyncRun is not there yet: call load"):
        _ = AsyncRun(client, "local", "bench", "train").name
    with pytest.raises(NotLoadedError, match=r"^AsyncRun\.state is not there yet: call load"):
        _ = AsyncRun(client, "local", "bench", "train").state
    assert (await collection.load()) is collection
    assert _state(collection) == BEFORE
    assert len(bench.sent) == 1
