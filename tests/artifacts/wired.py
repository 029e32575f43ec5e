"""Fixtures for folders whose `server` is reached through a transport that counts requests."""

import pytest

from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from typed_artifacts import AsyncApi
from typed_artifacts.local import LocalServer


@pytest.fixture
def wire(server: LocalServer) -> Wire:
    return Wire(server)


@pytest.fixture
def api(flavour: Flavour, wire: Wire) -> AsyncApi:
    return flavour.api(wire, api_key=wire.server.api_key)
