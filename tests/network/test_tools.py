"""What users put around httpx sees every GraphQL request, of both flavours."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
import respx
import vcr
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_httpx import HTTPXMock

from tests.network.serving import KEY, http_registry
from typed_artifacts import NO_RETRIES, Api, AsyncApi, AsyncClient, Client

URL = "https://registry.test"
VIEWER = {"data": {"viewer": {"id": "1", "username": "me", "entity": "team"}}}
both = pytest.mark.parametrize("flavour", ["sync", "async"])


async def ask(flavour: str, *, times: int = 1) -> list[str | None]:
    """Who the key belongs to, in either flavour."""
    if flavour == "sync":
        with Client(URL, KEY, retry=NO_RETRIES) as blocking:
            found = [blocking.queries.viewer().viewer for _ in range(times)]
    else:
        async with AsyncClient(URL, KEY, retry=NO_RETRIES) as client:
            found = [(await client.queries.viewer()).viewer for _ in range(times)]
    return [None if each is None else each.entity for each in found]


@both
async def test_respx_answers_in_the_servers_place(flavour: str) -> None:
    with respx.mock(base_url=URL) as mocked:
        route = mocked.post("/graphql").mock(return_value=httpx.Response(200, json=VIEWER))
        assert await ask(flavour, times=3) == ["team"] * 3
        assert route.call_count == 3
    bodies: list[bytes] = [call.request.content for call in route.calls]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # respx leaves it open
    names = [json.loads(body)["operationName"] for body in bodies]
    assert names == ["Viewer"] * 3


@both
async def test_pytest_httpx_answers_in_the_servers_place(
    flavour: str, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=f"{URL}/graphql", json=VIEWER, is_reusable=True)
    assert await ask(flavour, times=2) == ["team"] * 2
    assert [request.method for request in httpx_mock.get_requests()] == ["POST"] * 2


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()
    provider.shutdown()


@both
async def test_opentelemetry_has_a_span_for_each_request(
    flavour: str, spans: InMemorySpanExporter
) -> None:
    with respx.mock(base_url=URL) as mocked:
        mocked.post("/graphql").mock(return_value=httpx.Response(200, json=VIEWER))
        await ask(flavour, times=2)
    assert [span.name for span in spans.get_finished_spans()] == ["POST"] * 2


@both
async def test_a_transport_of_ones_own_sees_each_request(flavour: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json=VIEWER)

    transport = httpx.MockTransport(answer)
    if flavour == "sync":
        with Client(URL, KEY, transport=transport) as blocking:
            assert blocking.queries.viewer().viewer
    else:
        async with AsyncClient(URL, KEY, transport=transport) as client:
            assert (await client.queries.viewer()).viewer
    assert asked == ["/graphql"]


async def log_and_read(flavour: str, url: str) -> bytes:
    """Log a file and read it again, over a transport of the caller's."""
    files = {"a.txt": b"recorded"}
    if flavour == "sync":
        with Api(base_url=url, api_key=KEY, transport=httpx.HTTPTransport()) as api:
            api.log_artifact("local/demo/notes", type="dataset", files=files)
            return api.artifact("local/demo/notes:v0").files()[0].read_bytes()
    async with AsyncApi(
        base_url=url, api_key=KEY, transport=httpx.AsyncHTTPTransport()
    ) as async_api:
        await async_api.log_artifact("local/demo/notes", type="dataset", files=files)
        version = await async_api.artifact("local/demo/notes:v0")
        return await (await version.files()[0]).read_bytes()


@both
async def test_vcrpy_records_requests_and_files_and_replays_them(
    flavour: str, tmp_path: Path
) -> None:
    recorder = vcr.VCR(filter_headers=["authorization"], match_on=["method", "uri"])
    cassette = tmp_path / "cassette.yaml"
    with http_registry(tmp_path / "registry") as port:
        url = f"http://127.0.0.1:{port}"
        with recorder.use_cassette(str(cassette)):
            assert await log_and_read(flavour, url) == b"recorded"
    assert KEY not in cassette.read_text()
    with recorder.use_cassette(str(cassette), record_mode=vcr.mode.NONE) as played:
        assert await log_and_read(flavour, url) == b"recorded"
        assert played.all_played


def test_what_keeps_the_pieces_of_an_upload_has_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool that recorded what was sent had the last piece several times."""
    kept: list[object] = []
    send = HTTPConnection.send

    def recorded(self: HTTPConnection, data: bytes) -> None:
        kept.append(data)
        send(self, data)

    content = secrets.token_bytes(1_000_000)
    (tmp_path / "a.bin").write_bytes(content)
    with http_registry(tmp_path / "registry") as port:
        url = f"http://127.0.0.1:{port}"
        with Api(base_url=url, api_key=KEY) as api:
            monkeypatch.setattr(HTTPConnection, "send", recorded)
            files = {"a.bin": tmp_path / "a.bin", "b.bin": content[::-1]}  # one after the other
            api.log_artifact("local/demo/notes", type="dataset", files=files, max_workers=1)
    sent = b"".join(each for each in kept if isinstance(each, bytes))
    assert content in sent
    assert content[::-1] in sent
