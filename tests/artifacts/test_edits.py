"""Edits of a version: one request for all changes, and the state of the object after it."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.artifacts.bench import DATA, SHELF
from tests.artifacts.wire import Wire
from tests.client.taps import JsonObject, Sent
from typed_artifacts import (
    ArtifactTTL,
    AsyncApi,
    AsyncArtifact,
    GraphQLError,
    InvalidInput,
    MetadataChanged,
    PartialSaveError,
)

SAVE = ["SaveArtifact"]


def _state(artifact: AsyncArtifact) -> dict[str, object]:
    return {
        "aliases": sorted(artifact.aliases),
        "tags": sorted(artifact.tags),
        "description": artifact.description,
        "metadata": artifact.metadata,
        "ttl": artifact.ttl,
    }


BEFORE: dict[str, object] = {
    "aliases": ["best", "checked", "latest"],
    "tags": ["old", "red"],
    "description": "Words.",
    "metadata": {"rows": 3, "nested": {"half": 1.5}},
    "ttl": None,
}


@pytest.mark.parametrize(
    ("attribute", "value", "after", "change"),
    [
        (
            "aliases",
            ["latest", "best", "new"],
            ["best", "latest", "new"],
            {"add": ["new"], "delete": ["checked"]},
        ),
        ("aliases", ["latest"], ["latest"], {"add": [], "delete": ["best", "checked"]}),
        ("tags", ["red", "blue"], ["blue", "red"], {"add": ["blue"], "delete": ["old"]}),
        ("tags", ["old", "red", "a b"], ["a b", "old", "red"], {"add": ["a b"], "delete": []}),
        ("tags", list[str](), list[str](), {"add": [], "delete": ["old", "red"]}),
        ("description", "Other.", "Other.", "Other."),
        ("description", None, "", ""),
        ("description", "", "", ""),
        ("metadata", {"k": [1, None, "é"]}, {"k": [1, None, "é"]}, {"k": [1, None, "é"]}),
        ("metadata", None, dict[str, Any](), dict[str, Any]()),
        ("ttl", timedelta(days=2), timedelta(days=2), 172800),
        ("ttl", None, None, -2),
    ],
)
async def test_each_attribute_alone_is_one_request(
    api: AsyncApi, wire: Wire, attribute: str, value: object, after: object, change: object
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    setattr(artifact, attribute, value)
    shown = artifact.changes()
    assert shown == {attribute: change}
    assert wire.count() == []
    await artifact.save()
    assert wire.count() == SAVE
    assert artifact.changes() == {}
    await artifact.save()
    assert wire.count() == []
    assert _state(artifact) == BEFORE | {attribute: after}
    assert _state(await api.artifact(f"{DATA}:v1")) == BEFORE | {attribute: after}


async def test_all_attributes_at_once_are_one_request(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    artifact.aliases = ["latest", "chosen"]
    artifact.tags = ["blue"]
    artifact.description = "New."
    artifact.metadata = {"rows": 4}
    artifact.ttl = timedelta(hours=1)
    assert artifact.changes().keys() == {"aliases", "tags", "description", "metadata", "ttl"}
    await artifact.save()
    assert wire.count() == SAVE
    after = {
        "aliases": ["chosen", "latest"],
        "tags": ["blue"],
        "description": "New.",
        "metadata": {"rows": 4},
        "ttl": timedelta(hours=1),
    }
    assert _state(artifact) == after
    assert _state(await api.artifact(f"{DATA}:v1")) == after


async def test_lists_and_metadata_may_be_changed_in_place(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.aliases.append("new")
    artifact.aliases.remove("best")
    artifact.tags.append("blue")
    artifact.metadata["nested"] = {"half": 2}
    del artifact.metadata["rows"]
    wire.forget()
    assert artifact.changes() == {
        "aliases": {"add": ["new"], "delete": ["best"]},
        "tags": {"add": ["blue"], "delete": []},
        "metadata": {"nested": {"half": 2}},
    }
    await artifact.save()
    assert wire.count() == SAVE
    again = await api.artifact(f"{DATA}:v1")
    assert sorted(again.aliases) == ["checked", "latest", "new"]
    assert sorted(again.tags) == ["blue", "old", "red"]
    assert again.metadata == {"nested": {"half": 2}}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("aliases", ["latest", "best", "checked"]),
        ("aliases", ["checked", "checked", "best", "latest"]),
        ("tags", ["old", "red"]),
        ("description", "Words."),
        ("metadata", {"nested": {"half": 1.5}, "rows": 3}),
        ("ttl", ArtifactTTL.INHERIT),
    ],
)
async def test_setting_what_is_there_sends_nothing(
    api: AsyncApi, wire: Wire, attribute: str, value: object
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    setattr(artifact, attribute, value)
    assert artifact.changes() == {}
    await artifact.save()
    assert wire.count() == []


async def test_a_save_that_sends_nothing_shows_what_the_server_has(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await api.artifact(f"{DATA}:v0")
    assert (artifact.aliases, artifact.description) == ([], None)
    other = await api.artifact(f"{DATA}:v1")
    held = list(other.aliases)
    other.aliases.append("best")
    other.tags.append("red")
    artifact.description = ""
    wire.forget()
    await artifact.save()
    await other.save()
    assert wire.count() == []
    assert artifact.description is None
    assert (other.aliases, other.tags) == (held, ["old", "red"])


async def test_the_alias_latest_can_be_moved_back(api: AsyncApi, wire: Wire) -> None:
    older, newest = await api.artifact(f"{DATA}:v0"), await api.artifact(f"{DATA}:latest")
    assert newest.version == "v1"
    older.aliases.append("latest")
    wire.forget()
    await older.save()
    assert wire.count() == SAVE
    assert older.aliases == ["latest"]
    assert (await api.artifact(DATA)).version == "v0"
    assert "latest" not in (await newest.load()).aliases


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("aliases", ["a/b"], "holds '/'"),
        ("aliases", ["a:b"], "holds ':'"),
        ("aliases", [""], "An alias is a text"),
        ("aliases", ["x" * 129], "129 characters"),
        ("aliases", ["\x1b[31m"], "control characters"),
        ("aliases", "latest", "list of strings"),
        ("tags", ["no/slash"], "tag"),
        ("tags", "red", "list of strings"),
        ("metadata", {str(n): n for n in range(101)}, "101 top-level keys"),
        ("metadata", {"f": float("inf")}, "JSON"),
        ("metadata", {"o": object()}, "JSON"),
        ("metadata", {1: "x"}, "text keys"),
        ("description", "a \udcff", r"The description 'a \\udcff' holds half a surrogate pair"),
        ("ttl", timedelta(0), "at least a second"),
        ("ttl", timedelta(days=-1), "at least a second"),
        ("ttl", 60, "timedelta"),
    ],
)
async def test_what_the_server_would_refuse_is_refused_at_once(
    api: AsyncApi, wire: Wire, attribute: str, value: object, words: str
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    with pytest.raises(InvalidInput, match=words):
        setattr(artifact, attribute, value)
    await artifact.save()
    assert wire.count() == []


async def test_what_is_wrong_in_place_is_refused_by_save(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.aliases.append("v7")
    wire.forget()
    with pytest.raises(InvalidInput, match="'v7' is given by the server itself"):
        await artifact.save()
    artifact.aliases.remove("v7")
    artifact.metadata["bad"] = float("inf")
    with pytest.raises(InvalidInput, match="JSON"):
        await artifact.save()
    assert wire.count() == []


async def test_nan_is_null(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    with pytest.warns(MetadataChanged, match=r"null is written for loss, all\[0\]\.") as told:
        artifact.metadata = {"loss": float("nan"), "all": [float("nan"), 1]}
    assert "/typed_artifacts/" not in told[0].filename  # it points to who set it
    await artifact.save()
    assert (await api.artifact(f"{DATA}:v1")).metadata == {"loss": None, "all": [None, 1]}


async def test_metadata_is_as_the_server_has_it_after_a_save(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.metadata["all"] = [1, float("nan")]
    with pytest.warns(MetadataChanged, match=r"null is written for all\[1\]"):
        await artifact.save()
    assert artifact.metadata["all"] == [1, None]
    assert artifact.changes() == {}


async def test_an_alias_moves_from_the_version_that_had_it(api: AsyncApi) -> None:
    old = await api.artifact(f"{DATA}:v0")
    old.aliases = ["best"]
    await old.save()
    assert (await api.artifact(f"{DATA}:best")).version == "v0"
    assert sorted((await api.artifact(f"{DATA}:v1")).aliases) == ["checked", "latest"]


async def test_ttl_goes_there_and_back(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    assert artifact.ttl_is_inherited
    for wish, sent in ((timedelta(days=1), 86400), (None, -2), (ArtifactTTL.INHERIT, -1)):
        artifact.ttl = wish
        assert artifact.changes() == {"ttl": sent}
        await artifact.save()
        assert wire.sent[-1].variables["ttl"] == sent
        artifact = await api.artifact(f"{DATA}:v1")
        assert artifact.ttl == (wish if isinstance(wish, timedelta) else None)
        assert artifact.ttl_is_inherited is (wish is ArtifactTTL.INHERIT)


async def test_a_link_has_no_ttl_of_its_own(api: AsyncApi, wire: Wire) -> None:
    link = await api.artifact(f"{SHELF}:gold")
    link.ttl = timedelta(days=1)
    wire.forget()
    with pytest.raises(InvalidInput, match="is a link; set the TTL of the version it links to"):
        await link.save()
    assert wire.count() == []
    link.ttl = ArtifactTTL.INHERIT
    link.description = "Through the shelf."
    await link.save()
    assert wire.count() == SAVE
    source = await link.source_artifact()
    assert (source.description, sorted(source.aliases)) == ("Through the shelf.", ["latest"])


async def test_aliases_of_a_link_are_the_portfolio_s(api: AsyncApi) -> None:
    link = await api.artifact(f"{SHELF}:gold")
    link.aliases = ["latest", "silver"]
    await link.save()
    assert sorted((await api.artifact(f"{SHELF}:silver")).aliases) == ["latest", "silver"]
    assert (await (await api.artifact(f"{SHELF}:silver")).source_artifact()).aliases == ["latest"]


async def _rename(api: AsyncApi, before: str, after: str) -> None:
    collection = await api.artifact_collection("dataset", f"local/bench/{before}")
    collection.name = after
    await collection.save()


async def test_a_partial_save_says_which_part_and_the_next_sends_the_rest(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.aliases.append("new")
    artifact.tags = ["red", "blue"]
    artifact.description = "After."
    await _rename(api, "data", "moved")  # by somebody else: the alias has no place to go to
    with pytest.raises(PartialSaveError) as caught:
        await artifact.save()
    error = caught.value
    assert error.applied == ("tags, description",)
    assert error.failed.keys() == {"aliases added"}
    assert "data" in error.failed["aliases added"]
    assert "save() again" in str(error)
    assert artifact.changes() == {"aliases": {"add": ["new"], "delete": []}}
    await _rename(api, "moved", "data")
    wire.forget()
    await artifact.save()
    assert wire.operations == SAVE
    assert wire.sent[0].variables.keys() == {"id", "aliasesToAdd", "addAliases"}
    assert artifact.changes() == {}
    again = await api.artifact(f"{DATA}:new")
    assert (sorted(again.tags), again.description) == (["blue", "red"], "After.")


async def test_after_a_save_what_others_do_to_the_same_attribute_stays(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.description, artifact.metadata["rows"] = "Mine.", 4
    await artifact.save()
    theirs = await api.artifact(f"{DATA}:v1")
    theirs.description, theirs.metadata["rows"] = "Theirs.", 5
    await theirs.save()
    artifact.tags.append("mine")
    await artifact.save()
    assert (artifact.description, artifact.metadata["rows"]) == ("Theirs.", 5)
    assert artifact.changes() == {}


async def test_who_holds_the_metadata_or_a_part_of_it_goes_on_with_it(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.metadata = {"step": 0, "losses": [{"at": [0.5]}], "gone": {"a": 1}}
    metadata: Any = artifact.metadata
    losses, at = metadata["losses"], metadata["losses"][0]["at"]
    for step in (1, 2, 3):
        metadata["step"] = step
        losses.append([step])
        at.append(step / 2)
        await artifact.save()
        assert artifact.changes() == {}
        assert artifact.metadata is metadata
    metadata["gone"].clear()
    artifact.tags.append("more")
    await artifact.save()
    found = (await api.artifact(f"{DATA}:v1")).metadata
    assert found == metadata
    assert found == {
        "step": 3,
        "losses": [{"at": [0.5, 0.5, 1.0, 1.5]}, [1], [2], [3]],
        "gone": {},
    }
    found["losses"] = []
    theirs = await api.artifact(f"{DATA}:v1")
    theirs.metadata = found
    await theirs.save()
    artifact.description = "Again."
    await artifact.save()
    assert metadata == found  # what others took out is gone here, too


async def test_a_save_does_not_disturb_who_goes_over_the_metadata(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.metadata = {"gone": 0, "a": 1, "b": [2]}
    del artifact.metadata["gone"]  # a mapping that is made anew has no gap there
    names = iter(artifact.metadata)
    found = [next(names)]
    await artifact.save()
    assert [*found, *names] == ["a", "b"]


async def test_a_save_changes_nothing_that_is_not_its_own(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    config: Any = {"shape": (1, 2), "where": Path("a"), "inner": [{"lr": 0.5}]}
    artifact.metadata["config"] = config
    artifact.metadata["shape"] = config["shape"]
    await artifact.save()
    assert config == {"shape": (1, 2), "where": Path("a"), "inner": [{"lr": 0.5}]}
    assert artifact.metadata["config"] == {
        "shape": [1, 2],
        "where": "a",
        "inner": [{"lr": 0.5}],
    }
    assert artifact.metadata["shape"] == [1, 2]
    assert artifact.changes() == {}


async def test_what_json_has_no_word_for_stays_where_it_was(api: AsyncApi, wire: Wire) -> None:
    """As a client has written it that is not so strict; what is changed elsewhere is sent."""

    def tell(_sent: Sent, reply: JsonObject) -> None:
        found = reply["data"]["project"]["artifactCollectionMembership"]["artifact"]
        found["metadata"] = '{"losses": [1, Infinity, NaN, {"best": -Infinity}], "rows": 3}'

    wire.rewrite = tell
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.metadata["rows"] = 4
    assert json.dumps(artifact.changes()["metadata"]) == (
        '{"losses": [1, Infinity, NaN, {"best": -Infinity}], "rows": 4}'
    )
    losses = artifact.metadata["losses"]
    assert isinstance(losses, list)
    losses.append(math.inf)
    with pytest.raises(InvalidInput, match=r"losses\[4\] is inf"):
        artifact.changes()
    artifact.metadata = {"losses": [1, math.inf], "rows": 5}
    assert artifact.changes()["metadata"] == {"losses": [1, math.inf], "rows": 5}


async def test_metadata_that_is_no_object_gives_way_to_an_empty_one(
    api: AsyncApi, wire: Wire
) -> None:
    def tell(_sent: Sent, reply: JsonObject) -> None:
        found = reply["data"]["project"]["artifactCollectionMembership"]["artifact"]
        found["metadata"] = "[1]"

    wire.rewrite = tell
    artifact = await api.artifact(f"{DATA}:v1")
    assert artifact.changes() == {}
    artifact.metadata = {}
    assert artifact.changes() == {"metadata": {}}


async def test_metadata_may_have_as_many_keys_as_the_server_takes_or_has(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.metadata = {str(number): 0 for number in range(100)}
    assert artifact.changes()["metadata"] == artifact.metadata

    def give(_sent: Sent, reply: JsonObject) -> None:
        found = reply["data"]["project"]["artifactCollectionMembership"]["artifact"]
        found["metadata"] = json.dumps({str(number): 0 for number in range(120)})

    wire.rewrite = give
    more = await api.artifact(f"{DATA}:v1")
    more.metadata["0"] = 1
    assert more.changes()["metadata"] == more.metadata
    more.metadata["120"] = 0
    with pytest.raises(InvalidInput, match="121 top-level keys"):
        more.changes()


async def test_a_version_is_found_by_an_alias_that_begins_like_a_number(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    names = ["validated", "v1-rc", "v"]
    artifact.aliases.extend(names)
    await artifact.save()
    assert {(await api.artifact(f"{DATA}:{name}")).version for name in names} == {"v1"}


async def test_loading_again_drops_the_edits(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.aliases.append("mine")
    artifact.metadata["rows"] = 9
    await artifact.load()
    assert artifact.changes() == {}
    assert "mine" not in artifact.aliases
    assert artifact.metadata == BEFORE["metadata"]


async def test_aliases_that_look_like_versions(api: AsyncApi, wire: Wire) -> None:
    """W&B's server lists the version among the aliases; what it could not be is an alias."""

    def give(_sent: Sent, reply: JsonObject) -> None:
        found = reply["data"]["project"]["artifactCollectionMembership"]
        names = ("v0", "v01", "v1-rc", "best", "v12", "V3", "v")
        found["aliases"] = [dict(found["aliases"][0], alias=name) for name in names]

    wire.rewrite = give
    artifact = await api.artifact(f"{DATA}:v1")
    assert artifact.aliases == ["v01", "v1-rc", "best", "V3", "v"]


