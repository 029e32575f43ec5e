"""The server in this process: the same responses without a socket, also streamed."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from typed_artifacts.local import LocalServer, RegistryRefused, open_local

VIEWER = {"query": "{ viewer { username entity } }"}
EXPECTED = {"data": {"viewer": {"username": "local", "entity": "local"}}}
LINKS = """{ project(entityName: "local", name: "p") { artifact(name: "c") {
  files { edges { node { directUrl } } } } } }"""
BIG = 40 << 20


def _client(server: LocalServer) -> httpx.Client:
    auth = ("api", server.api_key)
    return httpx.Client(transport=server.transport, base_url=server.base_url, auth=auth)


def _async_client(server: LocalServer) -> httpx.AsyncClient:
    auth = ("api", server.api_key)
    return httpx.AsyncClient(transport=server.async_transport, base_url=server.base_url, auth=auth)


def _link(reply: httpx.Response) -> str:
    edges = reply.json()["data"]["project"]["artifact"]["files"]["edges"]
    link: str = edges[0]["node"]["directUrl"]
    return link


def test_the_same_key_and_the_same_refusals(server: LocalServer) -> None:
    with _client(server) as client:
        assert client.post("/graphql", json=VIEWER).json() == EXPECTED
        assert client.post("/graphql", json=VIEWER, auth=("api", "wrong")).status_code == 401
        assert client.get("/healthz").status_code == 200
        assert client.get("/nothing").status_code == 404


async def test_the_sync_transport_works_inside_a_loop(server: LocalServer) -> None:
    with _client(server) as client:
        assert client.post("/graphql", json=VIEWER).json() == EXPECTED


async def test_the_async_transport_answers_many_at_once(server: LocalServer) -> None:
    async with _async_client(server) as client:
        replies = await asyncio.gather(*(client.post("/graphql", json=VIEWER) for _ in range(64)))
    assert all(reply.json() == EXPECTED for reply in replies)


async def test_a_slow_request_does_not_stop_the_loop(server: LocalServer) -> None:
    server.registry.log_version("local/p/c", type="dataset", files={"a": "1"})
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with server.registry.store.write():
            entered.set()
            leave.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(20)
    mutation = """mutation { upsertBucket(input: {entityName: "local", modelName: "p"}) {
      inserted } }"""
    async with _async_client(server) as client:
        waiting = asyncio.create_task(client.post("/graphql", json={"query": mutation}))
        assert (await client.post("/graphql", json=VIEWER)).json() == EXPECTED
        assert not waiting.done()
        leave.set()
        assert (await waiting).json() == {"data": {"upsertBucket": {"inserted": True}}}
    holder.join()


@pytest.fixture
def big(server: LocalServer, tmp_path: Path) -> LocalServer:
    path = tmp_path / "big"
    path.write_bytes(b"0123456789abcdef" * (BIG // 16))
    server.registry.log_version("local/p/c", type="dataset", files={"big": path})
    return server


def test_downloads_are_streamed(big: LocalServer) -> None:
    with _client(big) as client:
        link = _link(client.post("/graphql", json={"query": LINKS}))
        with client.stream("GET", link, auth=None) as reply:
            sizes = [len(piece) for piece in reply.iter_raw()]
    assert sum(sizes) == BIG
    assert max(sizes) <= 1 << 20


async def test_async_downloads_are_streamed(big: LocalServer) -> None:
    async with _async_client(big) as client:
        link = _link(await client.post("/graphql", json={"query": LINKS}))
        async with client.stream("GET", link, auth=None) as reply:
            sizes = [len(piece) async for piece in reply.aiter_raw()]
    assert sum(sizes) == BIG
    assert max(sizes) <= 1 << 20


UPLOAD = """mutation { createArtifact(input: {entityName: "local", projectName: "p",
  artifactTypeName: "dataset", artifactCollectionName: "up", digest: "00",
  digestAlgorithm: MANIFEST_MD5}) { artifact { id } } }"""
FILES = """mutation F($id: ID!, $md5: String!) { createArtifactFiles(input: {artifactFiles: [
  {artifactID: $id, name: "a", md5: $md5}]}) { files { edges { node { uploadUrl } } } } }"""


def _pieces() -> Iterator[bytes]:
    for _ in range(3):
        yield b"x" * 100_000


async def _async_pieces() -> AsyncIterator[bytes]:
    for piece in _pieces():
        yield piece


async def test_uploads_are_streamed_in_both_ways(server: LocalServer) -> None:
    md5 = "1AjtRuvMMm+efGu5x3rxzQ=="  # of 300,000 times "x"
    with _client(server) as client:
        made = client.post("/graphql", json={"query": UPLOAD}).json()["data"]["createArtifact"]
        asked = {"query": FILES, "variables": {"id": made["artifact"]["id"], "md5": md5}}

        def url() -> str | None:
            data = client.post("/graphql", json=asked).json()["data"]["createArtifactFiles"]
            link: str | None = data["files"]["edges"][0]["node"]["uploadUrl"]
            return link

        first = url()
        assert first is not None
        assert client.put(first, content=b"too short").status_code == 400
        async with _async_client(server) as other:
            assert (await other.put(first, content=_async_pieces())).is_success
        assert url() is None
        assert client.put(first, content=_pieces()).is_success


def test_a_folder_keeps_what_was_put_in(tmp_path: Path) -> None:
    with open_local(tmp_path / "r") as server:
        server.registry.log_version("local/p/c", type="dataset", files={"a": "1"})
        old = server.api_key
    with open_local(str(tmp_path / "r")) as server, _client(server) as client:
        assert _link(client.post("/graphql", json={"query": LINKS}))
        stale = client.post("/graphql", json=VIEWER, auth=("api", old))
        assert stale.status_code == 401  # a key of a process ends with it
        assert server.root == tmp_path / "r"


def test_without_a_folder_nothing_stays() -> None:
    with open_local() as server:
        root = server.root
        assert root.is_dir()
    assert not root.exists()


def test_an_unknown_feature_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryRefused, match="NOPE"):
        open_local(tmp_path / "r", features="NOPE")
    assert not (tmp_path / "r").exists()
