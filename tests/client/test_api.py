"""`Api`: paths as arguments, and the documented objects that it returns."""

from __future__ import annotations

import warnings

import httpx
import pytest

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Script, Sent, Tap
from tests.client.world import MANY, PROJECT
from typed_artifacts import (
    Api,
    ArtifactState,
    AsyncApi,
    ConnectionFailed,
    InvalidInput,
    NotFoundError,
    ServerError,
)


async def test_types(api: AsyncApi) -> None:
    assert {kind.name async for kind in api.artifact_types(PROJECT)} == {"dataset", "model", "eval"}
    kind = await api.artifact_type("model", PROJECT)
    assert repr(kind).endswith("ArtifactType model>")
    assert {item.name async for item in kind.collections(per_page=1)} == {"net", "released"}
    assert (await kind.collection("net")).type == "model"


async def test_a_collection_of_another_type_is_not_found(api: AsyncApi) -> None:
    kind = await api.artifact_type("model", PROJECT)
    with pytest.raises(NotFoundError, match='no artifact collection "many"'):
        await kind.collection("many")


async def test_collections(api: AsyncApi) -> None:
    found = api.artifact_collections(PROJECT, "dataset", "+name", 3)
    names = [item.name async for item in found]
    assert names == ["many", *(f"set-{number}" for number in range(6))]
    some = api.artifact_collections(PROJECT, "dataset", filters={"name": {"$regex": "-[34]$"}})
    assert {item.name async for item in some} == {"set-3", "set-4"}
    kind = await api.artifact_type("dataset", PROJECT)
    assert await kind.collections(filters={"name": "many"}).length() == 1
    assert (await kind.collections(order="-name")[0]).name == "set-5"


async def test_a_collection(api: AsyncApi) -> None:
    collection = await api.artifact_collection("dataset", MANY)
    assert repr(collection).endswith("ArtifactCollection many (dataset)>")
    assert (collection.entity, collection.project) == ("local", "world")
    assert collection.created_at.tzinfo is not None
    assert await collection.artifacts(per_page=100).length() == 120
    assert (await collection.artifacts(order="+version_index")[0]).version == "v0"


async def test_versions(api: AsyncApi) -> None:
    newest = await api.artifacts("dataset", MANY)[0]
    assert newest.name == "many:v119"
    assert newest.qualified_name == f"{MANY}:v119"
    assert (newest.version, newest.type, newest.aliases) == ("v119", "dataset", ["latest"])
    assert newest.state is ArtifactState.COMMITTED
    assert newest.metadata == {"number": 119, "nested": {"half": 59.5}}
    assert newest.created_at.tzinfo is not None
    assert (newest.size, newest.file_count) == (3, 1)
    assert [file.name async for file in newest.files()] == ["number.txt"]


@pytest.mark.parametrize(
    ("alias", "version"),
    [("", "v119"), (":latest", "v119"), (":v7", "v7"), (":alias-60", "v60")],
)
async def test_one_version(api: AsyncApi, world: Tap, alias: str, version: str) -> None:
    found = await api.artifact(f"{MANY}{alias}")
    assert found.version == version
    assert len(world.sent) == 1


async def test_another_version_than_the_one_that_was_asked_for_is_an_error(
    api: AsyncApi, world: Tap
) -> None:
    def other(_sent: Sent, reply: JsonObject) -> None:
        reply["data"]["project"]["artifactCollectionMembership"]["versionIndex"] = 4

    world.rewrite = other
    with pytest.raises(ServerError, match=r"many:v3 with v4, which is another version"):
        await api.artifact(f"{MANY}:v3")
    assert (await api.artifact(f"{MANY}:v4")).version == "v4"
    assert (await api.artifact(f"{MANY}:alias-30")).version == "v4"  # no alias tells its number


async def test_one_version_of_a_type(api: AsyncApi) -> None:
    assert (await api.artifact(f"{MANY}:v1", "dataset")).version == "v1"
    with pytest.raises(
        InvalidInput, match=f"{MANY}:v1 is of type 'dataset', not 'model'"
    ) as caught:
        await api.artifact(f"{MANY}:v1", type="model")
    assert isinstance(caught.value, ValueError)


async def test_a_link_is_seen_through_its_portfolio(api: AsyncApi) -> None:
    link = await api.artifact(f"{PROJECT}/released:best")
    source = await api.artifact(f"{PROJECT}/net:v1")
    assert (link.name, link.is_link, source.is_link) == ("released:v0", True, False)
    assert link.id == source.id
    assert "best" in link.aliases
    assert "best" not in source.aliases
    (listing,) = await listed(api.artifacts("model", f"{PROJECT}/released"))
    assert (listing.name, listing.is_link) == ("released:v0", True)
    assert sorted(listing.aliases) == sorted(link.aliases)


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("local/nowhere/many:v1", "project"),
        ("local/world/nothing:v1", "artifact collection"),
        ("local/world/many:v999", "artifact version"),
        ("local/world/many:no-such-alias", "artifact version"),
        ("local/world/many:an/alias", "artifact version"),
    ],
)
async def test_a_version_that_is_not_there(api: AsyncApi, path: str, missing: str) -> None:
    with pytest.raises(NotFoundError, match=f"There is no {missing}") as caught:
        await api.artifact(path)
    assert caught.value.missing == missing
    assert isinstance(caught.value, LookupError)
    assert not await api.artifact_exists(path)


