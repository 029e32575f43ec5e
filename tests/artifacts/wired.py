"""Fixtures of several folders: a registry to copy, a transport to `server` that counts requests."""

from pathlib import Path

import pytest

from tests.artifacts.bench import build
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from typed_artifacts import AsyncApi
from typed_artifacts.local import LocalServer, open_local


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bench, built once for all tests, each of which gets a copy."""
    folder = tmp_path_factory.mktemp("bench") / "registry"
    with open_local(folder) as opened:
        build(opened.registry)
    return folder


@pytest.fixture
def wire(server: LocalServer) -> Wire:
    return Wire(server)


@pytest.fixture
def api(flavour: Flavour, wire: Wire) -> AsyncApi:
    return flavour.api(wire, api_key=wire.server.api_key)
