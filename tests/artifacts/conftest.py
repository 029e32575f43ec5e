"""A registry with some versions, a transport that counts requests, and both flavours."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.artifacts.wired import api, built, wire
from typed_artifacts.local import LocalServer, Registry, open_local

__all__ = ["api", "built", "wire"]


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
