"""The address of a page in the browser, wherever a path is taken."""

from __future__ import annotations

import pytest

from tests.artifacts.bench import DATA, NET, PROJECT
from tests.client.flavours import listed
from typed_artifacts import Api, AsyncApi, InvalidInput
from typed_artifacts.local import Registry
from typed_artifacts.paths import (
    ArtifactPath,
    CollectionPath,
    ProjectPath,
    RunPath,
    parse_artifact,
    parse_project,
    parse_run,
)

HOST = "https://host.example"
VERSION = f"{HOST}/local/bench/artifacts/dataset/data/v0"
COLLECTION = f"{HOST}/local/bench/artifacts/dataset/data"


def _read(address: str) -> ArtifactPath:
    return parse_artifact(address, entity=None, project="p")


def _artifact(entity: str, project: str, name: str, version: str | None) -> ArtifactPath:
    return ArtifactPath(CollectionPath(ProjectPath(entity, project), name), version)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (VERSION, ("local", "bench", "data", "v0")),
        (f"{VERSION}/", ("local", "bench", "data", "v0")),
        (f"{VERSION}/files/deep/b.bin", ("local", "bench", "data", "v0")),
        (f"{VERSION}/overview?nw=x#top", ("local", "bench", "data", "v0")),
        (VERSION.replace("v0", "best"), ("local", "bench", "data", "best")),
        (VERSION.replace("https", "HTTP"), ("local", "bench", "data", "v0")),
        (f"{HOST}:8080/e/p/artifacts/my%20type/a%2Fb%3A%C3%A9/v1", ("e", "p", "a/b:é", "v1")),
        (COLLECTION, ("local", "bench", "data", None)),
        (
            f"{HOST}/orgs/o/registry/model?selectionPath=o%2Fwandb-registry-model%2Fnet"
            "&view=membership&version=v3",
            ("o", "wandb-registry-model", "net", "v3"),
        ),
        (
            f"{HOST}/e/registry/model?selectionPath=e%2Fmodel-registry%2Fnet+1",
            ("e", "model-registry", "net 1", None),
        ),
    ],
)
def test_the_address_of_an_artifact(address: str, expected: tuple[str, str, str, str]) -> None:
    assert _read(address) == _artifact(*expected)


@pytest.mark.parametrize(
    "address",
    [
        HOST,
        f"{HOST}/local",
        f"{HOST}/local/bench",
        f"{HOST}/local/bench/artifacts",
        f"{HOST}/local/bench/artifacts/dataset",
        f"{HOST}/local/bench/runs/train",
        f"{HOST}/local//artifacts/dataset/data",
        f"{HOST}/orgs/o/registry",
        f"{HOST}/e/registry/model",
        f"{HOST}/e/registry/model?selectionPath=a%2Fb",
        "http://[",
        "https://",
    ],
)
def test_the_address_of_no_artifact_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="is no address of an artifact; that of a page such as"):
        _read(address)


def test_the_addresses_of_projects_and_runs() -> None:
    for page in ("", "/artifacts", "/artifacts/dataset/data/v0", "/workspace?nw=x", "/runs/train"):
        found = parse_project(f"{HOST}/local/bench{page}", entity=None, project="p")
        assert found == ProjectPath("local", "bench")
    registry = parse_project(f"{HOST}/orgs/o/registry/model", entity=None, project="p")
    assert registry == ProjectPath("o", "wandb-registry-model")
    for page in ("", "/overview"):
        run = parse_run(f"{HOST}/local/bench/runs/train{page}", entity=None, project="p")
        assert run == RunPath(ProjectPath("local", "bench"), "train")
    with pytest.raises(InvalidInput, match="is no address of a project"):
        parse_project(f"{HOST}/e/registry/model", entity=None, project="p")
    with pytest.raises(InvalidInput, match="is no address of a run"):
        parse_run(VERSION, entity=None, project="p")


async def test_an_address_is_taken_where_a_path_is(api: AsyncApi) -> None:
    artifact = await api.artifact(VERSION)
    assert artifact.qualified_name == f"{DATA}:v0"
    assert (await api.artifact(COLLECTION)).qualified_name == f"{DATA}:v1"
    assert await api.artifact_exists(VERSION)
    assert not await api.artifact_exists(VERSION.replace("v0", "v9"))
    assert (await api.artifact_collection("dataset", COLLECTION)).name == "data"
    assert await api.artifact_collection_exists(COLLECTION, "dataset")
    assert await api.artifacts("dataset", COLLECTION).length() == 2
    project = f"{HOST}/local/bench/artifacts"
    assert [kind.name async for kind in api.artifact_types(project)] == ["dataset", "model"]
    assert (await api.artifact_type("model", project)).name == "model"
    assert await listed(api.artifact_collections(project, "model"))
    assert len((await api.inventory(project)).collections) == 3
    assert api.project(project).path == ["local", "bench"]
    run = await api.run(f"{HOST}/local/bench/runs/train")
    assert run.path == ["local", "bench", "train"]
    for path, kind in ((f"{HOST}/local/bench/runs/train", "Run"), (project, "Project")):
        found = await api.from_path(path)
        assert kind in repr(found)
    made = await api.log_artifact(COLLECTION, type="dataset", files={"a": b"3"}, run=run.id)
    assert made.qualified_name == f"{DATA}:v2"
    linked = await made.link(f"{HOST}/local/bench/artifacts/dataset/picked")
    assert linked.qualified_name == f"{PROJECT}/picked:v0"


async def test_every_artifact_is_found_by_its_own_url(api: AsyncApi, registry: Registry) -> None:
    registry.link(f"{NET}:v0", "local-org/wandb-registry-model/best ones")
    for path in (f"{DATA}:v0", f"{PROJECT}/shelf:v0", "local-org/wandb-registry-model/best ones"):
        artifact = await api.artifact(path)
        again = await api.artifact(artifact.url)
        assert again.qualified_name == artifact.qualified_name


async def test_a_version_s_address_is_no_collection_s(api: AsyncApi) -> None:
    with pytest.raises(InvalidInput, match=r"names a version; .* wanted here: local/bench/data\."):
        api.artifacts("dataset", VERSION)


def test_an_entity_beside_a_path_must_be_the_same(api: AsyncApi) -> None:
    assert api.project("e/p", "e").path == ["e", "p"]
    assert api.project("p", "e").path == ["e", "p"]
    with pytest.raises(InvalidInput, match=r"'e/p' says that .* of 'e', and entity= says 'other'"):
        api.project("e/p", "other")


def test_a_project_without_an_entity_is_of_the_default_one() -> None:
    with Api(base_url="https://host.example", api_key="k" * 40, entity="team") as api:
        assert api.project("p").path == ["team", "p"]
        assert api.project("p", "e").path == ["e", "p"]
        assert api.project("e/p").path == ["e", "p"]
