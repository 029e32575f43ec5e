"""The settings of a client, and its pickling: the common base of its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self, TypeVar

from ..._values.guards import override
from .pickling import reduced_client, refuse

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from ..._requests.request_event import RequestEvent
    from ..._requests.retry import RetryPolicy
    from ...settings import Settings
    from .pickling import Reduced

TransportT = TypeVar("TransportT")


class ClientBase(Generic[TransportT]):
    """A client, without what sends requests in one flavour."""

    # Whether the server is embedded in this process; all embedded servers have one address.
    _is_embedded = False

    _settings: Settings
    _retry: RetryPolicy
    _allow_http: bool
    _given_key: str | None
    _given_token: object
    _given_transport: TransportT | None
    _given_context: ssl.SSLContext | None
    _on_request: Callable[[RequestEvent], None] | None

    @property
    def settings(self) -> Settings:
        """What was settled from arguments, environment and files. No request."""
        return self._settings

    @property
    def retry(self) -> RetryPolicy:
        """How often and how long failed requests are sent again."""
        return self._retry

    @override
    def __reduce__(self) -> Reduced[Self]:
        if self._is_embedded:
            refuse("it has an embedded registry")
        return reduced_client(
            type(self),
            self._settings,
            self._retry,
            allow_http=self._allow_http,
            given={
                "api_key": self._given_key,
                "token": self._given_token,
                "transport": self._given_transport,
                "ssl_context": self._given_context,
                "on_request": self._on_request,
            },
        )

    def __copy__(self) -> Self:
        return self  # a copy shares the connections and what is known about the server

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._settings.base_url}>"
