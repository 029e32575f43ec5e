"""Two registries, and an `Api` of each in both flavours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client.flavours import Flavour
from tests.client.worlds import here, sent
from typed_artifacts import AsyncApi, RequestEvent
from typed_artifacts.local import LocalServer, open_local

__all__ = ["here", "sent"]


@pytest.fixture
def there() -> Iterator[LocalServer]:
    with open_local() as server:
        yield server


@pytest.fixture
def api(flavour: Flavour, here: LocalServer, sent: list[RequestEvent]) -> AsyncApi:
    return flavour.opened(here, sent.append)


@pytest.fixture
def other(flavour: Flavour, there: LocalServer, sent: list[RequestEvent]) -> AsyncApi:
    return flavour.opened(there, sent.append)
