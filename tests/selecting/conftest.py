"""A registry, and an `Api` of it in both flavours."""

from __future__ import annotations

import pytest

from tests.client.flavours import Flavour
from tests.client.worlds import here, sent
from typed_artifacts import AsyncApi, RequestEvent
from typed_artifacts.local import LocalServer

__all__ = ["here", "sent"]


@pytest.fixture
def api(flavour: Flavour, here: LocalServer, sent: list[RequestEvent]) -> AsyncApi:
    return flavour.opened(here, sent.append)
