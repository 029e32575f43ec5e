"""An organization with registries, a wire that counts, and both flavours."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.artifacts.wired import api, wire
from typed_artifacts.local import LocalServer, open_local

__all__ = ["api", "wire"]

ORGANIZATION = "local-org"
_MAKE = """mutation Make($input: UpsertModelInput!) { upsertModel(input: $input) { inserted } }"""
# Name → what it is made with.
MADE: dict[str, dict[str, object]] = {
    "model": {"description": "Models.", "allowAllArtifactTypesInRegistry": True},
    "data": {
        "access": "RESTRICTED",
        "artifactTypes": [{"name": "dataset"}, {"name": "table"}],
        "allowAllArtifactTypesInRegistry": False,
    },
    "empty": {},
}


def make_registry(server: LocalServer, name: str, **given: object) -> None:
    """A registry of the organization."""
    input_ = {"entityName": ORGANIZATION, "name": f"wandb-registry-{name}", "access": "PRIVATE"}
    content = json.dumps({"query": _MAKE, "variables": {"input": input_ | given}})
    with httpx.Client(transport=server.transport, base_url=server.base_url) as client:
        reply = client.post("/graphql", content=content, auth=("api", server.api_key))
    assert "errors" not in reply.json(), reply.text


def build(server: LocalServer) -> None:
    """Two registries with versions that were logged elsewhere, an empty one, and a project."""
    for name, given in MADE.items():
        make_registry(server, name, **given)
    registry = server.registry
    with registry.batch():
        for number in range(3):
            registry.log_version(
                "local/lab/net",
                type="model",
                files={"w": str(number)},
                metadata={"acc": number / 10},
                tags=["good"] if number else [],
            )
        registry.log_version("local/lab/rows", type="dataset", files={"r": "1"})
        home = f"{ORGANIZATION}/wandb-registry"
        registry.link("local/lab/net:v0", f"{home}-model/card")
        registry.link("local/lab/net:v1", f"{home}-model/card", aliases=["prod"])
        registry.link("local/lab/net:v2", f"{home}-model/shadow", aliases=["prod"])
        registry.link("local/lab/rows:v0", f"{home}-data/train", aliases=["prod"])
        registry.describe_collection(f"{home}-model/card", tags=["best"])
        # A project of the organization that is no registry.
        registry.link("local/lab/net:v2", f"{ORGANIZATION}/plain/list", aliases=["prod"])


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The registries, made once for all tests, each of which gets a copy."""
    folder = tmp_path_factory.mktemp("registries") / "registry"
    with open_local(folder) as opened:
        build(opened)
    return folder


@pytest.fixture
def server(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    root = tmp_path_factory.mktemp("registries") / "registry"
    shutil.copytree(built, root)
    with open_local(root) as opened:
        yield opened
    shutil.rmtree(root.parent)
