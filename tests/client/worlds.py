"""Fixtures that several folders share: a new registry for a test, in both flavours."""

import pytest

from tests.client.flavours import Flavour
from tests.client.taps import Tap
from typed_artifacts import AsyncApi, RequestEvent
from typed_artifacts.local import LocalServer, Registry


@pytest.fixture
def tap(artifacts_local: LocalServer) -> Tap:
    return Tap(artifacts_local)


@pytest.fixture
def registry(tap: Tap) -> Registry:
    return tap.server.registry


@pytest.fixture
def api(flavour: Flavour, tap: Tap) -> AsyncApi:
    """It sends through the tap."""
    return flavour.api(tap, api_key=tap.server.api_key)


@pytest.fixture
def here(artifacts_local: LocalServer) -> LocalServer:
    return artifacts_local


@pytest.fixture
def sent() -> list[RequestEvent]:
    """What was sent, to whichever server, files included."""
    return []