async def test_existence(api: AsyncApi, world: Tap) -> None:
    assert await api.artifact_exists(f"{MANY}:v3")
    assert await api.artifact_exists(f"{MANY}:v3", "dataset")
    assert not await api.artifact_exists(f"{MANY}:v3", "model")
    assert await api.artifact_collection_exists(MANY, "dataset")
    assert not await api.artifact_collection_exists(MANY, "model")
    assert not await api.artifact_collection_exists("local/nowhere/many", "dataset")
    assert len(world.sent) == 6


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, text="<html>a login page</html>"), ServerError),
        (httpx.Response(502), ServerError),
        (httpx.ReadTimeout("slow"), ConnectionFailed),
    ],
)
async def test_d11_what_cannot_be_read_is_no_absence(
    flavour: Flavour, answer: httpx.Response | Exception, error: type[Exception]
) -> None:
    api = flavour.api(Script(answer, answer))
    with pytest.raises(error):
        await api.artifact_exists("e/p/c:v0")
    with pytest.raises(error):
        await api.artifact_collection_exists("e/p/c", "dataset")


async def test_an_organization_that_is_not_sure_is_no_absence(flavour: Flavour) -> None:
    organizations = [{"name": name, "orgEntity": {"name": f"{name}-org"}} for name in ("a", "b")]
    entity = {"organization": None, "user": {"organizations": organizations}}
    api = flavour.api(Script(httpx.Response(200, json={"data": {"entity": entity}})))
    with pytest.raises(InvalidInput, match="belongs to several organizations"):
        await api.artifact_exists("me/wandb-registry-model/c:v1")


async def test_a_run(api: AsyncApi, flavour: Flavour, world: Tap) -> None:
    run = await api.run(f"{PROJECT}/train")
    assert (run.id, run.name, run.job_type, run.state) == ("train", "Train", "training", "finished")
    assert run.path == ["local", "world", "train"]
    assert {item.name async for item in run.logged_artifacts()} == {"net:v0", "net:v1", "net:v2"}
    assert await run.used_artifacts(per_page=3).length() == 7
    for path in (f"/{PROJECT}/runs/train", "world/train"):
        assert (await api.run(path)).id == "train"
    overridden = flavour.api(
        world, api_key=world.server.api_key, overrides={"run": "train", "project": "world"}
    )
    assert (await overridden.run()).id == "train"


@pytest.mark.parametrize(
    ("path", "missing"), [("local/nowhere/train", "project"), ("local/world/nothing", "run")]
)
async def test_a_run_that_is_not_there(api: AsyncApi, path: str, missing: str) -> None:
    with pytest.raises(NotFoundError, match=f"There is no {missing}") as caught:
        await api.run(path)
    assert caught.value.missing == missing


async def test_a_project(api: AsyncApi) -> None:
    project = api.project("world", "local")
    assert await project.collections().length() == 10
    assert [item.name async for item in project.collections({"name": "net"})] == ["net"]
    first = project.collections(order="+name", per_page=4)
    assert (await first[0]).name == "many"
    assert {kind.name async for kind in project.artifacts_types(per_page=2)} == {
        "dataset",
        "model",
        "eval",
    }
    assert {item.type async for item in project.collections()} == {"dataset", "model", "eval"}


async def test_the_page_size_of_project_types_reaches_the_server(api: AsyncApi, world: Tap) -> None:
    await listed(api.project(PROJECT).artifacts_types(per_page=2))
    assert [sent.variables["perPage"] for sent in world.sent] == [2, 2]


@pytest.mark.parametrize("path", ["local/nowhere", "nobody/world"])
async def test_a_project_that_is_not_there(api: AsyncApi, path: str) -> None:
    project = api.project(path)
    for found in (project.collections(), project.artifacts_types(), api.artifact_types(path)):
        with pytest.raises(NotFoundError, match=f'There is no project "{path}"'):
            await found[0]


async def test_defaults_fill_short_paths(flavour: Flavour, world: Tap) -> None:
    api = flavour.api(world, api_key=world.server.api_key, entity="local", project="world")
    assert (await api.artifact("many:v1")).qualified_name == f"{MANY}:v1"
    assert (await api.artifact("world/many:v1")).version == "v1"
    assert len(await listed(api.artifact_types())) == 3
    assert (await api.artifact_type("model")).name == "model"
    assert await api.artifact_exists("many")


async def test_overrides_are_those_of_the_official_client(flavour: Flavour, world: Tap) -> None:
    overrides = {"entity": "local", "project": "world"}
    api = flavour.api(world, api_key=world.server.api_key, entity=None, overrides=overrides)
    assert (await api.artifact("many:v1")).qualified_name == f"{MANY}:v1"
    with pytest.raises(InvalidInput, match="Unknown override 'entitiy'"):
        flavour.api(world, overrides={"entitiy": "x"})


async def test_artifact_versions_is_deprecated(api: AsyncApi) -> None:
    with pytest.warns(DeprecationWarning, match=r"use artifacts\(\)"):
        found = api.artifact_versions("dataset", MANY, 60)
    assert found.per_page == 60
    assert await found.length() == 120


def test_local_opens_a_registry_that_stays(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("registry")
    for _ in range(2):
        with Api.local(root, project="mine") as api:
            with pytest.raises(NotFoundError):
                list(api.artifact_types())
            assert api.default_entity == "local"
    assert (root / "registry.db").is_file()


async def test_an_async_local_registry() -> None:
    async with AsyncApi.local() as api:
        with pytest.raises(NotFoundError, match='no project "local/uncategorized"'):
            await listed(api.artifact_types())


async def test_api_is_a_context_manager(flavour: Flavour, world: Tap) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        api = flavour.api(world, api_key=world.server.api_key)
        await listed(api.artifact_types(PROJECT))
        await api.close()
        await api.close()
    assert repr(api).endswith("Api http://localhost>")
    assert world.server.api_key not in repr(api) + repr(api.client)
