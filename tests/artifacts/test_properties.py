"""Properties of an artifact: values, types, and no requests."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from pydantic import BaseModel

from tests.artifacts.bench import DATA, FILES, NET, SHELF
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from typed_artifacts import (
    ArtifactDigestAlgorithm,
    ArtifactState,
    AsyncApi,
    AsyncArtifact,
    InvalidInput,
    NotFoundError,
    NotLoadedError,
)
from typed_artifacts.local import Registry

#: Every property, and what `data:v1` says.
EXPECTED: dict[str, object] = {
    "entity": "local",
    "project": "bench",
    "name": "data:v1",
    "qualified_name": "local/bench/data:v1",
    "version": "v1",
    "type": "dataset",
    "aliases": ["latest", "best", "checked"],
    "tags": ["red", "old"],
    "description": "Words.",
    "metadata": {"rows": 3, "nested": {"half": 1.5}},
    "ttl": None,
    "ttl_is_inherited": True,
    "size": sum(map(len, FILES.values())),
    "file_count": len(FILES),
    "state": ArtifactState.COMMITTED,
    "digest_algorithm": ArtifactDigestAlgorithm.MANIFEST_MD5,
    "history_step": None,
    "is_link": False,
    "source_entity": "local",
    "source_project": "bench",
    "source_name": "data:v1",
    "source_qualified_name": "local/bench/data:v1",
    "source_version": "v1",
    "url": "http://localhost/local/bench/artifacts/dataset/data/v1",
}
_UNORDERED = {"aliases", "tags"}
_OF_THE_SERVER = {"id", "digest", "commit_hash", "created_at", "updated_at", "linked_at"}
_OBJECTS = {"collection", "source_collection"}


def _seen(value: object, name: str) -> object:
    return sorted(cast("list[str]", value)) if name in _UNORDERED else value


@pytest.mark.parametrize("name", sorted(EXPECTED))
async def test_a_property_is_right_and_costs_nothing(api: AsyncApi, wire: Wire, name: str) -> None:
    artifact = await api.artifact(DATA)
    wire.forget()
    expected = EXPECTED[name]
    for _ in range(2):
        assert _seen(getattr(artifact, name), name) == _seen(expected, name)
    assert type(getattr(artifact, name)) is type(expected)
    assert wire.count() == []


async def test_what_the_server_chose_is_typed_too(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(DATA)
    wire.forget()
    assert artifact.id
    assert len(artifact.digest) == 32
    assert artifact.commit_hash is None or artifact.commit_hash
    for moment in (artifact.created_at, artifact.updated_at, artifact.linked_at):
        assert isinstance(moment, datetime)
        assert moment.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - moment) < timedelta(minutes=10)
    assert wire.count() == []


def test_no_property_is_forgotten() -> None:
    found = {
        name
        for name, value in inspect.getmembers_static(AsyncArtifact)
        if isinstance(value, property) and not name.startswith("_")
    }
    assert found == EXPECTED.keys() | _OF_THE_SERVER | _OBJECTS


async def test_the_same_from_a_listing(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifacts("dataset", DATA)[0]
    wire.forget()
    for name, expected in EXPECTED.items():
        assert _seen(getattr(artifact, name), name) == _seen(expected, name), name
    assert artifact.linked_at is None
    assert wire.count() == []


async def test_collection_costs_nothing_and_goes_on(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(DATA)
    wire.forget()
    for collection in (artifact.collection, artifact.source_collection):
        assert (collection.name, collection.type, collection.id) == (
            "data",
            "dataset",
            artifact.collection.id,
        )
        assert (collection.entity, collection.project) == ("local", "bench")
        assert collection.is_sequence()
    assert wire.count() == []
    assert [item.name async for item in artifact.collection.artifacts()] == ["data:v1", "data:v0"]


async def test_a_link_has_its_own_place_and_its_source(api: AsyncApi, wire: Wire) -> None:
    link = await api.artifact(f"{SHELF}:gold")
    wire.forget()
    assert link.qualified_name == "local/bench/shelf:v0"
    assert link.is_link
    assert (link.version, link.source_version) == ("v0", "v1")
    assert sorted(link.aliases) == ["gold", "latest"]
    assert link.source_qualified_name == "local/bench/net:v1"
    assert link.collection.name == "shelf"
    assert not link.collection.is_sequence()
    assert link.source_collection.name == "net"
    assert link.source_collection.is_sequence()
    assert link.url == (
        "http://localhost/local/registry/model"
        "?selectionPath=local%2Fbench%2Fshelf&view=membership&version=v0"
    )
    assert wire.count() == []


async def test_a_registry_version_has_a_page_of_its_own(
    api: AsyncApi, wire: Wire, registry: Registry
) -> None:
    registry.link(f"{NET}:v0", "local-org/wandb-registry-model/best ones")
    found = await api.artifact("local-org/wandb-registry-model/best ones:v0")
    wire.forget()
    assert found.url == (
        "http://localhost/orgs/local-org/registry/model?selectionPath="
        "local-org%2Fwandb-registry-model%2Fbest%20ones&view=membership&version=v0"
    )
    assert wire.count() == []


class _Metadata(BaseModel):
    rows: int
    nested: dict[str, float]


class _Other(BaseModel):
    columns: int


async def test_metadata_in_a_model_of_ones_own(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(DATA)
    wire.forget()
    assert artifact.metadata_as(_Metadata) == _Metadata(rows=3, nested={"half": 1.5})
    with pytest.raises(InvalidInput, match=r"metadata of local/bench/data:v1 .* _Other: .*columns"):
        artifact.metadata_as(_Other)
    artifact.metadata["columns"] = 7
    assert artifact.metadata_as(_Other).columns == 7
    assert wire.count() == []


async def test_nothing_is_known_of_an_unloaded_artifact(wire: Wire, flavour: Flavour) -> None:
    client = flavour.client(wire, api_key=wire.server.api_key)
    if flavour.blocking:
        made = flavour.make(AsyncArtifact, client, "local", "bench", "data:best")
        assert (made.version, wire.operations) == ("v1", ["ArtifactMembership"])
        return
    made = AsyncArtifact(client, "local", "bench", "data:best")
    assert made.qualified_name == "local/bench/data:best"
    with pytest.raises(NotLoadedError, match=r"AsyncArtifact\.version .* load\(\)"):
        _ = made.version
    with pytest.raises(NotLoadedError):
        _ = made.digest
    for name in ("aliases", "tags", "metadata", "ttl", "is_link", "url", "collection"):
        with pytest.raises(NotLoadedError, match=r"^AsyncArtifact is not there yet: call load"):
            getattr(made, name)  # by no other attribute's name
    assert wire.operations == []
    assert (await made.load()).version == "v1"


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("local/nowhere/data:v0", "project"),
        ("local/bench/nothing:v0", "artifact collection"),
        ("local/bench/data:v7", "artifact version"),
        ("local/bench/data:unknown", "artifact version"),
    ],
)
async def test_what_is_missing_is_named(api: AsyncApi, path: str, missing: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        await api.artifact(path)
    assert caught.value.missing == missing


async def test_load_fetches_anew_and_drops_edits(api: AsyncApi, registry: Registry) -> None:
    artifact = await api.artifact(f"{DATA}:v0")
    artifact.description = "Mine."
    registry.log_version(DATA, type="dataset", files={"a.txt": b"zero"}, tags=["theirs"])
    await artifact.load()
    assert not artifact.description
    assert artifact.tags == ["theirs"]
