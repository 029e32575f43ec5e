"""Creates clients for a test's registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from .. import Api, AsyncApi, RequestEvent, RetryPolicy
from ..local import LocalServer
from .recording import Requests, SentRequest
from .serving import ArtifactsServer

if TYPE_CHECKING:
    from collections.abc import Callable

#: The usual number of attempts, without waiting.
_QUICK: Final = RetryPolicy(first_wait=0.001, longest_wait=0.01)


class _Noted:
    """Keeps what a client tells of its requests."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def __call__(self, event: RequestEvent) -> None:
        self._requests.add(SentRequest(event.operation, event.subject or "", event.status))


class _Served(TypedDict):
    """How a client finds a server."""

    base_url: str
    api_key: str
    entity: str
    retry: RetryPolicy


class _InProcess(TypedDict):
    """How a client finds a registry of its own process, besides by a transport."""

    base_url: str
    api_key: str
    entity: str
    on_request: Callable[[RequestEvent], None]
    offline: bool


def connected_api(local: LocalServer, server: ArtifactsServer | None, requests: Requests) -> Api:
    """A blocking client: in this process, or over HTTP.

    Args:
        local: the registry.
        server: where it is served, if a client is to go there.
        requests: keeps what was asked; for a server its proxy does.
    """
    if server is not None:
        return Api(**_served(server))
    return Api(**_in_process(local, requests), transport=local.transport)


def connected_async_api(
    local: LocalServer, server: ArtifactsServer | None, requests: Requests
) -> AsyncApi:
    """A client for coroutines: in this process, or over HTTP."""
    if server is not None:
        return AsyncApi(**_served(server))
    return AsyncApi(**_in_process(local, requests), transport=local.async_transport)


def _served(server: ArtifactsServer) -> _Served:
    return {
        "base_url": server.url,
        "api_key": server.api_key,
        "entity": server.entity,
        "retry": _QUICK,
    }


def _in_process(local: LocalServer, requests: Requests) -> _InProcess:
    return {
        "base_url": local.base_url,
        "api_key": local.api_key,
        "entity": local.entity,
        "on_request": _Noted(requests),
        "offline": False,
    }
