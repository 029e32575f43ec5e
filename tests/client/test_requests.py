"""The number of requests of calls, and their contents."""

from __future__ import annotations

import base64

import httpx
import pytest
from typing_extensions import override

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Script, Sent, Tap
from tests.client.world import MANY, PROJECT
from typed_artifacts import (
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactCollection,
    AsyncArtifactCollections,
    AsyncArtifactFiles,
    AsyncArtifacts,
    AsyncArtifactType,
    AsyncArtifactTypes,
    AsyncClient,
    AsyncFile,
    AsyncProject,
    AsyncRunArtifacts,
    AuthenticationError,
    JsonValue,
    NotFoundError,
    NotLoadedError,
    RequestEvent,
)
from typed_artifacts._operations.catalog import VIEWER
from typed_artifacts._requests.operation import NO_VARIABLES

TYPE: dict[str, JsonValue] = {"id": "QXJ0aWZhY3RUeXBlOjE=", "name": "dataset"}
COLLECTION: dict[str, JsonValue] = {
    "__typename": "ArtifactSequence",
    "id": "QXJ0aWZhY3RDb2xsZWN0aW9uOjE=",
    "name": "many",
    "description": "Numbers.",
    "createdAt": "2026-01-02T03:04:05",
    "updatedAt": "2026-01-02T03:04:06Z",
    "defaultArtifactType": {"name": "dataset"},
    "project": {"id": "UHJvamVjdDox", "internalId": "UHJvamVjdEludGVybmFsSWQ6MQ=="},
    "tags": {"edges": [{"node": {"name": "plain"}}]},
}


async def test_attrs_given_send_nothing(flavour: Flavour, silent: Script) -> None:
    client = flavour.client(silent)
    kind = flavour.make(AsyncArtifactType, client, "e", "p", "dataset", attrs=TYPE)
    assert (kind.id, kind.name) == (TYPE["id"], "dataset")
    found = flavour.make(
        AsyncArtifactCollection, client, "e", "p", "many", "dataset", attrs=COLLECTION
    )
    assert (found.id, found.name, found.type) == (COLLECTION["id"], "many", "dataset")
    assert (found.description, found.tags, found.is_sequence()) == ("Numbers.", ["plain"], True)
    assert found.created_at.isoformat() == "2026-01-02T03:04:05+00:00"
    assert found.updated_at is not None
    assert found.updated_at.isoformat() == "2026-01-02T03:04:06+00:00"
    assert (found.project_id, found.entity, found.project) == ("UHJvamVjdDox", "e", "p")
    assert silent.sent == []


async def test_attrs_that_lack_something_are_completed_when_it_is_asked_for(
    flavour: Flavour, client: AsyncClient, world: Tap
) -> None:
    attrs: dict[str, JsonValue] = {"name": "many", "description": "As given."}
    found = flavour.make(
        AsyncArtifactCollection, client, "local", "world", "many", "dataset", attrs=attrs
    )
    if not flavour.blocking:
        with pytest.raises(NotLoadedError, match="give it in attrs="):
            _ = found.id
        await found.load()
    assert found.id.startswith("QXJ0aWZhY3RDb2xsZWN0aW9u")
    assert found.tags == ["numbers", "plain"]
    assert world.operations == ["ProjectArtifactCollection"]


async def test_attrs_absent_are_loaded_in_one_request(
    flavour: Flavour, client: AsyncClient, world: Tap
) -> None:
    kind = await flavour.loaded(AsyncArtifactType, client, "local", "world", "dataset")
    assert kind.name == "dataset"
    assert kind.id
    assert world.operations == ["ProjectArtifactType"]
    found = await flavour.loaded(
        AsyncArtifactCollection, client, "local", "world", "many", "dataset"
    )
    assert (found.description, found.tags) == ("Numbers.", ["numbers", "plain"])
    assert world.operations[1:] == ["ProjectArtifactCollection"]


async def test_what_is_named_has_lists_before_it_is_loaded(
    flavour: Flavour, client: AsyncClient, world: Tap
) -> None:
    kind = flavour.make(AsyncArtifactType, client, "local", "world", "dataset")
    assert (await kind.collection("many")).name == "many"
    assert await kind.collections().length() == 7
    many = flavour.make(AsyncArtifactCollection, client, "local", "world", "many", "dataset")
    assert (await many.artifacts()[0]).name == "many:v119"
    if not flavour.blocking:
        assert "ProjectArtifactType" not in world.operations
        absent = AsyncArtifactType(client, "local", "world", "datset")
        with pytest.raises(NotFoundError, match='no artifact type "datset"'):
            await absent.collections()[0]


