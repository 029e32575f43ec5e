"""Which organization is meant where nobody says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from tests.artifacts.bench import names_of
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from tests.registries.conftest import ORGANIZATION
from typed_artifacts import AsyncApi, InvalidInput, NotFoundError
from typed_artifacts.local import LocalServer

if TYPE_CHECKING:
    from tests.client.taps import JsonObject

#: What an organization may be called; its entity cannot.
TITLE = "The Lab, Inc."


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_ORGANIZATION", raising=False)


async def test_the_only_one_is_asked_for_once(api: AsyncApi, wire: Wire) -> None:
    registries = api.registries()
    assert wire.count() == []
    assert await names_of(registries) == ["empty", "data", "model"]
    assert wire.count() == ["Organizations", "OrganizationRegistries"]
    assert registries.organization == ORGANIZATION
    registry = await api.registry("model")
    assert (registry.organization, await names_of(registry.collections())) == (
        ORGANIZATION,
        ["shadow", "card"],
    )
    assert await names_of(api.registries().versions(filters={"alias": "prod"})) == [
        "train:v0",
        "shadow:v0",
        "card:v1",
    ]
    assert "Organizations" not in wire.count()
    assert await api.client.organization() == ORGANIZATION
    assert wire.count() == []


async def test_a_path_of_a_registry_may_leave_it_out(flavour: Flavour, wire: Wire) -> None:
    """As upstream; also where nothing says an entity, which is never whose registries are."""
    api = flavour.api(wire, api_key=wire.server.api_key, entity=None)
    found = await api.artifact("wandb-registry-model/card:prod")
    assert found.qualified_name == f"{ORGANIZATION}/wandb-registry-model/card:v1"
    assert wire.count() == ["Organizations", "ArtifactMembership"]
    assert await api.artifact_exists("wandb-registry-model/card:prod")
    listed = api.artifacts("model", "wandb-registry-model/card")
    assert await names_of(listed) == ["card:v1", "card:v0"]
    assert await names_of(api.project("wandb-registry-model").collections()) == ["shadow", "card"]
    linked = await found.link("wandb-registry-model/more")
    assert linked.qualified_name == f"{ORGANIZATION}/wandb-registry-model/more:v0"


async def test_a_setting_says_whose_registry_a_path_is_of(
    flavour: Flavour, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_ORGANIZATION", ORGANIZATION)
    api = flavour.api(wire, api_key=wire.server.api_key, entity=None)
    assert await api.artifact_exists("wandb-registry-model/card:prod")
    assert wire.count() == ["OrganizationEntity", "ArtifactMembership"]
    monkeypatch.setenv("WANDB_ORGANIZATION", "other")
    api = flavour.api(wire, api_key=wire.server.api_key, entity=None)
    with pytest.raises(NotFoundError, match='no organization "other"'):
        await api.artifact("wandb-registry-model/card:prod")


async def test_a_setting_is_meant_before_the_organization_of_the_entity(
    flavour: Flavour, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an entity as well, the path of a registry without an owner passed it over."""
    monkeypatch.setenv("WANDB_ORGANIZATION", "other")
    api = flavour.api(wire, api_key=wire.server.api_key)
    path = "wandb-registry-model/card"
    version = await api.artifact(f"{ORGANIZATION}/{path}:prod")
    for ask in (
        lambda: api.artifact(f"{path}:prod"),
        lambda: api.artifact_collection("model", path),
        lambda: names_of(api.artifacts("model", path)),
        lambda: names_of(api.project("wandb-registry-model").collections()),
        lambda: version.link("wandb-registry-model/more"),
        lambda: api.copy(f"{path}:prod", "here"),
        lambda: api.copy(path, "here"),
        lambda: api.copy("wandb-registry-model/", "here/"),
        lambda: api.copy(f"{ORGANIZATION}/{path}", "wandb-registry-model/more"),
        lambda: api.copy(f"{ORGANIZATION}/{path}", "wandb-registry-model/"),
    ):
        with pytest.raises(NotFoundError, match='no organization "other"'):
            await ask()
    # What is beside it in the same registry is, and so is what says its entity.
    assert (
        await version.link("more")
    ).qualified_name == f"{ORGANIZATION}/wandb-registry-model/more:v0"
    assert (await api.project("wandb-registry-model", "local").collections()[0]).name == "more"
    monkeypatch.setenv("WANDB_ORGANIZATION", ORGANIZATION)
    api = flavour.api(wire, api_key=wire.server.api_key, entity="nobody")
    assert (await api.artifact(f"{path}:prod")).version == "v1"


