"""The registry over HTTP: a thin starlette shell around `service.py`."""

import gzip
from collections.abc import AsyncIterator, Iterator

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request as WebRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from .endpoints import answer
from .features import chosen_features
from .registry import Registry
from .service import FAILURES, MOST_BODY_BYTES, Reply, Request, Service, failure, problem
from .uploading import begin_upload

_GZIP_FROM = 1400
_PIECE = 1 << 20


def create_app(
    registry: Registry, *, open_: bool = False, features: str = "all", base_url: str | None = None
) -> Starlette:
    """The ASGI application of a registry.

    Args:
        registry: What it serves.
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
            Route("/storage/uploads/{target:path}", shell.upload, methods=["PUT"]),
            Route("/{rest:path}", shell.other, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
    )


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

        def execute() -> Reply:
            reply = self._service.graphql(request, body)
            return _zipped(reply) if zipped else reply

        return _response(await run_sync(execute))

    async def upload(self, web: WebRequest) -> Response:
        upload = begin_upload(self._service, self._request(web))
        if isinstance(upload, Reply):
            return _response(upload)
        try:
            # A thread for each large piece, and one for the end with what is left: a small file
            # takes only one.
            last = b""
            async for piece in _pieces_of(web):
                if last:
                    await run_sync(upload.write, last)
                last = piece
            return _response(await run_sync(upload.finish, last))
        except FAILURES as error:
            return _response(failure(error))
        finally:
            upload.close()

    async def other(self, web: WebRequest) -> Response:
        body = await _limited_body(web)
        if body is None:
            return _response(problem(413, f"The request is larger than {MOST_BODY_BYTES} bytes."))
        return _response(await run_sync(answer, self._service, self._request(web), body))


async def _pieces_of(web: WebRequest) -> AsyncIterator[bytes]:
    """The body in pieces large enough to be worth a thread."""
    held = bytearray()
    async for piece in web.stream():
        held += piece
        if len(held) >= _PIECE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


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
