"""``Client`` and ``AsyncClient``: send GraphQL operations to a server."""

from __future__ import annotations

from ._async.client import AsyncClient
from ._requests.request_event import RequestEvent
from ._requests.retry import NO_RETRIES, RetryPolicy
from ._sync.client import Client

__all__ = ["NO_RETRIES", "AsyncClient", "Client", "RequestEvent", "RetryPolicy"]