def _renamed(value: object) -> object:
    """A reply of a server on which the organization is not called like its entity."""
    if isinstance(value, list):
        return [_renamed(item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    found = {key: _renamed(item) for key, item in cast("dict[str, object]", value).items()}
    return found | {"name": TITLE} if "orgEntity" in found else found


async def test_a_path_may_have_the_name_of_an_organization(
    flavour: Flavour, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with the official client; it was asked for as the name of an entity, and not found."""
    wire.rewrite = lambda _, reply: cast("JsonObject", _renamed(reply))
    path = "wandb-registry-model/card"
    for organization, entity, asked in (
        (TITLE, "local", f"{TITLE}/{path}"),
        (None, "local", f"{TITLE}/{path}"),
        (TITLE, None, path),
    ):
        monkeypatch.delenv("WANDB_ORGANIZATION", raising=False)
        if organization is not None:
            monkeypatch.setenv("WANDB_ORGANIZATION", organization)
        api = flavour.api(wire, api_key=wire.server.api_key, entity=entity)
        found = await api.artifact(f"{asked}:prod")
        assert wire.count() == ["OrganizationEntity", "Organizations", "ArtifactMembership"]
        assert found.qualified_name == f"{ORGANIZATION}/{path}:v1"
        assert (await api.artifact_collection("model", asked)).entity == ORGANIZATION
        assert await names_of(api.artifacts("model", asked)) == ["card:v1", "card:v0"]
        linked = await found.link(f"{TITLE}/wandb-registry-model/more")
        assert linked.qualified_name == f"{ORGANIZATION}/wandb-registry-model/more:v0"
        assert "OrganizationEntity" not in wire.count()
    api = flavour.api(wire, api_key=wire.server.api_key)
    with pytest.raises(NotFoundError, match='no organization "The Shop"'):
        await api.artifact(f"The Shop/{path}:prod")


async def test_a_page_has_the_name_of_the_organization(flavour: Flavour, wire: Wire) -> None:
    """Not that of the user, the team or the entity that the path has: there is no such page."""
    wire.rewrite = lambda _, reply: cast("JsonObject", _renamed(reply))
    wire.server.registry.team("lab", ["local"])
    path = "wandb-registry-model/card"
    for owner in (f"{TITLE}/", f"{ORGANIZATION}/", "local/", "lab/", ""):
        api = flavour.api(wire, api_key=wire.server.api_key)
        found = await api.artifact(f"{owner}{path}:prod")
        page = f"/orgs/The%20Lab%2C%20Inc./registry/model?selectionPath={ORGANIZATION}%2F"
        assert page in found.url
        assert page in found.collection.url


async def test_a_setting_costs_no_request(
    flavour: Flavour, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_ORGANIZATION", "other")
    api = flavour.api(wire, api_key=wire.server.api_key)
    assert await api.client.organization() == "other"
    assert await api.client.organization("given") == "given"
    assert wire.count() == []
    with pytest.raises(NotFoundError, match='no organization "other"'):
        await names_of(api.registries())
    assert await names_of(api.registries(ORGANIZATION, filters={"name": "data"})) == ["data"]


async def test_several_are_listed_in_the_error(
    flavour: Flavour, server: LocalServer, wire: Wire
) -> None:
    registry = server.registry
    key = registry.add_key("ann")
    registry.team("lab", ["bob", "ann"])
    api = flavour.api(wire, api_key=key, entity=None)
    with pytest.raises(InvalidInput, match=r"several organizations \(ann-org, bob-org\)"):
        await names_of(api.registries())
    with pytest.raises(InvalidInput, match="several organizations"):
        await api.registry("model")
    assert wire.count() == ["Organizations"] * 2
    assert await names_of(api.registries("bob-org")) == []


async def test_the_organization_of_the_default_entity_is_meant(
    flavour: Flavour, server: LocalServer, wire: Wire
) -> None:
    registry = server.registry
    key = registry.add_key("ann")
    registry.team("lab", ["bob", "ann"])
    api = flavour.api(wire, api_key=key, entity="lab")
    assert await api.client.organization() == "bob-org"
    assert wire.count() == ["Organizations"]


async def test_nobody_belongs_to_none(api: AsyncApi, wire: Wire) -> None:
    wire.rewrite = lambda sent, _: (
        {"data": {"viewer": {"organizations": [{"name": "o", "orgEntity": None}]}, "entity": None}}
        if sent.operation == "Organizations"
        else None
    )
    with pytest.raises(NotFoundError, match="knows of no organization that you belong to"):
        await names_of(api.registries())


@pytest.mark.parametrize("wrong", ["", "a/b", 5])
async def test_a_name_is_checked(api: AsyncApi, wire: Wire, wrong: str) -> None:
    with pytest.raises(InvalidInput, match="organization is"):
        await api.client.organization(wrong)
    assert wire.count() == []
