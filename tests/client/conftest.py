"""A registry to read, a registry to change, and both flavours."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.flavours import Flavour
from tests.client.taps import Script, Tap
from tests.client.world import build_bench, build_world
from typed_artifacts import AsyncApi, AsyncClient
from typed_artifacts.local import LocalServer, Registry, open_local


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


@pytest.fixture(scope="session")
def built_bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small registry that is copied: building it takes longer."""
    root = tmp_path_factory.mktemp("bench") / "registry"
    with Registry(root) as registry:
        build_bench(registry)
    return root


@pytest.fixture
def bench(built_bench: Path, tmp_path: Path) -> Iterator[Tap]:
    """The transport to a small registry of the test's own."""
    with open_local(shutil.copytree(built_bench, tmp_path / "bench")) as server:
        yield Tap(server)


@pytest.fixture
def bench_api(flavour: Flavour, bench: Tap) -> AsyncApi:
    return flavour.api(bench, api_key=bench.server.api_key)


@pytest.fixture
def silent() -> Script:
    """A transport on which any request fails."""
    return Script()
