"""Documents that releases of the official client before 0.31 send, as they send them."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.local.conftest import Ask
from typed_artifacts.local import LocalServer, StoredVersion, open_local

PATH = Path(__file__).parents[1] / "data" / "older-clients.json"
DOCUMENTS: dict[str, dict[str, Any]] = {
    each["operation"]: each for each in json.loads(PATH.read_text(encoding="utf-8"))
}
PORT = '{ project(entityName: "local", name: "p") { artifactCollection(name: "port") { id } } }'
MEMBER = """{ project(entityName: "local", name: "p") {
  artifactCollectionMembership(name: "data:v0") { aliases { alias } } } }"""
NAMED = {"entityName": "local", "projectName": "p"}


def _log(server: LocalServer, text: str) -> StoredVersion:
    return server.registry.log_version(
        "local/p/data", type="dataset", files={"a.txt": text}, aliases=["best"]
    )


@pytest.fixture
def version(server: LocalServer) -> str:
    """The id of the second version of a collection, which is linked elsewhere as its first."""
    _log(server, "a")
    made = _log(server, "b")
    server.registry.link(made, "local/p/port", aliases=["gold"])
    server.registry.run("local/p/r")
    return made.id


def sent(server: LocalServer, operation: str, **variables: object) -> dict[str, Any]:
    """The data of the reply to a document, sent by the release that sends it."""
    known = DOCUMENTS[operation]
    with httpx.Client(transport=server.transport, auth=("api", server.api_key)) as client:
        reply: dict[str, Any] = client.post(
            f"{server.base_url}/graphql",
            json={"query": "\n".join(known["document"]), "variables": variables},
            headers={"user-agent": known["client"]},
        ).json()
    assert "errors" not in reply, reply["errors"]
    data: dict[str, Any] = reply["data"]
    return data


def test_a_run_begins(server: LocalServer) -> None:
    """It fails without a type of the settings; it asks for them if there is one."""
    assert sent(server, "ProbeServerSettings")["ServerSettingsType"]["fields"]
    made = sent(server, "UpsertBucket", name="new", project="p", entity="local")["upsertBucket"]
    assert made["inserted"]
    assert made["serverSettings"] == {"serverMessages": []}


@pytest.mark.usefixtures("version")
def test_a_run_is_resumed(server: LocalServer) -> None:
    """It reads the last line of what the run has told, and fails where there is none."""
    found = sent(server, "RunResumeStatus", project="p", entity="local", name="r")
    run = found["model"]["bucket"]
    assert [json.loads(json.loads(run[tail])[-1]) for tail in ("historyTail", "eventsTail")] == [
        *({}, {}),
    ]
    assert run["historyLineCount"] == 0


@pytest.mark.parametrize(
    ("name", "aliases"),
    [
        ("data:best", [("data", "latest"), ("data", "best"), ("data", "v1")]),
        ("data:v0", [("data", "v0")]),
    ],
)
def test_a_version_has_its_number_among_its_aliases(
    server: LocalServer, version: str, name: str, aliases: list[tuple[str, str]]
) -> None:
    found = sent(server, "ArtifactByName", **NAMED, name=name)["project"]["artifact"]
    if name == "data:best":
        assert found["id"] == version
        aliases = [*aliases, ("port", "latest"), ("port", "gold"), ("port", "v0")]
    listed = [(each["artifactCollection"]["name"], each["alias"]) for each in found["aliases"]]
    assert sorted(listed) == sorted(aliases)


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize(
    ("client", "aliases"),
    [
        ("W&B Public Client 0.20.1", ["v0"]),
        ("W&B Public Client 0.21.0", []),
        ("W&B Public Client 0.31.0", []),
        ("typed-artifacts/1", []),
    ],
)
def test_a_member_has_it_for_clients_that_list_registries_and_fail_without(
    server: LocalServer, ask: Ask, client: str, aliases: list[str]
) -> None:
    with httpx.Client(transport=server.transport, auth=("api", server.api_key)) as asking:
        found = asking.post(
            f"{server.base_url}/graphql", json={"query": MEMBER}, headers={"user-agent": client}
        ).json()["data"]
    membership = found["project"]["artifactCollectionMembership"]
    assert [each["alias"] for each in membership["aliases"]] == aliases
    assert ask(MEMBER)["project"]["artifactCollectionMembership"]["aliases"] == []


def test_a_version_is_read_after_it_was_logged(server: LocalServer, version: str) -> None:
    found = sent(server, "ArtifactWithCurrentManifest", id=version)["artifact"]
    listed = [(each["artifactCollectionName"], each["alias"]) for each in found["aliases"]]
    assert ("data", "v1") in listed
    assert ("port", "gold") in listed
    assert found["labels"] is None
    assert found["artifactType"]["project"] == {"name": "p", "entity": {"name": "local"}}
    assert found["currentManifest"]["file"]["directUrl"]


@pytest.mark.parametrize("features", ["none", "all"])
def test_a_version_is_found_whether_or_not_it_is_counted(features: str) -> None:
    """Where a server lacks memberships it is asked so, without a look whether it may be."""
    with open_local(features=features) as server:
        made = _log(server, "a")
        asked = {"entity": "local", "project": "p", "name": "data:best", "enableTracking": True}
        found = sent(server, "ArtifactByName 0.24", **asked)["project"]["artifact"]
        assert found["id"] == made.id


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize(("name", "found"), [("data", "ArtifactSequence"), ("port", None)])
def test_a_collection_is_a_sequence_or_not(
    server: LocalServer, name: str, found: str | None
) -> None:
    asked = {"entity": "local", "project": "p", "type": "dataset", "collection": name}
    sequence = sent(server, "FindSequence", **asked)["project"]["artifactType"]["artifactSequence"]
    assert sequence == (found and {"__typename": found})
    kind = sent(
        server,
        "ProjectArtifactCollection",
        **NAMED,
        artifactTypeName="dataset",
        artifactCollectionName=name,
    )["project"]["artifactType"]
    assert kind["artifactCollection"]["name"] == name
    assert kind["artifactSequence"] == sequence


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize("name", ["data:v1", "data:best", "port:gold", "data"])
def test_files_are_listed_by_type_and_name(server: LocalServer, name: str) -> None:
    asked = {**NAMED, "artifactTypeName": "dataset", "artifactName": name}
    found = sent(server, "ArtifactFiles", **asked)["project"]["artifactType"]["artifact"]
    assert [edge["node"]["name"] for edge in found["files"]["edges"]] == ["a.txt"]
    server.registry.log_version("local/p/net", type="model", files={"n": "n"})
    other = sent(server, "ArtifactFiles", **asked | {"artifactTypeName": "model"})
    assert other["project"]["artifactType"]["artifact"] is None


@pytest.mark.usefixtures("version")
def test_tags_are_given_with_their_category(server: LocalServer) -> None:
    tags = [{"tagName": "x", "tagCategoryName": "kind"}, {"tagName": "y"}]
    found = sent(
        server,
        "CreateArtifactCollectionTagAssignments",
        **NAMED,
        artifactCollectionName="data",
        tags=tags,
    )
    made = found["createArtifactCollectionTagAssignments"]["tags"]
    assert [(tag["name"], tag["tagCategoryName"]) for tag in made] == [("x", "kind"), ("y", "")]


def test_a_link_is_removed(server: LocalServer, ask: Ask, version: str) -> None:
    port = ask(PORT)
    link = port["project"]["artifactCollection"]["id"]
    done = sent(server, "UnlinkArtifact", artifactID=version, artifactPortfolioID=link)
    assert done["unlinkArtifact"] == {
        "artifactID": version,
        "success": True,
        "clientMutationId": None,
    }
