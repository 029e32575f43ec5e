"""httpx transports that call the server in this process."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar, TypeVarTuple

import httpx
from anyio.to_thread import run_sync
from typing_extensions import override

from ..messages import Reply, Request
from ..service import Service
from .endpoints import respond
from .uploads import PREFIX, REFUSALS, Upload, begin_upload, refusal

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
LOCAL_BASE_URL = "http://localhost"


class _SyncBody(httpx.SyncByteStream):
    def __init__(self, body: Iterator[bytes]) -> None:
        self._body = body

    @override
    def __iter__(self) -> Iterator[bytes]:
        return self._body


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, body: Iterator[bytes]) -> None:
        self._body = body

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await _in_thread(next, self._body, None)) is not None:
            yield piece


def _request(request: httpx.Request) -> Request:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return Request(request.method, path, query, request.headers, LOCAL_BASE_URL, in_process=True)


def _respond(service: Service, request: Request, body: Iterator[bytes]) -> Reply:
    if request.path == "/graphql" and request.method == "POST":
        return service.graphql(request, b"".join(body))
    if request.path.startswith(PREFIX) and request.method == "PUT":
        return _upload(service, request, body)
    return respond(service, request, b"".join(body))


def _upload(service: Service, request: Request, body: Iterator[bytes]) -> Reply:
    upload = begin_upload(service, request)
    if isinstance(upload, Reply):
        return upload
    try:
        for piece in body:
            upload.write(piece)
        return upload.finish()
    except REFUSALS as error:
        return refusal(error)
    finally:
        upload.close()


class LocalTransport(httpx.BaseTransport):
    """For `httpx.Client`; also inside a running event loop, since it uses none."""

    is_embedded = True  # there is no other server: the host does not matter

    def __init__(self, service: Service) -> None:
        self._service = service

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not isinstance(request.stream, httpx.SyncByteStream):
            raise TypeError("A synchronous client needs a synchronous body.")
        reply = _respond(self._service, _request(request), iter(request.stream))
        body = reply.body
        stream = httpx.ByteStream(body) if isinstance(body, bytes) else _SyncBody(body)
        return httpx.Response(reply.status, headers=reply.headers, stream=stream)


class AsyncLocalTransport(httpx.AsyncBaseTransport):
    """For `httpx.AsyncClient`: the database works in a thread, the loop goes on."""

    is_embedded = True

    def __init__(self, service: Service) -> None:
        self._service = service

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not isinstance(request.stream, httpx.AsyncByteStream):
            raise TypeError("An asynchronous client needs an asynchronous body.")
        translated = _request(request)
        if translated.path.startswith(PREFIX) and translated.method == "PUT":
            reply = await self._upload(translated, request.stream)
        else:
            body = [piece async for piece in request.stream]
            reply = await _in_thread(_respond, self._service, translated, iter(body))
        content = reply.body
        stream = httpx.ByteStream(content) if isinstance(content, bytes) else _AsyncBody(content)
        return httpx.Response(reply.status, headers=reply.headers, stream=stream)

    async def _upload(self, request: Request, body: httpx.AsyncByteStream) -> Reply:
        # Not in a thread: a cancelled task there would leave an upload open.
        upload = begin_upload(self._service, request)
        if isinstance(upload, Reply):
            return upload
        return await _receive(upload, body)


async def _in_thread(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Work beside the event loop.

    Raises:
        httpx.ConnectError: this process has as many threads as it may have; who asks again may find
            one that has nothing to do any more.
    """
    try:
        return await run_sync(work, *arguments)
    except RuntimeError as error:
        if "thread" not in str(error):
            raise
        raise httpx.ConnectError(str(error)) from error


async def _receive(upload: Upload, body: httpx.AsyncByteStream) -> Reply:
    try:
        async for piece in body:
            await _in_thread(upload.write, piece)
        return await _in_thread(upload.finish)
    except REFUSALS as error:
        return refusal(error)
    finally:
        upload.close()
