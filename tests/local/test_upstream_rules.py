"""Small rules of a W&B server that its official client relies on, asked for over GraphQL."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.local.conftest import Ask
from typed_artifacts import Api
from typed_artifacts.local import LocalServer, Registry, RegistryRefused

CREATE = """mutation C($input: CreateArtifactInput!) { createArtifact(input: $input) {
  artifact { state description } } }"""
NEW = {
    "entityName": "local",
    "projectName": "p",
    "digest": "d",
    "artifactTypeName": "dataset",
    "artifactCollectionName": "c",
    "digestAlgorithm": "MANIFEST_MD5",
}
RUN = """{ project(entityName: "local", name: "p") { run(name: "%s") { state summaryMetrics } } }"""


def _said(body: dict[str, Any]) -> str:
    return "\n".join(error["message"] for error in body["errors"])


@pytest.mark.parametrize("name", ["a=b", "a b", "sweep %41\\x", "große", "x" * 128])
def test_a_run_may_be_called_what_the_official_client_allows(
    server: LocalServer, ask: Ask, name: str
) -> None:
    bucket = """mutation B($name: String) { upsertBucket(input: {entityName: "local",
      modelName: "p", name: $name}) { inserted bucket { name } } }"""
    made = ask(bucket, name=name)["upsertBucket"]
    assert made == {"inserted": True, "bucket": {"name": name}}
    server.registry.run(f"local/p/{name}")
    assert ask(bucket, name=name)["upsertBucket"]["inserted"] is False


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", "a;b", "a,b", "a#b", "a?b", "it's", " a"])
def test_a_run_may_not_be_called_what_it_refuses(registry: Registry, name: str) -> None:
    with pytest.raises(RegistryRefused):
        registry.run(f"local/p/{name}")


@pytest.fixture
def registry(server: LocalServer) -> Registry:
    return server.registry


@pytest.fixture
def stream(server: LocalServer) -> Callable[..., int]:
    """Sends what a run says of itself; the status comes back."""
    auth = ("api", server.api_key)

    def post(run: str, said: object) -> int:
        with httpx.Client(transport=server.transport, auth=auth) as client:
            url = f"{server.base_url}/files/local/p/{run}/file_stream"
            return client.post(url, content=json.dumps(said)).status_code

    return post


def test_a_run_keeps_the_last_summary_that_it_sent(
    registry: Registry, ask: Ask, stream: Callable[..., int]
) -> None:
    registry.run("local/p/a=b", state="running")
    for content in (['{"acc": 1}'], ['{"acc": 2}', '{"acc": 3, "nested": {"x": [1]}}'], []):
        assert stream("a%3Db", {"files": {"wandb-summary.json": {"content": content}}}) == 200
    history = {"wandb-history.jsonl": {"offset": 0, "content": ['{"acc": 9}']}}
    assert stream("a%3Db", {"files": history, "complete": False}) == 200
    found = ask(RUN % "a=b")["project"]["run"]
    assert found["state"] == "running"
    assert json.loads(found["summaryMetrics"]) == {"acc": 3, "nested": {"x": [1]}}
    assert stream("a%3Db", {"complete": True, "exitcode": 1}) == 200
    found = ask(RUN % "a=b")["project"]["run"]
    assert (found["state"], json.loads(found["summaryMetrics"])["acc"]) == ("failed", 3)


@pytest.mark.parametrize(
    "files",
    [
        "null",
        "[]",
        '{"wandb-summary.json": null}',
        '{"wandb-summary.json": {"content": "x"}}',
        '{"wandb-summary.json": {"content": [7]}}',
        '{"wandb-summary.json": {"content": ["[1]"]}}',
        '{"wandb-summary.json": {"content": ["{"]}}',
        f'{{"wandb-summary.json": {{"content": ["{"[" * 9000}"]}}}}',
    ],
)
def test_a_summary_that_is_none_is_left_out(
    registry: Registry, ask: Ask, stream: Callable[..., int], files: str
) -> None:
    registry.run("local/p/r", state="running")
    said = {"files": json.loads(files), "complete": True}
    assert stream("r", said) == 200
    assert ask(RUN % "r")["project"]["run"] == {"state": "finished", "summaryMetrics": "{}"}
    assert stream("unknown", said) == 200


def test_a_run_is_deleted_with_what_it_made_only_if_that_is_asked_for(
    registry: Registry, ask: Ask
) -> None:
    made = [
        registry.log_version(f"local/p/{run}", type="t", files={"a": run}, run=f"local/p/{run}")
        for run in ("kept", "gone")
    ]
    registry.use("local/p/gone", made[0])
    delete = """mutation D($id: ID!, $all: Boolean) { deleteRun(input: {id: $id,
      deleteArtifacts: $all}) { success } }"""
    find = """query R($id: ID!) { artifact(id: $id) { state createdBy { __typename }
      usedBy { edges { node { name } } } } }"""
    ids = {
        name: ask(
            f'{{ project(entityName: "local", name: "p") {{ run(name: "{name}") {{ id }} }} }}'
        )
        for name in ("kept", "gone")
    }
    for name, everything in (("kept", False), ("kept", False), ("gone", True)):
        key = ids[name]["project"]["run"]["id"]
        assert ask(delete, id=key, all=everything)["deleteRun"] == {"success": True}
    states = [ask(find, id=version.id)["artifact"] for version in made]
    assert [each["state"] for each in states] == ["COMMITTED", "DELETED"]
    assert states[0]["usedBy"]["edges"] == []
    assert ask(RUN % "gone")["project"]["run"] is None


def test_a_portfolio_lists_its_numbers_of_versions_among_the_aliases(
    registry: Registry, ask: Ask, server: LocalServer
) -> None:
    """The official client takes a version's own number where there is none, and its files by it."""
    made = [registry.log_version("local/p/c", type="t", files={"f": name}) for name in "abc"]
    for number, version in enumerate([made[1], made[0], made[2]]):
        registry.link(version, "local/p/board", aliases=[f"a{number}"])
    query = """{ project(entityName: "local", name: "p") { artifactCollection(name: "%s") {
      artifacts { edges { version node { versionIndex aliases { id alias artifactCollection {
        name } } } } } } } }"""

    def listed(name: str) -> dict[str, tuple[int, list[str]]]:
        found = ask(query % name)["project"]["artifactCollection"]["artifacts"]["edges"]
        ids = [each["id"] for edge in found for each in edge["node"]["aliases"]]
        assert len(set(ids)) == len(ids)
        return {
            edge["version"]: (
                edge["node"]["versionIndex"],
                sorted(
                    each["alias"]
                    for each in edge["node"]["aliases"]
                    if each["artifactCollection"]["name"] == name
                ),
            )
            for edge in found
        }

    assert listed("c") == {"v0": (0, []), "v1": (1, []), "v2": (2, ["latest"])}
    numbered = {"v0": (1, ["a0", "v0"]), "v1": (0, ["a1", "v1"]), "v2": (2, ["a2", "latest"])}
    assert listed("board") == numbered
    with Api(base_url=server.base_url, api_key=server.api_key, transport=server.transport) as api:
        found = api.artifacts("t", "local/p/board")
        assert {each.version: sorted(each.aliases) for each in found} == {
            "v0": ["a0"],
            "v1": ["a1"],
            "v2": ["a2", "latest"],
        }


