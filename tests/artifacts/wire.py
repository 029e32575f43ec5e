"""A transport to the embedded server that records all requests, and can change replies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

import httpx
from typing_extensions import override

from tests.client.taps import JsonObject, Rewrite, Sent, Transport
from typed_artifacts.local import LocalServer

#: Answers a request for a file (GET or PUT) in place of the server; `None`: the server does.
OnFile: TypeAlias = Callable[[httpx.Request], httpx.Response | None]


class Wire(Transport):
    """The embedded server; requests for files are recorded as `GET` and `PUT` with their path."""

    def __init__(self, server: LocalServer) -> None:
        super().__init__()
        self.server = server
        self.rewrite: Rewrite | None = None
        self.on_file: OnFile | None = None

    @property
    def gets(self) -> list[str]:
        """The last part of the path of each GET request."""
        return self._leaves("GET")

    @property
    def puts(self) -> list[str]:
        """The last part of the path of each PUT request."""
        return self._leaves("PUT")

    def forget(self) -> None:
        """Reset the recorded requests."""
        self.sent.clear()

    def count(self) -> list[str]:
        """The operations of the requests since the last call."""
        operations = self.operations
        self.forget()
        return operations

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            request.read()
            sent = self._note(request)
            response = self.server.transport.handle_request(request)
            response.read()
            return self._rewritten(sent, response)
        return self._meddled(request) or self.server.transport.handle_request(request)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            await request.aread()
            sent = self._note(request)
            response = await self.server.async_transport.handle_async_request(request)
            await response.aread()
            return self._rewritten(sent, response)
        meddled = self._meddled(request)
        return meddled or await self.server.async_transport.handle_async_request(request)

    def _leaves(self, method: str) -> list[str]:
        return [
            str(sent.variables["path"]).rpartition("/")[2]
            for sent in self.sent
            if sent.operation == method
        ]

    def _meddled(self, request: httpx.Request) -> httpx.Response | None:
        self.sent.append(Sent(request.method, {"path": request.url.path}, request.headers))
        return None if self.on_file is None else self.on_file(request)

    def _rewritten(self, sent: Sent, response: httpx.Response) -> httpx.Response:
        if self.rewrite is None:
            return response
        reply: JsonObject = json.loads(response.content)
        return httpx.Response(response.status_code, json=self.rewrite(sent, reply) or reply)
