"""Both flavours of an `Api` on an embedded registry, and the command, over HTTP and in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner

from tests.artifacts.served import Served, serving
from tests.artifacts.wire import Wire
from tests.artifacts.wired import api
from typed_artifacts.cli.app import app
from typed_artifacts.local import LocalServer

__all__ = ["api"]

#: Runs the command in this process: its exit code, standard output and standard error.
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def wire(artifacts_local: LocalServer) -> Wire:
    """The transport to an empty registry."""
    return Wire(artifacts_local)


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
