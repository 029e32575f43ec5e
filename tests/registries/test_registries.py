"""Registries of an organization, and what one or all of them hold."""

from __future__ import annotations

import json
from datetime import UTC

import pytest

from tests.artifacts.bench import names_of
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Sent, connection
from tests.registries.conftest import ORGANIZATION, make_registry
from typed_artifacts import (
    AsyncApi,
    AsyncRegistry,
    Client,
    GraphQLError,
    InvalidInput,
    LengthUnknown,
    NotFoundError,
    NotLoadedError,
    Registries,
    RegistryCollections,
    RegistryVersions,
    UnsupportedByServer,
)
from typed_artifacts.local import LocalServer, open_local


async def test_the_registries_of_an_organization(api: AsyncApi, wire: Wire) -> None:
    registries = api.registries(ORGANIZATION)
    assert wire.count() == []
    found = {each.name: each async for each in registries}
    assert wire.count() == ["OrganizationRegistries"]
    assert list(found) == ["empty", "data", "model"]  # the newest first; no other project
    model, data = found["model"], found["data"]
    assert (model.full_name, model.entity) == ("wandb-registry-model", ORGANIZATION)
    assert (model.description, model.visibility) == ("Models.", "organization")
    assert (model.allow_all_artifact_types, model.artifact_types) == (True, ["model"])
    assert (data.description, data.visibility) == (None, "restricted")
    assert (data.allow_all_artifact_types, data.artifact_types) == (False, ["dataset", "table"])
    assert model.created_at.tzinfo is UTC
    assert model.organization == ORGANIZATION
    assert repr(model) in {
        "<Registry local-org/model>",
        "<AsyncRegistry local-org/model>",
    }
    assert wire.count() == []


async def test_fifty_registries_are_one_request(
    api: AsyncApi, wire: Wire, server: LocalServer
) -> None:
    for number in range(47):
        make_registry(server, f"more-{number}")
    wire.forget()
    assert len(await listed(api.registries(ORGANIZATION))) == 50
    assert wire.count() == ["OrganizationRegistries"]


async def test_order_pages_and_resuming(api: AsyncApi, wire: Wire) -> None:
    assert await names_of(api.registries(ORGANIZATION, order="name", per_page=2)) == [
        "data",
        "empty",
        "model",
    ]
    assert wire.count() == ["OrganizationRegistries"] * 2
    first = api.registries(ORGANIZATION, order="-name")
    assert (await first[0]).name == "model"
    assert await names_of(api.registries(ORGANIZATION, order="-name", start=first.cursor)) == [
        "empty",
        "data",
    ]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"name": "model"}, ["model"]),
        ({"name": "wandb-registry-model"}, ["model"]),
        ({"name": {"$in": ["model", "data", "plain"]}}, ["data", "model"]),
        ({"name": {"$ne": "model"}}, ["empty", "data"]),
        ({"$or": [{"name": "empty"}, {"description": "Models."}]}, ["empty", "model"]),
        ({"$not": {"name": {"$in": ["model"]}}}, ["empty", "data"]),
        ({"name": {"$regex": "^wandb-registry-m"}}, ["model"]),
        ({"name": {"$regex": "d"}}, ["empty", "data", "model"]),
        ({"description": "Models."}, ["model"]),
        ({}, ["empty", "data", "model"]),
    ],
)
async def test_filters_mean_names_without_their_prefix(
    api: AsyncApi, filters: dict[str, object], names: list[str]
) -> None:
    assert await names_of(api.registries(ORGANIZATION, filters=filters)) == names  # type: ignore[arg-type]  # JSON


async def test_one_registry_is_one_request(api: AsyncApi, wire: Wire) -> None:
    registry = await api.registry("model", ORGANIZATION)
    assert wire.count() == ["OrganizationRegistry"]
    assert (registry.name, registry.description) == ("model", "Models.")
    again = await api.registry("wandb-registry-model", ORGANIZATION)
    assert (again.name, again.id) == ("model", registry.id)
    wire.forget()
    await registry.load()
    assert wire.count() == ["OrganizationRegistry"]


