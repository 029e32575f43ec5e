"""A bench with a few versions, a wire that counts, and both flavours."""

from collections.abc import Iterator

import pytest

from tests.artifacts.bench import build
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from typed_artifacts import AsyncApi
from typed_artifacts.local import LocalServer, Registry, open_local


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(str(request.param))


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        build(opened.registry)
        yield opened


@pytest.fixture
def registry(server: LocalServer) -> Registry:
    return server.registry


@pytest.fixture
def wire(server: LocalServer) -> Wire:
    return Wire(server)


@pytest.fixture
def api(flavour: Flavour, wire: Wire) -> AsyncApi:
    return flavour.api(wire, api_key=wire.server.api_key)
