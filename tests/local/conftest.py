"""A registry with a small world in it, and a way to ask it GraphQL."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from typed_artifacts.local import LocalServer, open_local

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        yield opened


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