async def test_a_name_that_is_nearly_right(api: AsyncApi, wire: Wire) -> None:
    wire.forget()
    for name, meant in (("modle", "model"), ("wandb-registry-Data", "data")):
        with pytest.raises(NotFoundError) as lost:
            await api.registry(name, ORGANIZATION)
        assert str(lost.value).endswith(f'Did you mean "{meant}"?')
        assert lost.value.missing == "registry"
        assert wire.count() == ["OrganizationRegistry", "OrganizationRegistries"]
        wire.forget()
    # A project that is no registry is not meant; nor is a registry where the organization lacks.
    for name, organization in (("plain", ORGANIZATION), ("modle", "nobody")):
        with pytest.raises(NotFoundError) as lost:
            await api.registry(name, organization)
        assert "Did you mean" not in str(lost.value)
    assert wire.count().count("OrganizationRegistries") == 1


async def test_what_is_missing_is_said(api: AsyncApi, wire: Wire) -> None:
    with pytest.raises(NotFoundError, match='no registry "nothing"') as lost:
        await api.registry("nothing", ORGANIZATION)
    assert lost.value.missing == "registry"
    with pytest.raises(NotFoundError, match='no organization "nobody"'):
        await api.registry("model", "nobody")
    wire.forget()
    for listing in (
        api.registries("nobody"),
        api.registries("nobody").collections(),
        api.registries("nobody").versions(),
    ):
        with pytest.raises(NotFoundError, match='no organization "nobody"'):
            await names_of(listing)
    assert len(wire.count()) == 3
    # A collection of this name is no registry, nor is a project.
    with pytest.raises(NotFoundError):
        await api.registry("plain", ORGANIZATION)


async def test_the_collections_of_a_registry(api: AsyncApi, wire: Wire) -> None:
    registry = await api.registry("model", ORGANIZATION)
    wire.forget()
    collections = registry.collections()
    assert await collections.length() == 2
    found = {each.name: each async for each in collections}
    assert wire.count() == ["OrganizationCollections"]
    card = found["card"]
    assert sorted(found) == ["card", "shadow"]
    assert (card.type, card.tags, card.entity) == ("model", ["best"], ORGANIZATION)
    assert (card.project, card.organization) == ("wandb-registry-model", ORGANIZATION)
    assert await names_of(card.artifacts()) == ["card:v1", "card:v0"]
    assert wire.count() == ["ProjectArtifacts"]  # whose it is was known
    assert await names_of(registry.collections(filters={"tag": "best"})) == ["card"]
    assert await names_of(registry.collections(order="-name", per_page=1)) == ["shadow", "card"]


async def test_the_collections_of_all_registries(api: AsyncApi, wire: Wire) -> None:
    everywhere = api.registries(ORGANIZATION).collections(order="name")
    assert await names_of(everywhere) == ["card", "shadow", "train"]
    assert await everywhere.length() == 3
    assert wire.count() == ["OrganizationCollections"]
    some = api.registries(ORGANIZATION, filters={"name": "data"}).collections()
    assert await names_of(some) == ["train"]
    none = api.registries(ORGANIZATION).collections(filters={"name": "list"})
    assert await names_of(none) == []  # of a project that is no registry


async def test_the_versions_of_a_registry(api: AsyncApi, wire: Wire) -> None:
    registry = await api.registry("model", ORGANIZATION)
    wire.forget()
    found = await listed(registry.versions())
    assert wire.count() == ["OrganizationVersions"]
    assert [each.qualified_name for each in found] == [
        "local-org/wandb-registry-model/shadow:v0",
        "local-org/wandb-registry-model/card:v1",
        "local-org/wandb-registry-model/card:v0",
    ]
    assert sorted(found[1].aliases) == ["latest", "prod"]
    assert (found[1].is_link, found[1].source_qualified_name) == (True, "local/lab/net:v1")
    assert found[1].metadata == {"acc": 0.1}
    assert await names_of(registry.versions(filters={"alias": "prod"})) == ["shadow:v0", "card:v1"]
    oldest = registry.versions(order="+created_at", per_page=2)
    assert await names_of(oldest) == ["card:v0", "card:v1", "shadow:v0"]


