"""Who issues identity tokens in these tests, and a transport that watches them being exchanged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qs

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typing_extensions import override

from tests.client.flavours import Flavour, Twin
from typed_artifacts import Api, AsyncApi, RetryPolicy
from typed_artifacts.local import LocalServer

QUICK = RetryPolicy(tries=3, first_wait=0.001, longest_wait=0.002)
ISSUER = "https://issuer.example"
AUDIENCE = "typed-artifacts"


class Issuer:
    """Signs identity tokens."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        public = self._key.public_key()
        self.public_key: str = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def token(self, subject: str | None = "alice", **claims: object) -> str:
        """An identity token, good for an hour; claims are added, or left out by None."""
        given = {"sub": subject, "iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 3600}
        kept = {name: value for name, value in (given | claims).items() if value is not None}
        return jwt.encode(kept, self._key, algorithm="EdDSA")


Spoil: TypeAlias = "Callable[[httpx.Request], httpx.Response]"


def answering(status: int, text: str = "no", **headers: str) -> Spoil:
    """An answer in place of the server's."""
    return lambda _: httpx.Response(status, text=text, headers=headers)


def cut(request: httpx.Request) -> httpx.Response:
    """No answer at all."""
    raise httpx.RemoteProtocolError(
        "Server disconnected without sending a response.", request=request
    )


@dataclass(repr=False)  # it has the tokens, and is a local variable of the client
class Watched(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The embedded server; what goes to `/oidc/token` is noted, and may be spoiled."""

    server: LocalServer
    assertions: list[str] = field(default_factory=list[str])
    """The identity tokens that came to be exchanged."""
    carried: list[str] = field(default_factory=list[str])
    """The Authorization of each GraphQL request."""
    tokens: list[str] = field(default_factory=list[str])
    """The access tokens that were given out."""
    spoil: list[Spoil] = field(default_factory=list["Spoil"])
    """What becomes of the next exchanges."""
    refuse: list[Spoil] = field(default_factory=list["Spoil"])
    """What becomes of the next GraphQL requests."""
    revoked: set[str] = field(default_factory=set[str])
    """Access tokens that the server takes no more."""
    expires_in: object = None
    """What the server says instead."""
    slowly: float = 0.0
    """Seconds that an exchange takes."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def _noted(self, request: httpx.Request) -> httpx.Response | None:
        with self.lock:
            if request.url.path != "/oidc/token":
                carried = request.headers.get("authorization", "")
                self.carried.append(carried)
                if carried.removeprefix("Bearer ") in self.revoked:
                    return answering(401)(request)
                return self.refuse.pop(0)(request) if self.refuse else None
            assert "authorization" not in request.headers
            assert request.headers["content-type"] == "application/x-www-form-urlencoded"
            self.assertions += parse_qs(request.content.decode())["assertion"]
            spoil = self.spoil.pop(0) if self.spoil else None
        return spoil(request) if spoil else None

    def _read(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path != "/oidc/token" or response.status_code != 200:
            return response
        said = cast("dict[str, Any]", response.json())
        self.tokens.append(said["access_token"])
        if self.expires_in is not None:
            said["expires_in"] = self.expires_in
        return httpx.Response(200, json=said)

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if spoilt := self._noted(request):
            return spoilt
        if request.url.path == "/oidc/token":
            time.sleep(self.slowly)
        response = self.server.transport.handle_request(request)
        response.read()
        return self._read(request, response)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if spoilt := self._noted(request):
            return spoilt
        if request.url.path == "/oidc/token":
            import anyio  # noqa: PLC0415 -- as the client does

            await anyio.sleep(self.slowly)
        response = await self.server.async_transport.handle_async_request(request)
        await response.aread()
        return self._read(request, response)


def opened(flavour: Flavour, watched: Watched, **options: Any) -> AsyncApi:  # noqa: ANN401 -- any
    """An `Api` of a flavour that signs in as its environment, or a token=, says."""
    given: dict[str, Any] = {
        "base_url": "http://localhost",
        "transport": watched,
        "retry": QUICK,
        **options,
    }
    if flavour.blocking:
        return cast("AsyncApi", Twin(Api(**given)))  # a twin is used like it
    return AsyncApi(**given)
