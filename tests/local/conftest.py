"""A small registry, and functions that send GraphQL to it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.local.processes import Served, serving
from tests.local.wire import Wire, wire_to
from typed_artifacts.local import Json, LocalServer, Registry

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def server(artifacts_local: LocalServer) -> LocalServer:
    return artifacts_local


@pytest.fixture
def send(server: LocalServer) -> Iterator[Ask]:
    """Sends a document with variables; the whole reply comes back."""
    auth = ("api", server.api_key)
    with httpx.Client(transport=server.transport, base_url=server.base_url, auth=auth) as client:

        def post(query: str, **variables: object) -> dict[str, Any]:
            content = json.dumps({"query": query, "variables": variables})
            reply = client.post("/graphql", content=content)
            assert reply.status_code == 200, reply.text
            body: dict[str, Any] = reply.json()
            return body

        yield post


@pytest.fixture
def ask(send: Ask) -> Ask:
    """Sends a document that has to succeed; its data comes back."""

    def answer(query: str, **variables: object) -> dict[str, Any]:
        body = send(query, **variables)
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    return answer


@pytest.fixture
def wire(server: LocalServer) -> Iterator[Wire]:
    """Speaks as the official client does."""
    made = wire_to(server)
    yield made
    made.http.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server as a process, for clients that mean harm; none gets a traceback out of it."""
    root = tmp_path_factory.mktemp("hostile") / "registry"
    with Registry(root) as registry:
        metadata: dict[str, Json] = {
            "n": "a" * 40 + "!",
            "größe": 1,
            'a"b': "x",
            "a.b": True,
            "list": ["ü", 2],
        }
        registry.log_version("local/p/c", type="dataset", files={"f": "1"}, metadata=metadata)
        registry.log_version("local/p/c", type="dataset", files={"f": "2"}, metadata={"n": "b"})
        registry.bulk.versions("local/p/many", type="dataset", count=2000)
    with serving(root) as running:
        yield running
        complaints = running.errors.read_text(encoding="utf-8")
        assert "Traceback" not in complaints, complaints