async def test_lists_send_nothing_until_they_are_read(flavour: Flavour, silent: Script) -> None:
    client = flavour.client(silent)
    kind = flavour.make(AsyncArtifactType, client, "e", "p", "dataset", attrs=TYPE)
    found = flavour.make(
        AsyncArtifactCollection, client, "e", "p", "many", "dataset", attrs=COLLECTION
    )
    lists = [
        flavour.make(AsyncArtifactTypes, client, "e", "p"),
        flavour.make(AsyncArtifactCollections, client, "e", "p", "dataset"),
        flavour.make(AsyncArtifacts, client, "e", "p", "many", "dataset"),
        kind.collections(),
        found.artifacts(),
    ]
    assert [repr(item).removeprefix("<Async").removeprefix("<") for item in lists] == [
        "ArtifactTypes e/p>",
        "ArtifactCollections e/p/dataset>",
        "Artifacts e/p/many/dataset>",
        "ArtifactCollections e/p/dataset>",
        "Artifacts e/p/many/dataset>",
    ]
    assert silent.sent == []


@pytest.mark.parametrize(("per_page", "requests"), [(50, 3), (60, 2), (119, 2), (120, 1), (7, 18)])
async def test_length_and_then_everything_is_one_request_per_page(
    api: AsyncApi, world: Tap, per_page: int, requests: int
) -> None:
    found = api.artifacts("dataset", MANY, per_page=per_page)
    assert await found.length() == 120
    assert len(await listed(found)) == 120
    assert len(world.sent) == requests


async def test_items_of_lists_know_what_they_show(api: AsyncApi, world: Tap) -> None:
    async for collection in api.artifact_collections(PROJECT, "dataset"):
        assert collection.name
        assert collection.created_at.tzinfo
        assert collection.tags is not None
        assert collection.type == "dataset"
        assert collection.is_sequence()
        await collection.save()
    async for kind in api.artifact_types(PROJECT):
        assert kind.id
    async for version in api.artifacts("dataset", MANY):
        assert version.metadata["number"] == int(version.version[1:])
        assert version.aliases is not None
        assert version.type == "dataset"
        assert not version.is_link
    assert len(world.sent) == 1 + 1 + 3


async def test_aliases_are_one_request_however_often(api: AsyncApi, world: Tap) -> None:
    collection = await api.artifact_collection("dataset", MANY)
    world.sent.clear()
    expected = {"latest"} | {f"alias-{number}" for number in range(0, 120, 10)}
    found = await collection.aliases()
    assert set(found) == expected
    found.append("mine")  # which no save() sends
    assert set(await collection.aliases()) == expected
    assert world.operations == ["ArtifactCollectionAliases"]


async def test_a_file_listing_knows_its_path_and_its_repr(
    api: AsyncApi, client: AsyncClient, flavour: Flavour, world: Tap
) -> None:
    artifact = await api.artifact(f"{PROJECT}/set-0:latest")
    world.sent.clear()
    files = flavour.make(AsyncArtifactFiles, client, artifact)
    assert files.path == ["local", "world", "set-0:v0"]
    assert repr(files).endswith("ArtifactFiles local/world/set-0:v0 (13)>")
    assert world.sent == []
    chosen = artifact.files(per_page=5, exclude=[f"/{file.name}" for file in await files[:3]])
    await chosen[0]
    assert repr(chosen).endswith("ArtifactFiles local/world/set-0:v0>")
    assert await chosen.length() == 10
    assert repr(chosen).endswith("ArtifactFiles local/world/set-0:v0 (10)>")


async def test_what_is_known_in_part_has_a_repr(
    client: AsyncClient, flavour: Flavour, world: Tap
) -> None:
    artifact = flavour.make(AsyncArtifact, client, "local", "world", "set-0:v0")
    count = " (13)" if flavour.blocking else ""  # there, the constructor loads it
    world.sent.clear()
    files = flavour.make(AsyncArtifactFiles, client, artifact)
    assert repr(files).endswith(f"ArtifactFiles local/world/set-0:v0{count}>")
    file = flavour.make(AsyncFile, client, {"name": "a.txt"})
    assert repr(file).endswith("File a.txt>")
    with pytest.raises(
        NotLoadedError, match=r"File\.size_bytes is not there: give it in attrs=\.$"
    ):
        _ = file.size
    assert repr(flavour.make(AsyncProject, client, None, "world")).endswith("Project world>")
    assert world.sent == []


async def test_a_run_given_by_its_names_is_enough(
    client: AsyncClient, flavour: Flavour, world: Tap
) -> None:
    class Names:
        entity, project, id = "local", "world", "train"

    found = flavour.make(AsyncRunArtifacts, client, Names(), "used")
    assert await found.length() == 7
    assert world.operations == ["RunInputArtifacts"]


