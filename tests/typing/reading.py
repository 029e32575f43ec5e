"""What is only read is taken covariantly: no cast, no copy. Checked, never run."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, TypeVar, assert_type

import numpy as np
from pydantic import BaseModel

from typed_artifacts import (
    Api,
    Artifact,
    ArtifactCollection,
    ArtifactCollections,
    ArtifactFiles,
    Artifacts,
    ArtifactType,
    ArtifactTypes,
    AsyncApi,
    AsyncArtifact,
    AsyncArtifacts,
    AsyncPaginator,
    AsyncSizedPaginator,
    Client,
    File,
    Filters,
    JsonInput,
    JsonValue,
    Metadata,
    Paginator,
    ProjectArtifactCollections,
    Run,
    RunArtifacts,
    SizedPaginator,
)


class Scores(TypedDict, total=False):
    f1: float
    per_class: dict[str, int]


class Config(TypedDict):
    name: str
    scores: Scores


@dataclass(frozen=True)
class Trained:
    rows: int
    at: datetime | None = None


class Model(BaseModel):
    rate: float


class Point(NamedTuple):
    x: int
    y: int


def metadata(
    api: Api,
    artifact: Artifact,
    counts: dict[str, int],
    table: dict[str, dict[str, float]],
    rows: list[list[int]],
    frozen: Mapping[str, Sequence[str]],
    config: Config,
    anything: dict[str, Any],
    objects: dict[str, object],
) -> None:
    api.log_artifact("c", type="t", files="f", metadata={"per_class": counts})
    api.log_artifact("c", type="t", files="f", metadata={"a": table, "b": rows, "c": config})
    for given in (counts, table, frozen, config, anything, objects, Trained(1), Model(rate=1)):
        api.log_artifact("c", type="t", files="f", metadata=given)
        artifact.metadata = given
    artifact.metadata = {"f1": np.float32(0.5), "at": datetime.now(), "point": Point(1, 2)}  # noqa: DTZ005
    artifact.metadata = {"trained": [Trained(1)], "model": Model(rate=1), "path": Path()}
    artifact.metadata["per_class"] = {"a": 1}
    known: Metadata = config
    artifact.metadata = known
    assert_type(artifact.metadata, dict[str, JsonValue])
    assert_type(artifact.metadata_as(Config), Config)
    assert_type(artifact.metadata_as(Config)["scores"], Scores)
    assert_type(artifact.metadata_as(Trained), Trained)
    assert_type(artifact.metadata_as(Model).rate, float)


def filters(
    api: Api,
    client: Client,
    ids: list[str],
    bound: dict[str, dict[str, float]],
    kinds: tuple[str, ...],
) -> None:
    found = api.artifacts("t", "c", filters={"digest": {"$in": ids}})
    found = api.artifacts("t", "c", filters=bound)
    found = api.artifacts("t", "c", filters={"$or": [bound, {"tag": {"$in": kinds}}]})
    assert_type(found, Artifacts)
    mixed: Filters = {"alias": "gold", "created_at": {"$gte": "2024-01-08"}}
    found = api.artifacts("t", "c", filters=mixed)
    listed: Filters = {"name": {"$in": ids}}
    api.artifact_collections("p", "t", filters=listed)
    api.project("p").collections(filters=bound)
    Artifacts(client, "e", "p", "c", "t", bound)
    value: JsonInput = bound
    Artifacts(client, "e", "p", "c", "t", {"metadata": value})


def names(
    api: Api, artifact: Artifact, collection: ArtifactCollection, words: Sequence[str]
) -> None:
    artifact.tags = ("a",)
    artifact.aliases = ("a", "b")
    collection.tags = ("a",)
    collection.tags = ["a"]
    assert_type(collection.tags, list[str])
    assert_type(artifact.aliases, list[str])
    artifact.link("p", aliases=("a",))
    artifact.link("p", words)
    artifact.files(("a", "b"))
    api.artifacts("t", "c", tags=("a",))
    api.log_artifact("c", type="t", files="f", tags=("a",), aliases=words)


def files(api: Api, run: Run, paths: list[Path], contents: dict[str, bytes]) -> None:
    api.log_artifact("c", type="t", files=paths)
    api.log_artifact("c", type="t", files=[Path("a"), "b"])
    api.log_artifact("c", type="t", files=Path().glob("*.csv"))
    api.log_artifact("c", type="t", files=contents)
    api.log_artifact("c", type="t", files={Path("a"): b"", Path("b"): Path("c")})
    api.log_artifact(
        "c", type="t", files={"a": io.BytesIO(), "b": bytearray(), "c": memoryview(b"")}
    )
    with Path("x").open("rb") as stream:
        api.log_artifact("c", type="t", files={"a": stream}, run=run)
    api.log_artifact("c", type="t", files="f", run="project/run")


def attributes(client: Client, stored: dict[str, str]) -> None:
    ArtifactType(client, "e", "p", "t", stored)
    File(client, stored)


ItemT = TypeVar("ItemT")


def first(items: Paginator[ItemT]) -> ItemT:
    return items[0]


def count(items: SizedPaginator[ItemT]) -> int:
    return len(items) + items.length


def any_list(
    types: ArtifactTypes,
    collections: ArtifactCollections,
    all_collections: ProjectArtifactCollections,
    versions: Artifacts,
    of_run: RunArtifacts,
    files: ArtifactFiles,
) -> None:
    assert_type(first(types), ArtifactType)
    assert_type(first(collections), ArtifactCollection)
    assert_type(first(versions), Artifact)
    assert_type(count(collections) + count(all_collections) + count(versions), int)
    assert_type(count(of_run) + count(files), int)
    listings: list[Paginator[Artifact]] = [versions, of_run]
    for listing in listings:
        assert_type(iter(listing), Iterator[Artifact])
        assert_type((listing.per_page, listing.prefetch), tuple[int, bool])


async def first_of(items: AsyncPaginator[ItemT]) -> ItemT:
    return await items[0]


async def count_of(items: AsyncSizedPaginator[ItemT]) -> int:
    return await items.length()


async def awaited(
    api: AsyncApi,
    artifact: AsyncArtifact,
    counts: dict[str, int],
    config: Config,
    bound: dict[str, dict[str, float]],
    ids: list[str],
) -> None:
    await api.log_artifact("c", type="t", files=[Path("a")], metadata={"n": counts}, run="r")
    await api.log_artifact("c", type="t", files={Path("a"): b""}, metadata=config, tags=("a",))
    artifact.metadata = config
    artifact.metadata = Trained(1)
    artifact.tags = ("a",)
    artifact.aliases = ("a",)
    assert_type(artifact.metadata_as(Config), Config)
    await artifact.link("p", aliases=("a",))
    found = api.artifacts("t", "c", filters={"digest": {"$in": ids}}, tags=("a",))
    api.artifacts("t", "c", filters=bound)
    assert_type(found, AsyncArtifacts)
    assert_type(await first_of(found), AsyncArtifact)
    assert_type(await count_of(found), int)