async def test_a_server_that_does_not_tell_the_number_is_believed(
    api: AsyncApi, wire: Wire
) -> None:
    def hide(_sent: Sent, reply: JsonObject) -> None:
        reply["data"]["project"]["artifactCollectionMembership"]["versionIndex"] = None

    wire.rewrite = hide
    assert (await api.artifact(f"{DATA}:v1")).name == "data:v1"


async def test_after_a_partial_save_what_others_did_meanwhile_stays(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    assert artifact.metadata == BEFORE["metadata"]
    artifact.aliases.append("new")
    artifact.tags.append("mine")
    theirs = await api.artifact(f"{DATA}:v1")
    theirs.tags = ["red", "their"]
    theirs.description, theirs.metadata["rows"], theirs.ttl = "Theirs.", 5, timedelta(days=9)
    await theirs.save()
    await _rename(api, "data", "moved")
    with pytest.raises(PartialSaveError):
        await artifact.save()
    assert artifact.changes() == {"aliases": {"add": ["new"], "delete": []}}
    await _rename(api, "moved", "data")
    await artifact.save()
    assert wire.sent[-1].variables.keys() == {"id", "aliasesToAdd", "addAliases"}
    assert _state(await api.artifact(f"{DATA}:v1")) == {
        "aliases": ["best", "checked", "latest", "new"],
        "tags": ["mine", "red", "their"],
        "description": "Theirs.",
        "metadata": {"rows": 5, "nested": {"half": 1.5}},
        "ttl": timedelta(days=9),
    }


async def test_what_is_changed_while_a_save_is_sent_is_saved_by_the_next(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    tags = artifact.tags

    def change(sent: Sent, _reply: JsonObject) -> None:
        if sent.operation == "SaveArtifact":
            artifact.description, artifact.ttl = "Second.", timedelta(days=2)
            tags.remove("sent")
            tags.append("later")
            artifact.aliases.append("later")
            artifact.metadata["later"] = 2
            wire.rewrite = None

    wire.rewrite = change
    artifact.description, artifact.ttl = "First.", timedelta(days=1)
    tags.append("sent")
    artifact.metadata["sent"] = 1
    await artifact.save()
    assert artifact.tags is tags
    assert artifact.changes() == {
        "aliases": {"add": ["later"], "delete": []},
        "tags": {"add": ["later"], "delete": ["sent"]},
        "description": "Second.",
        "metadata": {"rows": 3, "nested": {"half": 1.5}, "sent": 1, "later": 2},
        "ttl": 2 * 24 * 3600,
    }
    await artifact.save()
    assert not artifact.changes()
    assert _state(await api.artifact(f"{DATA}:v1")) == _state(artifact)


async def test_metadata_that_json_cannot_say_is_not_lost_while_a_save_is_sent(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")

    def change(sent: Sent, _reply: JsonObject) -> None:
        if sent.operation == "SaveArtifact":
            artifact.metadata["later"] = object()  # type: ignore[assignment]  # pyright: ignore[reportArgumentType]  # what a user does
            wire.rewrite = None

    wire.rewrite = change
    artifact.metadata["sent"] = 1
    await artifact.save()
    with pytest.raises(InvalidInput, match="later"):
        await artifact.save()
    artifact.metadata["later"] = 2
    await artifact.save()
    again = await api.artifact(f"{DATA}:v1")
    assert again.metadata == {"rows": 3, "nested": {"half": 1.5}, "sent": 1, "later": 2}


async def test_what_is_changed_while_a_save_is_refused_in_part_stays(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")

    def change(sent: Sent, _reply: JsonObject) -> None:
        if sent.operation == "SaveArtifact":
            artifact.description = "Second."
            artifact.tags.append("later")
            wire.rewrite = None

    await _rename(api, "data", "moved")
    wire.rewrite = change
    artifact.aliases.append("new")
    artifact.description = "First."
    artifact.tags.append("sent")
    with pytest.raises(PartialSaveError):
        await artifact.save()
    assert artifact.changes() == {
        "aliases": {"add": ["new"], "delete": []},
        "tags": {"add": ["later"], "delete": []},
        "description": "Second.",
    }


async def test_a_save_that_is_refused_in_full_changes_nothing(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    artifact.aliases.append("new")
    before = artifact.changes()
    await _rename(api, "data", "moved")
    with pytest.raises(GraphQLError) as caught:
        await artifact.save()
    assert not isinstance(caught.value, PartialSaveError)
    assert artifact.changes() == before
    await _rename(api, "moved", "data")
    await artifact.save()
    assert (await api.artifact(f"{DATA}:new")).version == "v1"
    assert wire.server is not None