@pytest.mark.parametrize("what", ["types", "collections", "artifacts", "project"])
async def test_a_path_without_an_entity_asks_once_who_asks(
    flavour: Flavour, world: Tap, what: str
) -> None:
    api = flavour.api(world, api_key=world.server.api_key, entity=None)

    async def count() -> int:
        if what == "types":
            return len(await listed(api.artifact_types("world")))
        if what == "collections":
            return len(await listed(api.artifact_collections("world", "dataset")))
        if what == "artifacts":
            return len(await listed(api.artifacts("dataset", "world/set-1")))
        return len(await listed(api.project("world").collections()))

    first = await count()
    assert first == await count() > 0
    assert world.operations[0] == "Viewer"
    assert len(world.sent) == 3


async def test_the_default_entity_is_asked_for_once(flavour: Flavour, world: Tap) -> None:
    api = flavour.api(world, api_key=world.server.api_key, entity=None)
    for _ in range(2):
        entity = await _default_entity(api)
        assert entity == "local"
    assert world.operations == ["Viewer"]
    given = flavour.api(world, api_key=world.server.api_key, entity="mine")
    assert await _default_entity(given) == "mine"
    assert len(world.sent) == 1


@pytest.mark.parametrize("viewer", [None, {"entity": None}, {"entity": ""}])
async def test_without_a_default_entity_the_error_says_what_to_write(
    flavour: Flavour, world: Tap, viewer: JsonObject | None
) -> None:
    def hide(_sent: Sent, reply: JsonObject) -> None:
        known = reply["data"]["viewer"]
        reply["data"]["viewer"] = None if viewer is None else known | viewer

    world.rewrite = hide
    api = flavour.api(world, api_key=world.server.api_key, entity=None)
    with pytest.raises(AuthenticationError, match="write entity/project"):
        await _default_entity(api)
    with pytest.raises(AuthenticationError, match="write entity/project"):
        await api.artifact("world/many:v0")


@pytest.mark.parametrize("entity", [None, ""])
async def test_a_service_account_without_a_team_is_told_to_name_one(
    flavour: Flavour, world: Tap, entity: str | None
) -> None:
    """The server knows who asks; another key was advised."""

    def hide(_sent: Sent, reply: JsonObject) -> None:
        reply["data"]["viewer"]["entity"] = entity

    world.rewrite = hide
    api = flavour.api(world, api_key=world.server.api_key, entity=None)
    with pytest.raises(AuthenticationError) as caught:
        await _default_entity(api)
    told = str(caught.value)
    assert told == (
        "This key's user has no default entity, as service accounts may have none, so paths have "
        "to name one: write entity/project, or set WANDB_ENTITY."
    )


async def _default_entity(api: AsyncApi) -> str:
    return await api.default_entity()


async def test_each_attempt_is_reported(flavour: Flavour, world: Tap) -> None:
    events: list[RequestEvent] = []
    client = flavour.client(world, api_key=world.server.api_key, on_request=events.append)
    await listed(flavour.make(AsyncArtifactTypes, client, "local", "world", 1))
    assert [event.operation for event in events] == ["ProjectArtifactTypes"] * 3
    for event in events:
        assert (event.attempt, event.status, event.error) == (1, 200, None)
        assert event.sent > 100
        assert event.received > 50
        assert event.seconds > 0


async def test_the_key_travels_in_the_header_alone(flavour: Flavour, world: Tap) -> None:
    api = flavour.api(world, api_key=world.server.api_key)
    await listed(api.artifact_types(PROJECT))
    (sent,) = world.sent
    token = base64.b64encode(f"api:{world.server.api_key}".encode()).decode()
    assert sent.headers["authorization"] == f"Basic {token}"
    assert sent.headers["user-agent"].startswith("typed-artifacts")
    assert sent.headers["accept"] == sent.headers["content-type"] == "application/json"
    assert world.server.api_key not in str(sent.variables)


async def test_without_a_key_no_credentials_are_sent(
    flavour: Flavour, world: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    with pytest.raises(AuthenticationError, match="Set WANDB_API_KEY"):
        await listed(flavour.api(world, api_key=None).artifact_types("world"))
    assert "authorization" not in world.sent[0].headers


@pytest.mark.parametrize(("seconds", "connect"), [(60, 10), (3, 3)])
async def test_a_connection_may_take_ten_seconds_and_no_longer_than_its_request(
    flavour: Flavour, seconds: int, connect: int
) -> None:
    limits: list[dict[str, float]] = []

    class Noting(Script):
        @override
        def _note(self, request: httpx.Request) -> Sent:
            limits.append(request.extensions["timeout"])
            return super()._note(request)

    viewer = {"data": {"viewer": {"username": "me", "entity": "me"}}}
    client = flavour.client(Noting(httpx.Response(200, json=viewer)))
    await client.execute(VIEWER, NO_VARIABLES, seconds=seconds)
    assert limits == [{"connect": connect, "read": seconds, "write": seconds, "pool": seconds}]
