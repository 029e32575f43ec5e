"""A world to read, a bench to work on, and both flavours to do it with."""

from collections.abc import Iterator

import pytest

from tests.client.flavours import Flavour
from tests.client.taps import Script, Tap
from tests.client.world import build_bench, build_world
from typed_artifacts import AsyncApi, AsyncClient
from typed_artifacts.local import LocalServer, open_local


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(str(request.param))


@pytest.fixture(scope="session")
def world_server() -> Iterator[LocalServer]:
    with open_local() as server:
        build_world(server.registry)
        yield server


@pytest.fixture
def world(world_server: LocalServer) -> Tap:
    """The transport to a registry that no test changes."""
    return Tap(world_server)


@pytest.fixture
def api(flavour: Flavour, world: Tap) -> AsyncApi:
    return flavour.api(world, api_key=world.server.api_key)


@pytest.fixture
def client(flavour: Flavour, world: Tap) -> AsyncClient:
    return flavour.client(world, api_key=world.server.api_key)


@pytest.fixture
def bench() -> Iterator[Tap]:
    """The transport to a small registry of the test's own."""
    with open_local() as server:
        build_bench(server.registry)
        yield Tap(server)


@pytest.fixture
def bench_api(flavour: Flavour, bench: Tap) -> AsyncApi:
    return flavour.api(bench, api_key=bench.server.api_key)


@pytest.fixture
def silent() -> Script:
    """A transport on which any request fails."""
    return Script()
