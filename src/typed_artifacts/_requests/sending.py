"""One request over an httpx transport, whole and within a time: where the flavours truly differ."""

from __future__ import annotations

import time
from contextvars import copy_context
from typing import TYPE_CHECKING, final

from .aside import run_aside
from .deadline import Collected, Deadline, Stop

if TYPE_CHECKING:
    import httpx


@final
class AsyncSender:
    """Sends requests from coroutines; what takes too long is cancelled."""

    async def send(
        self,
        transport: httpx.AsyncBaseTransport,
        request: httpx.Request,
        seconds: float,
        body: Collected,
    ) -> httpx.Response:
        """Send a request and collect its response's body; the response, without it."""
        from anyio import fail_after

        with fail_after(seconds):
            response = await transport.handle_async_request(request)
            try:
                body.check_encoding(response.headers.get("Content-Encoding", ""))
                async for body.piece in response.aiter_bytes():
                    body.check()
            finally:
                await response.aclose()
        return response


@final
class Sender:
    """Sends requests from threads; each read may take what is left of the time."""

    def __init__(self) -> None:
        self._deadline = Deadline()

    def send(
        self,
        transport: httpx.BaseTransport,
        request: httpx.Request,
        seconds: float,
        body: Collected,
    ) -> httpx.Response:
        """Send a request and collect its response's body; the response, without it.

        httpx's own transport is used beside the main thread: an interrupt from the keyboard in the
        middle of httpcore's locks would leave them taken, for this request or the next.
        """
        import httpx

        if not isinstance(transport, httpx.HTTPTransport):
            return self._send(transport, request, seconds, body, None)
        stop, context = Stop(), copy_context()
        responses: list[httpx.Response] = []

        def send() -> None:
            responses.append(self._send(transport, request, seconds, body, stop))

        run_aside(lambda: context.run(send), stop.set, settles=False)
        return responses[0]

    def _send(
        self,
        transport: httpx.BaseTransport,
        request: httpx.Request,
        seconds: float,
        body: Collected,
        stop: Stop | None,
    ) -> httpx.Response:
        self._deadline.ends = body.ends = time.monotonic() + seconds
        self._deadline.stop = stop
        request.extensions["trace"] = self._deadline.traced
        response = transport.handle_request(request)
        try:
            body.check_encoding(response.headers.get("Content-Encoding", ""))
            for body.piece in response.iter_bytes():
                body.check()
        finally:
            response.close()
        return response
