"""A bench with a few versions, a wire that counts, and both flavours."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.artifacts.bench import build
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from typed_artifacts import AsyncApi
from typed_artifacts.local import LocalServer, Registry, open_local


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(str(request.param))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bench, built once for all tests, each of which gets a copy."""
    folder = tmp_path_factory.mktemp("bench") / "registry"
    with open_local(folder) as opened:
        build(opened.registry)
    return folder


@pytest.fixture
def server(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    root = tmp_path_factory.mktemp("bench") / "registry"
    shutil.copytree(built, root)
    with open_local(root) as opened:
        yield opened
    shutil.rmtree(root.parent)


@pytest.fixture
def registry(server: LocalServer) -> Registry:
    return server.registry


@pytest.fixture
def wire(server: LocalServer) -> Wire:
    return Wire(server)


@pytest.fixture
def api(flavour: Flavour, wire: Wire) -> AsyncApi:
    return flavour.api(wire, api_key=wire.server.api_key)
