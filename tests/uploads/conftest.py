"""An embedded registry that takes no large PUT, and clients that send small parts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.artifacts.wire import Wire
from tests.artifacts.wired import wire
from tests.client.flavours import Flavour
from typed_artifacts import AsyncApi, RetryPolicy
from typed_artifacts.local import LocalServer, open_local

__all__ = ["wire"]

PART = 10_000
#: From here on a file goes in parts.
THRESHOLD = 25_000


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPED_ARTIFACTS_PARTS", f"{THRESHOLD},{PART}")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    with open_local(tmp_path / "registry", most_put_bytes=THRESHOLD) as opened:
        yield opened


@pytest.fixture
def api(flavour: Flavour, wire: Wire) -> AsyncApi:
    patience = RetryPolicy(tries=3, first_wait=0.01)
    return flavour.api(wire, api_key=wire.server.api_key, retry=patience)
