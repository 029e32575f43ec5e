"""The registry over HTTP: a thin starlette shell around `service.py`."""

import gzip
from collections.abc import AsyncIterator, Callable, Iterator

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request as WebRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from .features import chosen_features
from .registry import Registry
from .service import MOST_BODY_BYTES, Reply, Request, Service, problem

_GZIP_FROM = 1400
_PIECE = 1 << 20


def create_app(
    registry: Registry, *, open_: bool = False, features: str = "all", base_url: str | None = None
) -> Starlette:
    """The ASGI application of a registry.

    Args:
        open_: Any well-formed key is taken for the user of its name. For loopback only.
        features: `all`, `none`, or the names of the server features to have, comma-separated.
        base_url: What file URLs begin with; None: what the client called the server.

    Raises:
        RegistryRefused: A feature is not known.
    """
    service = Service(registry.store, open_=open_, features=chosen_features(features))
    shell = _Shell(service, base_url)
    return Starlette(
        routes=[
            Route("/graphql", shell.graphql, methods=["POST"]),
            Route("/storage/blobs/{rest:path}", shell.simple(service.download), methods=["GET"]),
            Route("/healthz", _alive),
            Route("/ready", _alive),
        ]
    )


async def _alive(_request: WebRequest) -> Response:
    return Response('{"status":"ok"}', media_type="application/json")


class _Shell:
    def __init__(self, service: Service, base_url: str | None) -> None:
        self._service = service
        self._base_url = base_url and base_url.rstrip("/")

    def _request(self, web: WebRequest) -> Request:
        raw: bytes = web.scope.get("raw_path") or web.url.path.encode()
        base = self._base_url or f"{web.url.scheme}://{web.headers.get('host', 'localhost')}"
        path = raw.decode("latin-1").partition("?")[0]
        return Request(web.method, path, web.url.query, dict(web.headers), base)

    async def graphql(self, web: WebRequest) -> Response:
        body = await _limited_body(web)
        if body is None:
            return _response(problem(413, f"The request is larger than {MOST_BODY_BYTES} bytes."))
        request = self._request(web)
        zipped = "gzip" in request.headers.get("accept-encoding", "")

        def answer() -> Reply:
            reply = self._service.graphql(request, body)
            return _zipped(reply) if zipped else reply

        return _response(await run_sync(answer))

    def simple(self, answer: Callable[[Request], Reply]) -> Callable[[WebRequest], object]:
        """An endpoint of a reply that needs no body."""

        async def endpoint(web: WebRequest) -> Response:
            return _response(await run_sync(answer, self._request(web)))

        return endpoint


async def _limited_body(web: WebRequest) -> bytes | None:
    pieces: list[bytes] = []
    size = 0
    async for piece in web.stream():
        size += len(piece)
        if size > MOST_BODY_BYTES:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _zipped(reply: Reply) -> Reply:
    if not isinstance(reply.body, bytes) or len(reply.body) < _GZIP_FROM:
        return reply
    headers = {**reply.headers, "content-encoding": "gzip", "vary": "accept-encoding"}
    return Reply(reply.status, headers, gzip.compress(reply.body, 1))


def _response(reply: Reply) -> Response:
    if isinstance(reply.body, bytes):
        return Response(reply.body, reply.status, reply.headers)
    return StreamingResponse(_pieces(reply.body), reply.status, reply.headers)


async def _pieces(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await run_sync(next, body, None)) is not None:
        yield piece
