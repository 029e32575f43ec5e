"""Names of the official client that exist here too, and the requests that they send."""

import pytest

from tests.client.flavours import Flavour
from tests.client.taps import JsonObject, Sent, Tap
from typed_artifacts import Api, AsyncApi
from typed_artifacts.errors import AuthenticationError, InvalidInput, NotFoundError, ServerError
from typed_artifacts.local import LocalServer


async def test_the_viewer_is_who_has_the_key(api: AsyncApi, world: Tap) -> None:
    viewer = await api.viewer()
    assert (viewer.username, viewer.entity) == ("local", "local")
    assert api.api_key == world.server.api_key
    assert world.operations == ["Viewer"]


async def test_a_server_that_does_not_know_who_asks(
    flavour: Flavour, world_server: LocalServer
) -> None:
    def nobody(sent: Sent, reply: JsonObject) -> None:
        assert sent.operation == "Viewer"
        reply["data"] = {"viewer": None}

    with pytest.raises(AuthenticationError, match="WANDB_API_KEY"):
        await flavour.api(Tap(world_server, nobody), api_key=world_server.api_key).viewer()


async def test_the_user_agent_is_what_is_sent(api: AsyncApi, world: Tap) -> None:
    await api.viewer()
    assert world.sent[0].headers["user-agent"] == api.user_agent


@pytest.mark.parametrize("path", ["world", "local/world", "/local/world/"])
async def test_a_path_of_a_project(api: AsyncApi, world: Tap, path: str) -> None:
    found = await api.from_path(path)
    assert repr(found).endswith("Project local/world>")
    assert found.name == "world"
    assert found.path == ["local", "world"]
    assert world.operations == []


@pytest.mark.parametrize("path", ["local/world/train", "local/world/runs/train"])
async def test_a_path_of_a_run(api: AsyncApi, world: Tap, path: str) -> None:
    found = await api.from_path(path)
    assert repr(found).endswith("Run local/world/train>")
    assert found.path == ["local", "world", "train"]
    assert world.operations == ["Run"]


async def test_a_path_of_nothing(api: AsyncApi) -> None:
    with pytest.raises(NotFoundError, match="nothing"):
        await api.from_path("local/world/nothing")
    with pytest.raises(InvalidInput, match="a/b/c/d"):
        await api.from_path("a/b/c/d")


async def test_flush_sends_nothing(api: AsyncApi, world: Tap) -> None:
    api.flush()
    assert world.operations == []


async def test_links_and_sources(api: AsyncApi) -> None:
    link = await api.artifact("local/world/released:best")
    source = await link.source_artifact()
    assert source.qualified_name == "local/world/net:v1"
    assert [place.name for place in await source.linked_artifacts()] == ["released:v0"]


def test_next_as_a_method(world: Tap) -> None:
    with Api(base_url=world.server.base_url, api_key=world.server.api_key, transport=world) as api:
        versions = api.artifacts("dataset", "local/world/many", per_page=1)
        assert [versions.next().version, next(versions).version] == ["v119", "v118"]


async def test_another_version_than_was_asked_for_is_not_taken_for_it(
    flavour: Flavour, world_server: LocalServer
) -> None:
    def mixed_up(sent: Sent, reply: JsonObject) -> None:
        assert sent.operation == "ArtifactMembership"
        reply["data"]["project"]["artifactCollectionMembership"]["versionIndex"] = 7

    api = flavour.api(Tap(world_server, mixed_up), api_key=world_server.api_key)
    with pytest.raises(ServerError, match=r"ArtifactMembership for .*:v0 with v7") as caught:
        await api.artifact("local/world/many:v0")
    assert caught.value.subject == "local/world/many:v0"
    assert (await api.artifact("local/world/many:latest")).version == "v7"
