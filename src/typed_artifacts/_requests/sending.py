"""Sends a request over an httpx transport, sync and async, within a time limit."""

from __future__ import annotations

import sys
import time
from contextvars import copy_context
from typing import TYPE_CHECKING, Final, final

from ..errors import ArtifactsError
from .deadline import Collected, Deadline, Stop
from .failures import translate
from .main_thread import Interrupted, run_off_main_thread
from .stopping import current_switch

if TYPE_CHECKING:
    import httpx

    from .._values.forks import Renewed

# A server that responds within this time is on this machine.
_NEAR_SECONDS: Final = 0.002


def _check_encoding(body: Collected, request: httpx.Request, response: httpx.Response) -> None:
    """Raise where a body is encoded in a way that its request did not ask for."""
    if encoding := response.headers.get("Content-Encoding"):
        body.check_encoding(encoding, request.headers.get("Accept-Encoding", ""))


if sys.platform == "win32":

    def _has_alarm() -> bool:
        """Never: there are none."""
        return False

else:

    def _has_alarm() -> bool:
        """Whether a signal will come when a time is up: who has set that has loaded the module."""
        signal = sys.modules.get("signal")
        return signal is not None and signal.getitimer(signal.ITIMER_REAL)[0] > 0


@final
class AsyncSender:
    """Sends requests from coroutines; what takes too long is cancelled."""

    @staticmethod
    def give_up(_opened: object, _error: BaseException) -> None:
        """Nothing: a task is cancelled where it waits, and what it holds is let go."""

    async def send(
        self,
        transport: httpx.AsyncBaseTransport,
        request: httpx.Request,
        seconds: float,
        body: Collected,
    ) -> httpx.Response:
        """Send a request and collect its response's body; the response, without it.

        Raises:
            ArtifactsError: no whole response came.
        """
        from anyio import fail_after

        from .response_end import async_watch_end

        try:
            with fail_after(seconds):
                response = await transport.handle_async_request(request)
                async_watch_end(response)
                try:
                    _check_encoding(body, request, response)
                    async for body.piece in response.aiter_bytes():
                        body.check()
                finally:
                    await response.aclose()
        except ArtifactsError:
            raise
        except Exception as error:
            raise translate(error, body.context) from error
        return response


@final
class Sender:
    """Sends requests from threads; each read may take what is left of the time."""

    def __init__(self) -> None:
        self._deadline = Deadline()
        self._is_near = False

    @staticmethod
    def give_up(opened: Renewed, error: BaseException) -> None:
        """Forget the transports that an interrupt came to, perhaps in the middle of a lock.

        They are not closed, which would wait for that lock.

        Raises:
            BaseException: what a signal handler raised, as it is.
        """
        opened.renew()
        if isinstance(error, Interrupted):
            raise error.error from error.error.__cause__

    def send(
        self,
        transport: httpx.BaseTransport,
        request: httpx.Request,
        seconds: float,
        body: Collected,
    ) -> httpx.Response:
        """Send a request and collect its response's body; the response, without it.

        httpx's own transport is used beside the main thread: an interrupt from the keyboard in the
        middle of httpcore's locks would leave them taken, for this request or the next. That costs
        a fifth of a request to a server on this machine, which answers at once: it is asked in the
        main thread, unless an alarm may go off, whose TimeoutError httpcore would take for its own.

        A request of a transfer's thread is stopped when the transfer is cancelled.

        Raises:
            ArtifactsError: no whole response came.
            Interrupted: a signal handler raised something meanwhile.
        """
        import httpx

        if (switch := current_switch()) is not None:
            stop = Stop()
            unwatch = switch.watch(stop.set)
            try:
                return self._send(transport, request, seconds, body, stop)
            finally:
                unwatch()
        is_near = self._is_near and not _has_alarm()
        if is_near or not isinstance(transport, httpx.HTTPTransport):
            return self._send(transport, request, seconds, body, None)
        stop, context = Stop(), copy_context()
        responses: list[httpx.Response] = []

        def send() -> None:
            responses.append(self._send(transport, request, seconds, body, stop))

        run_off_main_thread(lambda: context.run(send), stop.set, settles=False)
        return responses[0]

    def _send(
        self,
        transport: httpx.BaseTransport,
        request: httpx.Request,
        seconds: float,
        body: Collected,
        stop: Stop | None,
    ) -> httpx.Response:
        from .response_end import watch_end

        began = time.monotonic()
        self._deadline.ends = body.ends = began + seconds
        self._deadline.stop = stop
        request.extensions["trace"] = self._deadline.traced
        try:
            response = transport.handle_request(request)
            watch_end(response)
            self._is_near = time.monotonic() - began < _NEAR_SECONDS
            try:
                _check_encoding(body, request, response)
                for body.piece in response.iter_bytes():
                    body.check()
            finally:
                response.close()
        except ArtifactsError:
            raise
        except Exception as error:
            raise translate(error, body.context) from error
        return response
