"""What people write into metadata, names, filters and times comes out as they mean it."""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pydantic
import pytest

from tests.artifacts.bench import DATA, NET
from tests.artifacts.wire import Wire
from tests.client.flavours import listed
from tests.values.foreign import Foreign, log_foreign
from typed_artifacts import (
    ArgumentsIgnored,
    AsyncApi,
    InvalidInput,
    JsonValue,
    MetadataChanged,
    NotFoundError,
)
from typed_artifacts.local import LocalServer, Registry

NOTES = "local/bench/notes"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, True),
        (True, 1),
        (0, False),
        ([1, {"deep": 0}], [True, {"deep": 0}]),
        ({"deep": [1]}, {"deep": [True]}),
        ([1, 2], [2, 1]),
        ("1", 1),
        (None, False),
    ],
)
async def test_a_true_in_place_of_a_one_is_a_change_and_saved(
    api: AsyncApi, before: JsonValue, after: JsonValue
) -> None:
    await api.log_artifact(
        NOTES, type="text", files={"f": b"1"}, metadata={"shuffled": before, "rest": 1}
    )
    artifact = await api.artifact(NOTES)
    artifact.metadata["shuffled"] = after
    assert "metadata" in artifact.changes()
    await artifact.save()
    saved = (await api.artifact(NOTES)).metadata["shuffled"]
    assert repr(saved) == repr(after)


@pytest.mark.parametrize(
    ("before", "after"), [(1, 1.0), (1.0, 1), ({"a": 1, "b": 2}, {"b": 2, "a": 1})]
)
async def test_the_same_json_is_no_change(
    api: AsyncApi, wire: Wire, before: JsonValue, after: JsonValue
) -> None:
    await api.log_artifact(NOTES, type="text", files={"f": b"1"}, metadata={"n": before})
    artifact = await api.artifact(NOTES)
    artifact.metadata["n"] = after
    wire.forget()
    assert artifact.changes() == {}
    await artifact.save()
    assert wire.count() == []


async def test_names_of_the_longest_length_are_taken(api: AsyncApi) -> None:
    path = f"local/{'p' * 128}/{'c' * 128}"
    alias, tag, kind = "a" * 128, "g" * 128, "t" * 128
    await api.log_artifact(path, type=kind, files={"f": b"1"}, aliases=[alias], tags=[tag])
    found = await api.artifact(f"{path}:{alias}")
    assert (found.qualified_name, found.type, found.tags) == (f"{path}:v0", kind, [tag])


@pytest.mark.parametrize("odd", ["\u00a0", "\u3000", "\u2028", "\u200b", "\x85", "\ufeff"])
async def test_names_with_a_space_of_another_kind_are_listed_loaded_and_edited(
    api: AsyncApi, server: LocalServer, odd: str
) -> None:
    name, alias = f"a{odd}b", f"good{odd}one"
    world = Foreign(name, "t", [alias], [], [], "d", "e", "{}", None, "f")
    log_foreign(server, "local/elsewhere", world)
    assert [each.name async for each in api.project("elsewhere", "local").collections()] == [name]
    collection = await api.artifact_collection("t", f"local/elsewhere/{name}")
    collection.description = "edited"
    await collection.save()
    artifact = await api.artifact(f"local/elsewhere/{name}:{alias}")
    artifact.description = "edited too"
    await artifact.save()
    again = await api.artifact(f"local/elsewhere/{name}:{alias}")
    assert (again.description, alias in again.aliases) == ("edited too", True)
    assert (await api.artifact_collection("t", f"local/elsewhere/{name}")).description == "edited"