def test_a_job_needs_no_run_and_other_reserved_types_do(registry: Registry, send: Ask) -> None:
    body = send(CREATE, input={**NEW, "artifactTypeName": "job"})
    assert body["data"]["createArtifact"]["artifact"]["state"] == "PENDING"
    registry.run("local/p/train")
    reserved = ("wandb-history", "h"), ("run_table", "run-x"), ("code", "source-x")
    for type_, name in reserved:
        given = {**NEW, "artifactTypeName": type_, "artifactCollectionName": name}
        assert f"{type_!r} is reserved" in _said(send(CREATE, input=given))
        body = send(CREATE, input={**given, "runName": "train"})
        assert body["data"]["createArtifact"]["artifact"]["state"] == "PENDING"


@pytest.mark.parametrize("region", ["coreweave-us", "us-east-1", " "])
def test_a_storage_region_that_is_not_here_is_refused(
    registry: Registry, send: Ask, region: str
) -> None:
    body = send(CREATE, input={**NEW, "storageRegion": region})
    assert f"no storage region {region!r}" in _said(body)
    stored = registry.log_version("local/p/c", type="dataset", files={"a": "1"})
    files = """query F($id: ID!, $region: String) { artifact(id: $id) { filesByManifestEntries(
      entries: [], manifestVersion: "1", storageLayout: "V2", storageRegion: $region) {
      edges { cursor } } } }"""
    assert f"no storage region {region!r}" in _said(send(files, id=stored.id, region=region))
    for fine in ("default", "minio-local", "", None):
        assert "errors" not in send(files, id=stored.id, region=fine)
        assert "errors" not in send(CREATE, input={**NEW, "storageRegion": fine})


