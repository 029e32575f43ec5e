"""A registry, a cache folder named in the environment, and a wire that fails when it is used."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from typing_extensions import override

from tests.artifacts.wire import Wire
from tests.artifacts.wired import built, wire
from tests.client.flavours import Flavour, Twin
from typed_artifacts import NO_RETRIES, Api, AsyncApi
from typed_artifacts.local import LocalServer, open_local

__all__ = ["built", "wire"]

#: Makes an offline `Api`; keywords as `Api` takes them.
Offline = Callable[..., AsyncApi]


class NoNetwork(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Fails the test that sends a request."""

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.method} {request.url} was sent")

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.method} {request.url} was sent")


@pytest.fixture
def server(built: Path, tmp_path: Path) -> Iterator[LocalServer]:
    root = tmp_path / "registry"
    shutil.copytree(built, root)
    with open_local(root) as opened:
        yield opened


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder that the environment names."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("WANDB_CACHE_DIR", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def api(flavour: Flavour, wire: Wire, cache: Path) -> AsyncApi:
    """A client that reaches the registry, and keeps what it downloads."""
    assert not cache.exists()
    return flavour.api(wire, api_key=wire.server.api_key)


@pytest.fixture
def offline(flavour: Flavour, wire: Wire, cache: Path) -> Offline:
    """Clients of the same server and key that may not send anything."""
    assert not cache.exists()

    def made(
        base_url: str = "http://localhost",
        *,
        api_key: str | None = wire.server.api_key,
        entity: str | None = "local",
        offline: bool | None = True,
    ) -> AsyncApi:
        kind = Api if flavour.blocking else AsyncApi
        api = kind(
            base_url=base_url,
            api_key=api_key,
            entity=entity,
            transport=NoNetwork(),
            retry=NO_RETRIES,
            offline=offline,
        )
        # A twin is used like what it stands for.
        return cast("AsyncApi", Twin(api)) if flavour.blocking else cast("AsyncApi", api)

    return made
