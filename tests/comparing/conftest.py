"""A registry of the test's own, and both flavours to compare in it with."""

from collections.abc import Iterator

import pytest

from tests.client.flavours import Flavour
from tests.client.taps import Tap
from typed_artifacts import AsyncApi
from typed_artifacts.local import Registry, open_local


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(str(request.param))


@pytest.fixture
def tap() -> Iterator[Tap]:
    with open_local() as server:
        yield Tap(server)


@pytest.fixture
def registry(tap: Tap) -> Registry:
    return tap.server.registry


@pytest.fixture
def api(flavour: Flavour, tap: Tap) -> AsyncApi:
    return flavour.api(tap, api_key=tap.server.api_key)
