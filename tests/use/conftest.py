"""Both flavours of an `Api` on an embedded registry, and the command, over HTTP and in process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.artifacts.served import Served, serving
from tests.artifacts.wire import Wire
from tests.artifacts.wired import api
from tests.cli.conftest import Run, command_on
from typed_artifacts.local import LocalServer

__all__ = ["api"]


@pytest.fixture
def wire(artifacts_local: LocalServer) -> Wire:
    """The transport to an empty registry."""
    return Wire(artifacts_local)


@pytest.fixture
def run(wire: Wire) -> Run:
    return command_on(wire.server.root)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An empty registry that is served."""
    with serving(tmp_path_factory.mktemp("served")) as opened:
        yield opened