@pytest.mark.parametrize("hidden", ["artifact", "artifactCollection", "project"])
async def test_a_version_of_which_a_part_is_out_of_sight_is_left_out(
    api: AsyncApi, wire: Wire, hidden: str
) -> None:
    def hide(_sent: Sent, reply: JsonObject) -> None:
        node = connection(reply)["edges"][0]["node"]
        if hidden == "project":
            node["artifactCollection"]["project"] = None
        else:
            node[hidden] = None

    registry = await api.registry("model", ORGANIZATION)
    wire.rewrite = hide
    assert await names_of(registry.versions()) == ["card:v1", "card:v0"]


async def test_the_versions_of_all_registries_with_filters_on_each_level(
    api: AsyncApi, wire: Wire
) -> None:
    registries = api.registries(ORGANIZATION)
    prod = {"alias": "prod"}
    assert await names_of(registries.versions(filters=prod)) == ["train:v0", "shadow:v0", "card:v1"]
    assert wire.count() == ["OrganizationVersions"]
    models = api.registries(ORGANIZATION, filters={"name": "model"})
    assert await names_of(models.versions(filters=prod)) == ["shadow:v0", "card:v1"]
    cards = models.collections(filters={"tag": "best"})
    assert await names_of(cards.versions()) == ["card:v1", "card:v0"]
    assert await names_of(cards.versions(filters={"metadata.acc": {"$lt": 0.1}})) == ["card:v0"]
    wire.forget()
    assert await names_of(cards.versions(filters=prod, order="created_at")) == ["card:v1"]
    assert wire.count() == ["OrganizationVersions"]


async def test_versions_have_no_length(flavour: Flavour, api: AsyncApi) -> None:
    versions = (await api.registry("model", ORGANIZATION)).versions()
    assert not hasattr(versions, "length")
    if flavour.blocking:
        with pytest.raises(TypeError):
            len(versions)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # that is what is tested


async def test_rows(api: AsyncApi) -> None:
    registries = api.registries(ORGANIZATION, order="name")
    rows = await registries.to_rows("name", "visibility", "path")
    assert rows[0] == {
        "name": "data",
        "visibility": "restricted",
        "path": "local-org/wandb-registry-data",
    }


async def test_a_registry_is_a_place_in_paths(api: AsyncApi, wire: Wire) -> None:
    registry = await api.registry("model", ORGANIZATION)
    assert registry.path == "local-org/wandb-registry-model"
    version = await api.artifact("local/lab/net:v0")
    wire.forget()
    linked = await version.link(f"{registry.path}/new", aliases=["gold"])
    assert wire.count() == ["LinkArtifact"]  # whose the registry is, is known already
    assert linked.qualified_name == "local-org/wandb-registry-model/new:v0"
    read = await api.artifact(f"{registry.path}/new:gold")
    assert wire.count() == ["ArtifactMembership"]
    assert read.id == version.id
    assert read.url.endswith(
        "/orgs/local-org/registry/model?selectionPath=local-org%2Fwandb-registry-model%2Fnew"
        "&view=membership&version=v0"
    )
    assert "new" in await names_of(registry.collections())


async def test_a_registry_is_not_made_by_a_log(api: AsyncApi) -> None:
    """A link was refused, and a log with a mistyped name made a registry that takes everything."""
    home = f"{ORGANIZATION}/wandb-registry"
    with pytest.raises(GraphQLError, match=f"no project {home}-modle"):
        await api.log_artifact(f"{home}-modle/card", type="model", files={"w": b"1"})
    assert await names_of(api.registries(ORGANIZATION)) == ["empty", "data", "model"]
    made = await api.log_artifact(f"{home}-empty/card", type="model", files={"w": b"1"})
    assert made.version == "v0"


