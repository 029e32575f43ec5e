"""What users put around httpx sees every GraphQL request, of both flavours."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
import respx
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_httpx import HTTPXMock

from tests.network.serving import KEY
from typed_artifacts import NO_RETRIES, AsyncClient, Client

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
