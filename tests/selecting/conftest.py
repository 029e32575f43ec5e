"""A registry, and an `Api` of it in both flavours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import pytest

from tests.client.flavours import Flavour, Twin
from typed_artifacts import Api, AsyncApi, RequestEvent
from typed_artifacts.local import LocalServer, open_local

Open = Callable[[LocalServer], AsyncApi]


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(str(request.param))


@pytest.fixture
def here() -> Iterator[LocalServer]:
    with open_local() as server:
        yield server


@pytest.fixture
def sent() -> list[RequestEvent]:
    """What it was sent."""
    return []


@pytest.fixture
def opened(flavour: Flavour, sent: list[RequestEvent]) -> Open:
    def opens(server: LocalServer) -> AsyncApi:
        if flavour.blocking:
            made = Api(
                base_url=server.base_url,
                api_key=server.api_key,
                entity="local",
                transport=server.transport,
                on_request=sent.append,
            )
            return cast("AsyncApi", Twin(made))  # a twin is used like it
        return AsyncApi(
            base_url=server.base_url,
            api_key=server.api_key,
            entity="local",
            transport=server.async_transport,
            on_request=sent.append,
        )

    return opens


@pytest.fixture
def api(opened: Open, here: LocalServer) -> AsyncApi:
    return opened(here)