async def test_a_registry_takes_only_its_types(api: AsyncApi) -> None:
    """Also by a log, or by another type of what it has: it took the type for everybody then."""
    data = f"{ORGANIZATION}/wandb-registry-data"
    with pytest.raises(GraphQLError, match="does not take type 'model'"):
        await api.log_artifact(f"{data}/own", type="model", files={"w": b"1"})
    made = await api.log_artifact(f"{data}/own", type="dataset", files={"w": b"1"})
    collection = await api.artifact_collection("dataset", f"{data}/own")
    collection.type = "model"
    with pytest.raises(GraphQLError, match="does not take type 'model'"):
        await collection.save()
    collection.type = "table"
    await collection.save()
    assert (await made.load()).type == "table"
    assert (await api.registry("data")).artifact_types == ["dataset", "table"]


async def test_an_unloaded_registry_says_so(flavour: Flavour, api: AsyncApi, wire: Wire) -> None:
    registry = flavour.make(AsyncRegistry, api.client, ORGANIZATION, "model")
    if flavour.blocking:
        assert wire.count() == ["OrganizationRegistry"]
        assert registry.description == "Models."
        return
    assert wire.count() == []
    assert (registry.name, registry.full_name) == ("model", "wandb-registry-model")
    with pytest.raises(NotLoadedError):
        _ = registry.path
    await registry.load()
    assert registry.path == "local-org/wandb-registry-model"


async def test_bad_input_is_refused_before_a_request(api: AsyncApi, wire: Wire) -> None:
    for wrong in ("", "a/b", " "):
        with pytest.raises(InvalidInput):
            api.registries(wrong)
        with pytest.raises(InvalidInput):
            await api.registry(wrong, ORGANIZATION)
    with pytest.raises(InvalidInput, match="filters is"):
        api.registries(ORGANIZATION, filters=["name"])  # type: ignore[arg-type]  # that is what is tested
    registries = api.registries(ORGANIZATION)
    with pytest.raises(InvalidInput, match="order is"):
        registries.versions(order="a b")
    with pytest.raises(InvalidInput, match="filters is"):
        registries.collections(filters="name")  # type: ignore[arg-type]  # that is what is tested
    assert wire.count() == []


async def test_an_older_server_names_what_it_lacks(flavour: Flavour) -> None:
    features = "ARTIFACT_COLLECTIONS_FILTERING_SORTING"
    with open_local(features=features) as server:
        make_registry(server, "model")
        wire = Wire(server)
        api = flavour.api(wire, api_key=server.api_key)
        registry = await api.registry("model", ORGANIZATION)
        assert await names_of(api.registries(ORGANIZATION)) == ["model"]
        for listing in (registry.collections(), registry.versions()):
            with pytest.raises(UnsupportedByServer, match="ARTIFACT_REGISTRY_SEARCH") as lacking:
                await names_of(listing)
            assert lacking.value.feature == "ARTIFACT_REGISTRY_SEARCH"


def test_the_constructors_of_the_lists(server: LocalServer) -> None:
    with Client(server.base_url, server.api_key, transport=server.transport) as client:
        assert [each.name for each in Registries(client, ORGANIZATION, per_page=1)] == [
            "empty",
            "data",
            "model",
        ]
        collections = RegistryCollections(
            client, ORGANIZATION, registry_filters={"name": "data"}, filters={"name": "train"}
        )
        assert (len(collections), collections.length) == (1, 1)
        versions = RegistryVersions(
            client,
            ORGANIZATION,
            registry_filters={"name": {"$in": ["model", "data"]}},
            collection_filters={"name": {"$in": ["card", "train"]}},
            filters={"alias": "prod"},
        )
        assert [each.name for each in versions] == ["train:v0", "card:v1"]


def test_a_total_that_no_server_tells_is_no_length(server: LocalServer) -> None:
    wire = Wire(server)

    def hide(_: Sent, reply: JsonObject) -> JsonObject:
        found: JsonObject = json.loads(json.dumps(reply).replace('"totalCount": 3', '"other": 3'))
        return found

    with Client(server.base_url, server.api_key, transport=wire) as client:
        wire.rewrite = hide
        with pytest.raises(LengthUnknown):
            len(RegistryCollections(client, ORGANIZATION))