async def test_a_ttl_that_is_too_long_is_refused_at_the_assignment(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await api.artifact(DATA)
    before = artifact.ttl
    wire.forget()
    for ttl in (timedelta.max, timedelta(seconds=2**63 // 10**9 + 1)):
        with pytest.raises(InvalidInput, match="ttl"):
            artifact.ttl = ttl
    with pytest.raises(InvalidInput, match="ttl"):
        await api.log_artifact(NOTES, type="text", files={"f": b""}, ttl=timedelta.max)
    assert (artifact.ttl, artifact.changes(), wire.count()) == (before, {}, [])


@pytest.mark.parametrize("seconds", [2**63 - 1, 2**63 // 10**9 + 1, 10**14])
async def test_a_ttl_from_elsewhere_that_is_too_long_is_read_and_edited_around(
    api: AsyncApi, server: LocalServer, seconds: int
) -> None:
    world = Foreign("n", "t", [], [], [], "d", "e", "{}", seconds, "f")
    log_foreign(server, "local/elsewhere", world)
    artifact = await api.artifact("local/elsewhere/n:v0")
    longest = timedelta.max // timedelta(seconds=1)
    assert artifact.ttl == (timedelta.max if seconds > longest else timedelta(seconds=seconds))
    artifact.description = "edited"
    await artifact.save()
    again = await api.artifact("local/elsewhere/n:v0")
    assert (again.description, again.ttl) == ("edited", artifact.ttl)


@pytest.mark.parametrize("key", ["정확도", "精度", "größe", "a b", 'say "hi"', "it's", "x-y", "\\"])
async def test_a_filter_finds_metadata_of_any_key(api: AsyncApi, key: str) -> None:
    for number in (0.9, 0.5):
        metadata = {key: number, "n": {key: number}}
        await api.log_artifact(
            NOTES, type="text", files={"f": str(number).encode()}, metadata=metadata
        )
    for path in (f"metadata.{key}", f"metadata.n.{key}"):
        found = await listed(api.artifacts("text", NOTES, filters={path: 0.9}))
        assert [each.metadata[key] for each in found] == [0.9]
        assert await api.artifacts("text", NOTES, filters={path: {"$gt": 0.4}}).length() == 2


@dataclass(frozen=True)
class Trained:
    rows: int
    at: datetime


class Rates(pydantic.BaseModel):
    rate: float


async def test_numbers_times_and_models_become_json(api: AsyncApi) -> None:
    at = datetime(2024, 1, 2, tzinfo=UTC)
    metadata: dict[str, Any] = {
        "half": np.float32(0.5),
        "three": np.int64(3),
        "at": at,
        "path": Path("a/b"),
        "nested": [{"trained": Trained(3, at), "model": Rates(rate=0.5)}],
    }
    made = await api.log_artifact(NOTES, type="text", files={"f": b""}, metadata=metadata)
    expected = {
        "half": 0.5,
        "three": 3,
        "at": at.isoformat(),
        "path": "a/b",
        "nested": [{"trained": {"rows": 3, "at": at.isoformat()}, "model": {"rate": 0.5}}],
    }
    assert made.metadata == expected
    assert (await api.artifact(NOTES)).metadata == expected


async def test_values_that_are_what_is_saved_already_become_json_in_an_edit(
    api: AsyncApi,
) -> None:
    """They were sent as they are, because nothing had changed: ``TypeError`` of ``json``."""
    when = datetime(2024, 1, 1, tzinfo=UTC)
    saved: dict[str, JsonValue] = {"rate": 0.5, "when": when.isoformat(), "counts": [1, 2]}
    await api.log_artifact(NOTES, type="text", files={"a": b"1"}, metadata=saved)
    async with (await api.artifact(NOTES)).edit() as draft:
        draft["b"] = b"2"
        draft.metadata = {"rate": np.float32(0.5), "when": when, "counts": np.array([1, 2])}
    assert draft.artifact.metadata == saved
    async with draft.artifact.edit() as again:
        again["b"] = b"3"
        again.metadata.update(rate=cast("Any", np.float32(0.5)))
    assert again.artifact.metadata == saved
    assert [type(value) for value in again.artifact.metadata.values()] == [float, str, list]


async def test_what_cannot_be_json_is_refused_by_its_place(api: AsyncApi, wire: Wire) -> None:
    wire.forget()
    metadata: Mapping[str, Any] = {"eval": {"per_class": [{"f1": object()}]}}
    with pytest.raises(InvalidInput, match=r"eval\.per_class\[0\]\.f1"):
        await api.log_artifact(NOTES, type="text", files={"f": b""}, metadata=metadata)
    artifact = await api.artifact(DATA)
    with pytest.raises(InvalidInput, match=r"eval\.per_class\[0\]\.f1"):
        artifact.metadata = metadata
    assert wire.count() == ["ArtifactMembership"]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("a\udcff", "eval[0]"),
        ({"\udcff": 1}, r'eval[0]["\udcff"]'),
        ([["\ud83d"]], "eval[0][0][0]"),
    ],
)
async def test_what_is_no_text_is_refused_by_its_place(
    api: AsyncApi, wire: Wire, given: JsonValue, place: str
) -> None:
    """The official client cannot read a version with half a surrogate pair in its metadata."""
    said = re.escape(f"In metadata, {place} holds half a surrogate pair, which is no text.")
    artifact = await api.artifact(DATA)
    wire.forget()
    with pytest.raises(InvalidInput, match=said):
        await api.log_artifact(NOTES, type="text", files={"f": b""}, metadata={"eval": [given]})
    with pytest.raises(InvalidInput, match=said):
        artifact.metadata = {"eval": [given]}
    artifact.metadata["eval"] = [given]
    with pytest.raises(InvalidInput, match=said):
        await artifact.save()
    assert wire.count() == []


async def test_what_is_no_text_and_there_already_is_edited_around(
    api: AsyncApi, registry: Registry
) -> None:
    given: dict[str, Any] = {"name": "caf\udce9", "in": [{"\udce9": "x\udce9"}]}
    registry.log_version("local/demo/odd", type="text", files={"f": b"1"}, metadata=given)
    artifact = await api.artifact("local/demo/odd")
    artifact.metadata["rows"] = 1
    await artifact.save()
    assert (await api.artifact("local/demo/odd")).metadata == {**given, "rows": 1}
    artifact.metadata = {**given, "rows": 2}
    await artifact.save()
    assert (await api.artifact("local/demo/odd")).metadata == {**given, "rows": 2}


@pytest.mark.parametrize("value", [math.nan, np.float32("nan"), np.float64("nan")])
async def test_nan_becomes_null_and_says_so(api: AsyncApi, value: float) -> None:
    with pytest.warns(MetadataChanged, match=r"eval\.loss"):
        made = await api.log_artifact(
            NOTES, type="text", files={"f": b""}, metadata={"eval": {"loss": value}}
        )
    assert made.metadata == {"eval": {"loss": None}}


@pytest.mark.parametrize("value", [math.inf, -math.inf, np.float32("inf")])
async def test_infinity_is_refused_by_its_place(api: AsyncApi, value: float) -> None:
    with pytest.raises(InvalidInput, match=r"eval\.loss"):
        await api.log_artifact(
            NOTES, type="text", files={"f": b""}, metadata={"eval": {"loss": value}}
        )


async def test_content_that_is_there_already_says_what_was_not_taken(api: AsyncApi) -> None:
    first = await api.log_artifact(NOTES, type="text", files={"f": b"1"}, metadata={"a": 1})
    with pytest.warns(ArgumentsIgnored) as caught:
        again = await api.log_artifact(
            NOTES,
            type="text",
            files={"f": b"1"},
            metadata={"a": 2},
            description="new",
            ttl=timedelta(days=1),
        )
    (warning,) = [each.message for each in caught if isinstance(each.message, ArgumentsIgnored)]
    assert set(warning.ignored) == {"metadata", "description", "ttl"}
    assert (again.id, again.metadata, again.description) == (first.id, {"a": 1}, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await api.log_artifact(NOTES, type="text", files={"f": b"1"}, metadata={"a": 1})


async def test_files_that_can_be_read_are_taken_and_others_named(
    api: AsyncApi, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    taken: list[Any] = [[one, two], {Path("a"): b""}, {"b": io.BytesIO(b"x")}, {"c": bytearray(1)}]
    for files in taken:
        made = await api.log_artifact(NOTES, type="text", files=files)
        assert await made.files().length() == len(files)
    for refused in (["s3://bucket/key"], {"d": 3}, 3, [3]):
        wrong: Any = refused
        with pytest.raises(InvalidInput):
            await api.log_artifact(NOTES, type="text", files=wrong)


async def test_a_run_by_its_path_is_taken(api: AsyncApi) -> None:
    made = await api.log_artifact(NOTES, type="text", files={"f": b""}, run="bench/train")
    run = await made.logged_by()
    assert run is not None
    assert run.id == "train"


@pytest.mark.parametrize("count", [0, -1, 1.5, "4", True])
async def test_no_workers_is_bad_input(api: AsyncApi, wire: Wire, count: Any) -> None:  # noqa: ANN401
    wire.forget()
    with pytest.raises(InvalidInput, match="max_workers"):
        await api.log_artifact(NOTES, type="text", files={"f": b""}, max_workers=count)
    assert wire.count() == []


async def test_the_address_in_a_browser_is_a_path(api: AsyncApi, wire: Wire) -> None:
    host = "https://wandb.example/local/bench/artifacts/dataset/data"
    assert (await api.artifact(f"{host}/v0")).name == "data:v0"
    assert (await api.artifact_collection("dataset", host)).name == "data"
    assert wire.operations


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("local/bench/dat:v0", "data"),
        (f"{DATA}:bset", "best"),
        ("local/bensh/data:v0", "bench"),
    ],
)
async def test_a_path_that_is_nearly_right_gets_a_suggestion(
    api: AsyncApi, wrong: str, meant: str
) -> None:
    with pytest.raises(NotFoundError, match=f'Did you mean .*"{meant}"'):
        await api.artifact(wrong)


async def test_a_type_or_a_collection_that_is_nearly_right_gets_a_suggestion(
    api: AsyncApi,
) -> None:
    with pytest.raises(NotFoundError, match=r'Did you mean .*"dataset"'):
        await api.artifact_type("datasett", "local/bench")
    with pytest.raises(NotFoundError, match=r'Did you mean .*"net"'):
        await api.artifact_collection("model", "local/bench/nett")


async def test_names_that_match_no_file_are_named(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{NET}:v0")
    with pytest.raises(NotFoundError, match=r"x\.tx"):
        await listed(artifact.files(names=["x.tx"]))
