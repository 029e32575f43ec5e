"""URLs that cannot even be parsed, wherever a server gives one: an error of ours, in a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.artifacts.bench import awaitable, tree
from tests.client.flavours import Flavour
from typed_artifacts import (
    ArtifactsError,
    AsyncApi,
    AsyncFile,
    ConnectionFailed,
    UnsupportedByServer,
)
from typed_artifacts.local import Registry
from typed_artifacts.testing.fault_proxy import Exchange, FaultProxy, Plan, Response
from typed_artifacts.testing.serving import HOST, served
from typed_artifacts.testing.spoiling import JSON

pytestmark = pytest.mark.long

KEY = "m4lf0rmed" * 5
MALFORMED = [
    "http://[::1",
    "https://exa\u2100mple.com/x",  # a character that stands for "a/c"
    "http://127.0.0.1:99999/x",
    "http://127.0.0.1:port/x",
    "http:///x",
    "file://[/x",
]
Call = Callable[[AsyncApi, Path], Awaitable[object]]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    """A server of one version with one file, behind a proxy."""
    with Registry(tmp_path_factory.mktemp("malformed") / "registry") as registry:
        registry.register_key("local", KEY)
        registry.log_version("local/p/c", type="dataset", files={"a.txt": "1"})
        with served(registry) as port, FaultProxy((HOST, port)) as opened:
            yield opened


@pytest.fixture(params=["urllib3", "httpx"])
async def api(flavour: Flavour, proxy: FaultProxy, request: pytest.FixtureRequest) -> AsyncApi:
    """An `Api` of each flavour, over each of the libraries."""
    given: httpx.HTTPTransport | httpx.AsyncHTTPTransport | None = None
    if request.param == "httpx":
        given = httpx.HTTPTransport() if flavour.blocking else httpx.AsyncHTTPTransport()
    return flavour.over_http(proxy.url, KEY, transport=given)


def giving(url: str) -> Callable[[Exchange], None]:
    """Put a URL in the place of each that a reply gives."""
    given = json.dumps(url).encode()

    def act(exchange: Exchange) -> None:
        response = exchange.forward()
        body = re.sub(
            rb'("(?:directUrl|url|uploadUrl)": ?)"[^"]+"',
            lambda found: found[1] + given,
            response.body,
        )
        exchange.reply(Response(response.status, JSON, body))

    return act


async def _file(api: AsyncApi) -> AsyncFile:
    artifact = await api.artifact("local/p/c:v0")
    (found,) = [each async for each in artifact.files()]
    return found


async def _download(api: AsyncApi, folder: Path) -> object:
    return await (await api.artifact("local/p/c:v0")).download(folder)


async def _read(api: AsyncApi, _: Path) -> object:
    return await (await _file(api)).read_bytes()


async def _open(api: AsyncApi, _: Path) -> object:
    async with awaitable((await _file(api)).open()) as stream:
        return await stream.read()


async def _download_one(api: AsyncApi, folder: Path) -> object:
    return await (await _file(api)).download(folder)


async def _log(api: AsyncApi, _: Path) -> object:
    return await api.log_artifact("local/p/other", type="dataset", files={"a": b"no such content"})


CALLS: list[tuple[str, Call]] = [
    ("ArtifactMembershipFileUrls", _download),
    ("ArtifactManifestUrl", _download),
    ("ArtifactMembershipFiles", _read),
    ("ArtifactMembershipFiles", _open),
    ("CreateArtifactFiles", _log),
]


@pytest.mark.parametrize(("operation", "call"), CALLS)
@pytest.mark.parametrize("url", MALFORMED)
async def test_a_url_of_a_file_is_malformed(
    api: AsyncApi, proxy: FaultProxy, operation: str, call: Call, url: str, tmp_path: Path
) -> None:
    spoiled = Plan(operation, giving(url))
    proxy.plans = [spoiled]
    async with api:
        with pytest.raises(ArtifactsError) as caught:
            await call(api, tmp_path / "out")
    assert spoiled.matched
    assert isinstance(caught.value, ConnectionFailed | UnsupportedByServer)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("call", [_read, _open, _download_one])
@pytest.mark.parametrize("url", ["null", "/files/a.txt", "//127.0.0.1/a.txt", " "])
async def test_a_url_without_a_scheme_is_not_told_as_a_reference(
    api: AsyncApi, proxy: FaultProxy, url: str, call: Call, tmp_path: Path
) -> None:
    proxy.plans = [Plan("ArtifactMembershipFiles", giving(url))]
    async with api:
        with pytest.raises(ConnectionFailed, match=r"'a\.txt' from .* its URL is no http"):
            await call(api, tmp_path)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("url", MALFORMED)
async def test_a_redirect_leads_to_a_malformed_url(
    api: AsyncApi, proxy: FaultProxy, url: str, tmp_path: Path
) -> None:
    location = url.encode("utf-8").decode("latin-1")
    proxy.plans = [
        Plan("GET", lambda exchange: exchange.reply(Response(302, [("Location", location)], b"")))
    ]
    async with api:
        with pytest.raises(ConnectionFailed, match=r"failed: .*\.$"):
            await _download(api, tmp_path / "out")
