"""Transports for tests: one records and rewrites replies, one replays a list of responses.

Both work with sync and async clients.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import httpx
from typing_extensions import override

from typed_artifacts.local import LocalServer

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One request: the operation, its variables, and how many seconds it may be silent."""

    operation: str
    variables: JsonObject
    headers: httpx.Headers
    seconds: float = 0.0


#: Changes a reply of the server, in place, or gives another one.
Rewrite: TypeAlias = Callable[[Sent, JsonObject], JsonObject | None]


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that records requests."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    @property
    def operations(self) -> list[str]:
        return [sent.operation for sent in self.sent]

    def _note(self, request: httpx.Request) -> Sent:
        body: JsonObject = json.loads(request.content)
        seconds: float = request.extensions["timeout"]["read"]
        sent = Sent(body["operationName"], body["variables"], request.headers, seconds)
        self.sent.append(sent)
        return sent


class Tap(Transport):
    """The embedded server, with its replies rewritten on the way."""

    def __init__(self, server: LocalServer, rewrite: Rewrite | None = None) -> None:
        super().__init__()
        self.server = server
        self.rewrite = rewrite

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        sent = self._note(request)
        response = self.server.transport.handle_request(request)
        response.read()
        return self._rewritten(sent, response)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        sent = self._note(request)
        response = await self.server.async_transport.handle_async_request(request)
        await response.aread()
        return self._rewritten(sent, response)

    def post(self, document: str) -> JsonObject:
        """Send a document without the client."""
        auth = ("api", self.server.api_key)
        with httpx.Client(transport=self.server.transport, auth=auth) as raw:
            reply: JsonObject = raw.post(
                f"{self.server.base_url}/graphql", json={"query": document}
            ).json()
        assert "errors" not in reply, reply
        return reply

    def _rewritten(self, sent: Sent, response: httpx.Response) -> httpx.Response:
        if self.rewrite is None:
            return response
        reply: JsonObject = response.json()
        return httpx.Response(response.status_code, json=self.rewrite(sent, reply) or reply)


class Intercepting(Tap, ABC):
    """The embedded server, some of whose requests are answered before they reach it."""

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.intercept(request) or super().handle_request(request)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.intercept(request) or await super().handle_async_request(request)

    @abstractmethod
    def intercept(self, request: httpx.Request) -> httpx.Response | None:
        """What a request is answered with; `None` if it goes to the server."""


class Unsteady(Intercepting):
    """The embedded server behind a gateway that answers 503 to the first request of a kind."""

    def __init__(self, server: LocalServer, *operations: str) -> None:
        super().__init__(server)
        self._refusing = [*operations]

    @override
    def intercept(self, request: httpx.Request) -> httpx.Response | None:
        operation: str = json.loads(request.content)["operationName"]
        if operation not in self._refusing:
            return None
        self._refusing.remove(operation)
        self._note(request)
        return httpx.Response(503, text="not now")


class Script(Transport):
    """Replays a list of responses; an exception in it is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        super().__init__()
        self._answers: Sequence[httpx.Response | Exception] = answers

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        number = len(self.sent)
        self._note(request)
        assert number < len(self._answers), f"request {number + 1} was not expected"
        answer = self._answers[number]
        if isinstance(answer, Exception):
            raise answer
        # A response can be read once, and a test may want it twice.
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content or None
        )

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def connection(reply: JsonObject) -> JsonObject:
    """The connection in a reply: the first object with edges below `data`."""
    found: JsonObject = reply["data"]
    while "edges" not in found:
        found = next(inner for inner in map(_an_object, found.values()) if inner)
    return found


def _an_object(value: object) -> JsonObject:
    return cast("JsonObject", value) if isinstance(value, dict) else {}  # as JSON has it
