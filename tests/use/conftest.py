"""Both flavours of an `Api` on an embedded registry, and the command, over HTTP and in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner

from tests.artifacts.served import Served, serving
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from typed_artifacts import AsyncApi
from typed_artifacts.cli.app import app
from typed_artifacts.local import LocalServer

#: Runs the command in this process: its exit code, standard output and standard error.
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(str(request.param))


@pytest.fixture
def wire(artifacts_local: LocalServer) -> Wire:
    """The transport to an empty registry."""
    return Wire(artifacts_local)


@pytest.fixture
def api(flavour: Flavour, wire: Wire) -> AsyncApi:
    return flavour.api(wire, api_key=wire.server.api_key)


@pytest.fixture
def run(wire: Wire) -> Run:
    def runs(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, [*arguments, "--root", str(wire.server.root)])
        return result.exit_code, result.stdout, result.stderr

    return runs


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An empty registry that is served."""
    with serving(tmp_path_factory.mktemp("served")) as opened:
        yield opened
