"""Sends GraphQL over an httpx transport: a request, the whole response, a time limit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, final

from .._requests.deadline import Collected
from .._requests.event_loop import LoopLocal
from .._requests.failures import not_sendable, translate
from .._requests.given_transports import async_begin_use, end_use
from .._requests.response import Response
from .._requests.sending import AsyncSender
from .._requests.transport import GRAPHQL, RequestBuilder, is_delimited, transport_options
from .._values.gc_pause import PAUSE
from ..errors import ArtifactsError
from .transports import AsyncTransports

if TYPE_CHECKING:
    import httpx

    from .._environment.network import Network
    from .._requests.response import RequestContext
    from .._requests.transport import Target
    from ..settings import Settings


@final
class AsyncTransport:
    """Sends requests over connections that are kept alive, and belong to this event loop.

    Args:
        settings: where the server is and who asks.
        network: how it is reached.
        given: a transport of the user's, used in place of one of our own.
    """

    def __init__(
        self, settings: Settings, network: Network, given: httpx.AsyncBaseTransport | None
    ) -> None:
        self._settings = settings
        self._network = network
        self._given = given
        self._builder: RequestBuilder | None = None
        # Without a reference to this object, which would last as long as its connections.
        make = partial(_make, settings, network, given)
        self._opened = LoopLocal(partial(AsyncTransports, make, is_given=given is not None))
        self._sender = AsyncSender()

    async def post(
        self,
        context: RequestContext,
        content: bytes,
        seconds: float,
        token: str | None = None,
        target: Target = GRAPHQL,
    ) -> Response:
        """Send one request and read the whole response, within so many seconds.

        Args:
            context: what it is, for errors.
            content: its body.
            seconds: how long it may take.
            token: an access token that says who asks, where there is no key.
            target: where it goes.

        Raises:
            ArtifactsError: no whole response came.
        """
        if self._given is not None:
            async_begin_use(self._given)
        try:
            opened, builder = self._ready(context)
            context = builder.routed(context)
            body = Collected(context)
            request = builder.request(content, seconds, token=token, target=target)
            response = await opened.send(self._sender, request, seconds, body)
        except (ArtifactsError, TimeoutError):
            raise  # an alarm's TimeoutError: that of a request is an ArtifactsError by now
        except Exception as error:
            raise translate(error, context) from error
        except BaseException as error:
            self._sender.give_up(self._opened, error)
            raise
        return Response(
            response.status_code, body.content, response.headers, is_delimited(response)
        )

    def _ready(self, context: RequestContext) -> tuple[AsyncTransports, RequestBuilder]:
        try:
            if self._builder is None:
                self._builder = RequestBuilder(
                    self._settings, self._network, uses_proxy=self._given is None
                )
            return self._opened.get(), self._builder
        except (ArtifactsError, TimeoutError):
            raise  # an error in the settings, which says what to do; an alarm
        except Exception as error:
            raise not_sendable(context, error) from error

    async def close(self) -> None:
        """Close the connections; a transport given by the caller is closed with them."""
        opened = self._opened.take()
        if opened is not None:
            await opened.aclose()
            end_use(self._given)


def _make(
    settings: Settings, network: Network, given: httpx.AsyncBaseTransport | None
) -> httpx.AsyncBaseTransport:
    import httpx

    if given is not None:
        return given
    options = transport_options(settings, network)
    with PAUSE:  # the first one loads httpcore
        return httpx.AsyncHTTPTransport(**options)
