"""The HTTP application: a thin starlette layer over `service.py`."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence

import anyio
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as WebRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from ..accounts.permissions import Caller
from ..features import chosen_features
from ..messages import (
    FAILURES,
    MOST_BODY_BYTES,
    MOST_FILE_BYTES,
    MOST_PUT_BYTES,
    UNKNOWN_KEY,
    Reply,
    Request,
    declared_length,
    failure,
    problem,
)
from ..registry import Registry
from ..service import Service
from .bodies import BodyReader, HungUp, Stalled, with_send_timeout, within_send_timeout
from .endpoints import health, respond, signs_in, takes_body
from .hosts import HostGuard, Hosts
from .uploads import REFUSALS, Upload, begin_upload, refusal

_GZIP_FROM = 1400
_PIECE = 256 << 10
# How many operations of one user run at once, and of all users: the others wait for their turn.
_MOST_OF_A_USER = 16
_MOST_AT_ONCE = 64
_MOST_RECOGNISED = 8
_MOST_FORM_BYTES = 64 << 10  # of a form of a user who is not signed in yet
_TOO_LARGE = f"The request is larger than {MOST_BODY_BYTES} bytes."
_Endpoint = Callable[[WebRequest, Send], Awaitable[None]]


class _LinePath(PathConvertor):
    """A path whose names may hold ends of lines, which those of files may."""

    regex = r"[\s\S]*"


register_url_convertor("line_path", _LinePath())


def create_app(
    registry: Registry,
    *,
    open_: bool = False,
    features: str = "all",
    base_url: str | None = None,
    hosts: Hosts | None = None,
    origins: Sequence[str] = (),
    most_file_bytes: int = MOST_FILE_BYTES,
    most_put_bytes: int = MOST_PUT_BYTES,
    regions: Collection[str] = (),
) -> Starlette:
    """The ASGI application of a registry.

    Args:
        registry: What it serves.
        open_: Any well-formed key is taken for the user of its name. For loopback only.
        features: `all`, `none`, or the names of the server features to have, comma-separated.
        base_url: What file URLs begin with; None: what the client called the server.
        hosts: The names that a request may call the server by; None: any.
        origins: Of the pages in browsers that may use the server (CORS), e.g. `https://x.org`.
        most_file_bytes: The largest file to take, in bytes.
        most_put_bytes: The most bytes of one PUT; what is larger must come in parts.
        regions: Names of storage regions to take; all of them are the registry's one folder.

    Raises:
        RegistryRefused: A feature is not known, or an argument is of a wrong type.
    """
    service = Service(
        registry.store,
        open_=open_,
        features=chosen_features(features),
        most_file_bytes=most_file_bytes,
        most_put_bytes=most_put_bytes,
        regions=regions,
        issuer=registry.issuer,
    )
    endpoints = Endpoints(service, base_url)
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=("GET", "POST", "PUT"),
        allow_headers=("authorization", "content-type", "range"),
    )
    app = Starlette(
        routes=[
            Route("/graphql", _Called(endpoints.graphql), methods=["POST"]),
            Route(
                "/storage/uploads/{target:line_path}", _Called(endpoints.upload), methods=["PUT"]
            ),
            Route(
                "/{rest:line_path}",
                _Called(endpoints.other),
                methods=["GET", "HEAD", "POST", "PUT", "DELETE"],
            ),
        ],
        middleware=[
            Middleware(HostGuard, hosts=hosts, origins=origins),
            *([cross_origin] if origins else ()),
        ],
    )
    app.state.endpoints = endpoints
    return app


class _Called:
    """An endpoint as an ASGI application that survives clients which stall or go."""

    def __init__(self, endpoint: _Endpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._endpoint(WebRequest(scope, receive), noted)
        except HungUp:
            return
        except (Stalled, anyio.get_cancelled_exc_class()) as error:
            if not started and isinstance(error, Stalled):
                refusal = problem(408, "The request did not arrive in time.")
                await _response(refusal)(scope, receive, send)


class Endpoints:
    """The endpoints. What they do in the database or on the disk happens in threads."""

    def __init__(self, service: Service, base_url: str | None) -> None:
        self.service = service
        self._base_url = base_url and base_url.rstrip("/")
        self._reader = BodyReader()
        self._threads = anyio.CapacityLimiter(_MOST_AT_ONCE)
        # Separate threads, so that waiting writers do not block authentication.
        self._recognising = anyio.CapacityLimiter(_MOST_RECOGNISED)
        self._turns: dict[int, anyio.CapacityLimiter] = {}

    def shorten_timeouts(self, stalled: float, running: float) -> None:
        """For the end: gives up who stalls for so long, and what runs for so long, in seconds."""
        self._reader.shorten_timeouts(stalled)
        self.service.end_within(running)

    def _request(self, web: WebRequest) -> Request:
        scope = web.scope
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        base = self._base_url or f"{scope['scheme']}://{web.headers.get('host', 'localhost')}"
        path = raw.decode("latin-1").partition("?")[0]
        query: bytes = scope.get("query_string", b"")
        return Request(web.method, path, query.decode("latin-1"), dict(web.headers), base)

    async def graphql(self, web: WebRequest, send: Send) -> None:
        request = self._request(web)
        refusal = _unfit(request)
        caller = refusal or await self._caller(request)
        if isinstance(caller, Reply):
            await self._send(web, send, caller)
            return
        turn = self._turns.setdefault(caller.user, anyio.CapacityLimiter(_MOST_OF_A_USER))
        async with turn:
            body = await self._reader.whole(web.receive, MOST_BODY_BYTES)
            if body is None:
                await self._send(web, send, problem(413, _TOO_LARGE))
                return
            zipped = "gzip" in request.headers.get("accept-encoding", "")

            def execute() -> Reply:
                reply = self.service.graphql(request, body, caller)
                return _zipped(reply) if zipped else reply

            await self._send(web, send, await run_sync(execute, limiter=self._threads))

    async def _caller(self, request: Request) -> Caller | Reply:
        """The user of the request, or the refusal."""
        try:
            caller = await run_sync(
                self.service.sign_in.caller_of, request, limiter=self._recognising
            )
        except FAILURES as error:
            return failure(error)
        return problem(401, UNKNOWN_KEY) if caller is None else caller

    async def upload(self, web: WebRequest, send: Send) -> None:
        upload = begin_upload(self.service, self._request(web))
        reply = await self._received(upload, web) if isinstance(upload, Upload) else upload
        await self._send(web, send, reply)

    async def _received(self, upload: Upload, web: WebRequest) -> Reply:
        try:
            # A thread for each large piece, and one for the last piece and the end: a small file
            # takes only one.
            last = b""
            async for piece in self._reader.pieces(web.receive):
                if last:
                    await run_sync(upload.write, last)
                last = piece
            return await run_sync(upload.finish, last)
        except REFUSALS as error:
            return refusal(error)
        finally:
            upload.close()

    async def other(self, web: WebRequest, send: Send) -> None:
        request = self._request(web)
        reply = health(request)
        if reply is None and signs_in(request):
            reply = await self._with_body(request, web, _MOST_FORM_BYTES)
        if reply is None and takes_body(request):
            caller = await self._caller(request)
            if not isinstance(caller, Reply):
                reply = await self._with_body(request, web, MOST_BODY_BYTES)
            else:
                reply = caller
        if reply is None:
            reply = await run_sync(respond, self.service, request)
        await self._send(web, send, reply)

    async def _with_body(self, request: Request, web: WebRequest, most: int) -> Reply:
        body = await self._reader.whole(web.receive, most)
        if body is None:
            return problem(413, f"The request is larger than {most} bytes.")
        return await run_sync(respond, self.service, request, body)

    async def _send(self, web: WebRequest, send: Send, reply: Reply) -> None:
        response = _response(reply)
        if isinstance(response, StreamingResponse):
            await response(web.scope, web.receive, with_send_timeout(send))
        else:  # one time limit for all of it is cheaper than one for each message
            await within_send_timeout(response(web.scope, web.receive, send))


def _unfit(request: Request) -> Reply | None:
    """The refusal of a GraphQL request that a form in a page could send, or that is too large."""
    given = request.headers.get("content-type")
    if given is None:
        return problem(400, "The request does not say what it is: send application/json.")
    if given.partition(";")[0].strip().lower() != "application/json":
        return problem(415, f"GraphQL takes application/json, not {given[:100]!r}.")
    return problem(413, _TOO_LARGE) if declared_length(request) > MOST_BODY_BYTES else None


def _zipped(reply: Reply) -> Reply:
    if not isinstance(reply.body, bytes) or len(reply.body) < _GZIP_FROM:
        return reply
    headers = {**reply.headers, "content-encoding": "gzip", "vary": "accept-encoding"}
    return Reply(reply.status, headers, gzip.compress(reply.body, 1))


def _response(reply: Reply) -> Response:
    body = reply.body
    if isinstance(body, bytes) and len(body) <= _PIECE:
        return Response(body, reply.status, reply.headers)
    if isinstance(body, bytes):
        headers = {**reply.headers, "content-length": str(len(body))}
        return StreamingResponse(_cut(body), reply.status, headers)
    return StreamingResponse(_pieces(body), reply.status, reply.headers)


async def _cut(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE]


async def _pieces(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await run_sync(next, body, None)) is not None:
        yield piece
