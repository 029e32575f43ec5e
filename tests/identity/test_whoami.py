"""`api.whoami()` and `typed-artifacts whoami`: who asks, by what, with one request."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.client.flavours import Flavour
from tests.client.taps import JsonObject, Sent, Tap
from tests.identity.signing import Watched, opened
from typed_artifacts import AuthenticationError, Identity
from typed_artifacts.cli.app import app
from typed_artifacts.local import LocalServer, Registry, open_local

KEY = "k" * 40


async def test_everything_in_one_request(flavour: Flavour) -> None:
    with open_local() as server:
        server.registry.team("zebras", ["local"])
        server.registry.team("ants", ["local"])
        server.registry.team("others", ["bob"])
        tap = Tap(server)
        found = await flavour.api(tap, api_key=server.api_key, entity=None).whoami()
    assert tap.operations == ["WhoAmI"]
    assert (found.user, found.entity, found.teams) == ("local", "local", ("ants", "zebras"))
    assert (found.server, found.source) == ("http://localhost", "the argument api_key")
    assert found.features is not None
    assert found.features["ARTIFACT_TAGS"] is True


async def test_it_is_frozen(flavour: Flavour, watched: Watched) -> None:
    found = await flavour.api(Tap(watched.server), api_key=watched.server.api_key).whoami()
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.user = "bob"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # that it is refused is tested
    with pytest.raises(TypeError):
        found.features["X"] = True  # type: ignore[index]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]  # the same


async def test_the_entity_of_the_settings_counts(flavour: Flavour) -> None:
    with open_local() as server:
        found = await flavour.api(Tap(server), api_key=server.api_key, entity="acme").whoami()
    assert (found.user, found.entity) == ("local", "acme")


async def test_by_an_identity_token(flavour: Flavour, watched: Watched, identity: Path) -> None:
    found = await opened(flavour, watched).whoami()
    assert found.user == "alice"
    assert str(identity) in str(found.source)
    assert (await opened(flavour, watched, token=lambda: watched.tokens[0]).whoami()).source == (
        "the argument token"
    )


def _without_features(sent: Sent, reply: JsonObject) -> JsonObject | None:
    if "features" in json.dumps(reply):
        words = 'Cannot query field "features" on type "ServerInfo".'
        return {"data": None, "errors": [{"message": words}]}
    del sent
    return None


def _nobody(sent: Sent, reply: JsonObject) -> None:
    del sent
    reply["data"]["viewer"] = None


async def test_a_server_without_features(flavour: Flavour, watched: Watched) -> None:
    tap = Tap(watched.server, _without_features)
    api = flavour.api(tap, api_key=watched.server.api_key)
    assert (await api.whoami()).features is None
    assert (await api.whoami()).user == "local"
    assert tap.operations == ["WhoAmI"] * 3  # it is asked for them once


async def test_a_key_that_is_nobodys(flavour: Flavour, watched: Watched) -> None:
    api = flavour.api(Tap(watched.server, _nobody), api_key=watched.server.api_key)
    with pytest.raises(AuthenticationError, match=r"who asks.*argument api_key"):
        await api.whoami()


@pytest.fixture
def key(served_registry: tuple[Registry, str], monkeypatch: pytest.MonkeyPatch) -> str:
    registry, url = served_registry
    monkeypatch.setenv("WANDB_BASE_URL", url)
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    registry.register_key("ann", KEY)
    registry.team("acme", ["ann"])
    return KEY


def test_the_command(key: str, served_registry: tuple[Registry, str]) -> None:
    result = CliRunner().invoke(app, ["whoami"])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "user:     ann",
        "entity:   ann",
        "teams:    acme",
        f"server:   {served_registry[1]}",
        "source:   the variable WANDB_API_KEY",
        "features: 13 of 13 on",
    ]
    assert key not in result.output
    as_json = json.loads(CliRunner().invoke(app, ["whoami", "--json"]).stdout)
    assert as_json.keys() == {field.name for field in dataclasses.fields(Identity)}
    assert (as_json["teams"], as_json["server"]) == (["acme"], served_registry[1])
    assert as_json["features"]["ARTIFACT_TAGS"] is True


def test_the_command_with_a_key_that_nobody_knows(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del key
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    result = CliRunner().invoke(app, ["whoami"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the variable WANDB_API_KEY" in result.stderr


def test_the_command_on_a_folder(tmp_path: Path) -> None:
    with LocalServer(Registry(tmp_path)):
        pass
    result = CliRunner().invoke(app, ["whoami", "--root", str(tmp_path), "--json"])
    assert json.loads(result.stdout)["user"] == "local"
    assert CliRunner().invoke(app, ["whoami", "--root", str(tmp_path)]).stdout.splitlines()[:3] == [
        "user:     local",
        "entity:   local",
        "teams:    none",
    ]