def test_what_is_made_with_an_empty_description_has_one(registry: Registry, ask: Ask) -> None:
    """A project keeps it when it is changed, too."""
    model = """mutation M($input: UpsertModelInput!) { upsertModel(input: $input) {
      project { description } } }"""
    for given in ("", "about", None):
        made = ask(CREATE, input={**NEW, "digest": f"d{given}", "description": given})
        assert made["createArtifact"]["artifact"]["description"] == given
        wanted = {"entityName": "local", "name": f"p{given}", "description": given}
        assert ask(model, input=wanted)["upsertModel"]["project"]["description"] == given
    for given, expected in (("about", "about"), (None, "about"), ("", ""), (None, "")):
        wanted = {"entityName": "local", "name": "changed", "description": given}
        assert ask(model, input=wanted)["upsertModel"]["project"]["description"] == expected
    registry.log_version("local/p/d", type="t", files={}, description="")
    found = ask(
        """{ project(entityName: "local", name: "p") { artifact(name: "d") { description } } }"""
    )
    assert found["project"] == {"artifact": {"description": ""}}


def test_a_link_makes_its_project_but_no_registry(registry: Registry, send: Ask) -> None:
    stored = registry.log_version("local/p/c", type="dataset", files={"a": "1"})
    link = """mutation L($input: LinkArtifactInput!) { linkArtifact(input: $input) {
      versionIndex } }"""

    def into(entity: str, project: str) -> dict[str, Any]:
        given = {"artifactID": stored.id, "artifactPortfolioName": "port"}
        return send(link, input={**given, "entityName": entity, "projectName": project})

    for project in ("fresh", "model-registry", "fresh"):
        assert into("local", project)["data"]["linkArtifact"] == {"versionIndex": 0}
    assert "no project" in _said(into("local-org", "wandb-registry-none"))


def test_the_files_of_a_version_are_in_a_folder_that_its_manifest_is_not_in(
    registry: Registry, ask: Ask, server: LocalServer
) -> None:
    stored = registry.log_version("local/p/c", type="t", files={"sub/a ü.txt": "1"})
    found = ask(
        """query F($id: ID!) { artifact(id: $id) { files { edges { node { directUrl url } } }
          currentManifest { file { directUrl } } } }""",
        id=stored.id,
    )["artifact"]
    file, manifest = found["files"]["edges"][0]["node"], found["currentManifest"]["file"]
    assert "/wandb_artifacts/" in file["directUrl"]
    assert "/wandb_artifacts/" in file["url"]
    assert "wandb_artifacts" not in manifest["directUrl"]
    assert "wandb_manifest.json" in manifest["directUrl"]
    with httpx.Client(transport=server.transport) as client:
        assert client.get(file["directUrl"]).text == "1"
        assert "contents" in client.get(manifest["directUrl"]).json()


@pytest.mark.parametrize(
    ("document", "subject"),
    [
        ('{ project(name: "p") { run(name: "r") { history(samples: 1) } } }', "metrics"),
        ('{ project(name: "p") { run(name: "r") { sampledHistory(specs: []) } } }', "metrics"),
        ('{ project(name: "p") { run(name: "r") { files { edges { cursor } } } } }', "media"),
        ('{ project(name: "p") { sweeps { edges { cursor } } } }', "sweeps"),
        ("{ entity { integrations { edges { cursor } } } }", "automations"),
        ('mutation { deleteTrigger(input: {triggerID: "x"}) { success } }', "automations"),
        ("mutation { createServiceAccount(input: {}) { user { id } } }", "service accounts"),
    ],
)
def test_what_is_not_kept_here_is_answered_with_a_word_about_that(
    send: Ask, document: str, subject: str
) -> None:
    said = _said(send(document))
    assert said.startswith("Cannot query field '")
    assert f"it has no {subject}" in said


def test_a_slip_of_the_pen_is_not_taken_for_that(send: Ask) -> None:
    said = _said(send('{ viewer { usernam files } project(name: "p") { file } }'))
    assert "it has no" not in said
    assert "Did you mean 'username'?" in said
