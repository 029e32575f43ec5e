"""The doctor: what a server lacks, per documented call, with an exit code and no mutation."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner
from typing_extensions import override

import typed_artifacts
from typed_artifacts import Api
from typed_artifacts._domain.doctor.call_checks import diagnose
from typed_artifacts._domain.doctor.findings import Health
from typed_artifacts._domain.doctor.introspection import SERVER_TYPES
from typed_artifacts._requests.operation import NO_VARIABLES
from typed_artifacts.cli.app import app
from typed_artifacts.local import open_local

Change = Callable[[dict[str, Any]], None]


class Changed(httpx.BaseTransport):
    """A server whose introspection is changed on the way."""

    def __init__(self, inner: httpx.BaseTransport, change: Change | None) -> None:
        self._inner = inner
        self._change = change
        self.sent: list[str] = []

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(json.loads(request.content)["query"].strip())
        response = self._inner.handle_request(request)
        response.read()
        reply: dict[str, Any] = response.json()
        if self._change and "__schema" in (reply.get("data") or {}):
            self._change({item["name"]: item for item in reply["data"]["__schema"]["types"]})
        return httpx.Response(response.status_code, json=reply)


@contextmanager
def examined(features: str = "all", change: Change | None = None) -> Generator[Changed]:
    """The environment of a command that reaches such a server."""
    with open_local(features=features) as server, pytest.MonkeyPatch.context() as patch:
        changed = Changed(server.transport, change)

        def door(*_: object, **__: object) -> Api:
            return Api(base_url=server.base_url, api_key=server.api_key, transport=changed)

        patch.setattr(typed_artifacts, "Api", door)
        yield changed


def report(features: str = "all", change: Change | None = None) -> tuple[int, dict[str, Any]]:
    with examined(features, change) as server:
        result = CliRunner().invoke(app, ["doctor", "http://localhost", "--json"])
        assert all(document.startswith("query ") for document in server.sent)
        assert len(server.sent) == 2
    return result.exit_code, json.loads(result.stdout)


def unwell(reported: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    return {
        item["call"]: (item["health"], [each["words"] for each in item["findings"]])
        for item in reported["calls"]
        if item["health"] != "works"
    }


def test_a_server_that_is_given_counts_for_more_than_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TYPED_ARTIFACTS_ROOT", str(tmp_path))
    assert report()[0] == 0
    done = CliRunner().invoke(app, ["doctor", "http://localhost", "--root", str(tmp_path)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Give a server or --root, not both." in done.stderr


def test_a_present_server_is_well() -> None:
    code, reported = report()
    assert (code, unwell(reported)) == (0, {})
    assert set(reported["features"].values()) == {True}
    calls = {item["call"] for item in reported["calls"]}
    assert {"ArtifactCollection.save", "Artifacts", "Artifact.download", "Artifact.link"} <= calls


def test_a_server_without_features_is_degraded_and_nothing_is_broken() -> None:
    code, reported = report("none")
    found = unwell(reported)
    assert code == 1
    assert {health for health, _ in found.values()} == {"degraded"}
    assert found["ArtifactFiles"][1] == [
        "the server has no FileConnection.totalCount (it lacks TOTAL_COUNT_IN_FILE_CONNECTION)"
    ]
    assert found["ProjectArtifactCollections"][1] == [
        "the server has no Project.artifactCollections(filters) "
        "(it lacks ARTIFACT_COLLECTIONS_FILTERING_SORTING)"
    ]
    assert "ArtifactCollections" not in found
    assert set(reported["features"].values()) == {False}


@pytest.mark.parametrize(
    ("feature", "call"),
    [
        ("TOTAL_COUNT_IN_FILE_CONNECTION", "ArtifactFiles"),
        ("ARTIFACT_DIGEST_ALGORITHM", "Artifacts"),
        ("ARTIFACT_COLLECTIONS_FILTERING_SORTING", "ProjectArtifactCollections"),
        ("ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE", "Artifact.link"),
    ],
)
def test_a_single_feature_makes_its_calls_well(feature: str, call: str) -> None:
    _, reported = report(feature)
    found = unwell(reported)
    said = [words for _, listed in found.values() for words in listed]
    assert not any(feature in words for words in said)
    _, without = report("none")
    assert any(feature in words for words in unwell(without)[call][1])


def drop(owner: str, name: str) -> Change:
    def change(types: dict[str, Any]) -> None:
        fields = types[owner]["fields"]
        fields[:] = [item for item in fields if item["name"] != name]

    return change


def test_a_missing_field_breaks_the_calls_that_ask_for_it() -> None:
    code, reported = report(change=drop("Artifact", "usedBy"))
    assert code == 2
    lacking = ("broken", ["the server has no Artifact.usedBy"])
    calls = ("apply_plan", "holders", "plan_prune", "plan_ttl")
    assert unwell(reported) == dict.fromkeys(
        (*(f"Api.{call}" for call in calls), "Artifact.lineage", "Artifact.used_by"), lacking
    )


def test_a_missing_type_is_named() -> None:
    code, reported = report(change=lambda types: types["ArtifactAlias"].update(name="Other"))
    assert code == 2
    assert "the server has no type ArtifactAlias" in unwell(reported)["Artifacts"][1]


def _retype(owner: str, name: str, kind: dict[str, Any]) -> Change:
    def change(types: dict[str, Any]) -> None:
        next(item for item in types[owner]["fields"] if item["name"] == name)["type"] = kind

    return change


def test_another_type_breaks_and_a_null_degrades() -> None:
    number = {"kind": "SCALAR", "name": "Int", "ofType": None}
    text = {"kind": "SCALAR", "name": "String", "ofType": None}
    _, reported = report(change=_retype("ArtifactAlias", "alias", number))
    assert unwell(reported)["ArtifactCollection.aliases"] == (
        "broken",
        ["ArtifactAlias.alias is Int there, not String!"],
    )
    code, reported = report(change=_retype("ArtifactAlias", "alias", text))
    assert code == 1
    assert unwell(reported)["ArtifactCollection.aliases"] == (
        "degraded",
        ["ArtifactAlias.alias may be null there (String, not String!)"],
    )


def test_new_demands_break() -> None:
    demanded = {"name": "why", "defaultValue": None, "type": {"kind": "NON_NULL"}}

    def change(types: dict[str, Any]) -> None:
        types["DeleteArtifactInput"]["inputFields"].append(demanded)
        field = next(item for item in types["Query"]["fields"] if item["name"] == "viewer")
        field["args"].append(demanded)

    code, reported = report(change=change)
    assert code == 2
    assert unwell(reported) == {
        "Api.viewer": ("broken", ["Query.viewer needs the argument why there"]),
        "Api.whoami": ("broken", ["Query.viewer needs the argument why there"]),
        "Api.apply_plan": ("broken", ["DeleteArtifactInput needs why there"]),
        "Artifact.delete": ("broken", ["DeleteArtifactInput needs why there"]),
        "Client.default_entity": ("broken", ["Query.viewer needs the argument why there"]),
        "Client.organization": ("broken", ["Query.viewer needs the argument why there"]),
    }


def test_what_is_new_and_optional_is_well() -> None:
    optional = {"name": "why", "defaultValue": None, "type": {"kind": "SCALAR"}}

    def change(types: dict[str, Any]) -> None:
        types["DeleteArtifactInput"]["inputFields"].append(optional)
        for item in types["Query"]["fields"]:
            item["args"].append(optional)
        types["Artifact"]["fields"].append(
            {"name": "brandNew", "args": [], "type": {"kind": "SCALAR", "name": "Newer"}}
        )

    code, reported = report(change=change)
    assert (code, unwell(reported)) == (0, {})


def test_a_type_behind_what_is_left_out_is_not_missed() -> None:
    def change(types: dict[str, Any]) -> None:
        drop("ServerInfo", "features")(types)
        types["ServerFeature"].update(name="Other")

    code, reported = report(change=change)
    lacking = ("degraded", ["the server has no ServerInfo.features"])
    assert code == 1
    assert unwell(reported) == dict.fromkeys(
        ("Api.whoami", "Api.log_artifact", "ArtifactDraft"), lacking
    )


def named(name: str, kind: str = "SCALAR") -> dict[str, Any]:
    return {"kind": "NON_NULL", "name": None, "ofType": {"kind": kind, "name": name}}


@pytest.mark.parametrize(
    ("owner", "name", "kind"),
    [
        ("ArtifactAlias", "alias", named("ID")),
        ("Artifact", "id", named("String")),
        ("Artifact", "state", named("String")),
        ("Artifact", "digest", named("Digests", "ENUM")),
    ],
)
def test_strings_ids_and_enums_are_read_alike(owner: str, name: str, kind: dict[str, Any]) -> None:
    code, reported = report(change=_retype(owner, name, kind))
    assert (code, unwell(reported)) == (0, {})


def test_members_of_inputs_that_go_or_become_necessary() -> None:
    def change(types: dict[str, Any]) -> None:
        for owner, name in (
            ("UpdateArtifactInput", "tagsToAdd"),
            ("CreateArtifactInput", "ttlDurationSeconds"),
            ("CreateArtifactManifestInput", "type"),
        ):
            members = types[owner]["inputFields"]
            members[:] = [item for item in members if item["name"] != name]
        members = types["CreateArtifactInput"]["inputFields"]
        needed = next(item for item in members if item["name"] == "description")
        needed["type"] = {"kind": "NON_NULL"}
        field = next(it for it in types["Project"]["fields"] if it["name"] == "artifactCollections")
        next(it for it in field["args"] if it["name"] == "order")["type"] = {"kind": "NON_NULL"}

    code, reported = report(change=change)
    found = unwell(reported)
    assert code == 2
    assert found["Artifact.save"] == ("broken", ["the server has no UpdateArtifactInput.tagsToAdd"])
    assert found["ProjectArtifactCollections"] == (
        "broken",
        ["Project.artifactCollections needs the argument order there"],
    )
    assert found["Api.copy"][1] == [
        "the server has no CreateArtifactInput.ttlDurationSeconds: not to be given",
        "CreateArtifactInput needs description there: to be given",
        "the server has no CreateArtifactManifestInput.type: not to be given",
        "Project.artifactCollections needs the argument order there",
    ]


def test_the_table_says_the_same() -> None:
    with examined("none"):
        result = CliRunner().invoke(app, ["doctor", "http://localhost"])
    assert result.exit_code == 1
    assert "0 of 13 features" in result.stdout
    line = next(line for line in result.stdout.splitlines() if line.startswith("ArtifactFiles"))
    assert line.split()[:2] == ["ArtifactFiles", "degraded"]


def test_a_server_that_cannot_be_asked_is_one_line_and_broken() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(401, text="who?")

    with pytest.MonkeyPatch.context() as patch:
        closed = httpx.MockTransport(refuse)

        def door(*_: object, **__: object) -> Api:
            return Api(base_url="http://localhost", api_key="k" * 40, transport=closed)

        patch.setattr(typed_artifacts, "Api", door)
        result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 2
    assert result.stderr.startswith("typed-artifacts: ")
    assert result.stderr.count("\n") == 1


def test_the_embedded_registry_can_be_examined() -> None:
    with Api.local() as api:
        found = diagnose(api.client.execute(SERVER_TYPES, NO_VARIABLES))
    assert max(item.health for item in found) == Health.WORKS


def test_the_table_tells_the_features_and_each_reason() -> None:
    with examined():
        result = CliRunner().invoke(app, ["doctor", "http://localhost"])
    first, head, *rows = result.stdout.splitlines()
    assert (first, head.split()) == ("http://localhost: 13 of 13 features", ["call", "health"])
    assert {row.split()[-1] for row in rows} == {"works"}
    with examined("CLIENT_IDS,ARTIFACT_TAGS", drop("File", "digest")):
        result = CliRunner().invoke(app, ["doctor", "http://localhost"])
    first, head, *rows = result.stdout.splitlines()
    assert first.startswith("http://localhost: 2 of 13 features, without ARTIFACT_COLLECTION")
    assert "ARTIFACT_TAGS" not in first
    assert head.split() == ["call", "health", "why"]
    lines = [" ".join(row.split()) for row in rows]
    assert "Api.aliases_of works" in lines
    assert "Api.plan_prune broken the server has no File.digest" in lines
    assert (
        "ArtifactFiles broken the server has no FileConnection.totalCount (it lacks "
        "TOTAL_COUNT_IN_FILE_CONNECTION); the server has no File.digest"
    ) in lines


@pytest.mark.parametrize("width", [44, 60])
def test_the_health_is_told_at_any_width(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """It was the first column to go."""
    monkeypatch.setenv("COLUMNS", str(width))
    with examined("none"):
        result = CliRunner().invoke(app, ["doctor", "http://localhost"])
    _, table = result.stdout.split("call ", 1)
    assert max(map(len, table.splitlines())) <= width
    lines = [" ".join(line.split()[:2]) for line in table.splitlines()]
    assert "ArtifactFiles degraded" in lines
    assert "ArtifactCollection.change_type works" in lines
    assert ("left out: why. --json has all of it." in " ".join(table.split())) is (width == 44)
