"""An embedded server in this process: a registry, and transports that reach it."""

import secrets
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from typing_extensions import override

from .accounts.identity import TrustedIssuer
from .arguments import check_serving
from .features import chosen_features
from .http.transports import LOCAL_BASE_URL, AsyncLocalTransport, LocalTransport
from .maintenance.migration import refuse_unfinished
from .messages import MOST_PUT_BYTES
from .registry import Registry
from .service import Service

LOCAL_USER = "local"


class LocalServer:
    """An embedded server in this process: the registry, and the settings for a client.

    Its user is `local`, with the entity `local`.
    """

    base_url = LOCAL_BASE_URL
    entity = LOCAL_USER

    def __init__(
        self,
        registry: Registry,
        *,
        features: str = "all",
        most_put_bytes: int = MOST_PUT_BYTES,
        regions: Collection[str] = (),
    ) -> None:
        refuse_unfinished(registry.store)
        self.registry = registry
        self.api_key: str = secrets.token_hex(20)
        keys = {self.api_key: registry.user(LOCAL_USER)}
        service = Service(
            registry.store,
            features=chosen_features(features),
            keys=keys,
            makes_entities=True,
            most_put_bytes=most_put_bytes,
            regions=regions,
            issuer=registry.issuer,
        )
        self.transport: httpx.BaseTransport = LocalTransport(service)
        self.async_transport: httpx.AsyncBaseTransport = AsyncLocalTransport(service)

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.root}>"

    @property
    def root(self) -> Path:
        """The folder of the registry."""
        return self.registry.root

    def close(self) -> None:
        """Closes the registry; a temporary one is removed."""
        self.registry.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open_local(
    root: Path | str | None = None,
    *,
    features: str = "all",
    issuer: TrustedIssuer | None = None,
    most_put_bytes: int = MOST_PUT_BYTES,
    regions: Collection[str] = (),
) -> LocalServer:
    """Open an embedded server in this process.

    Args:
        root: The folder of the registry; None: a temporary one, removed by `close()`.
        features: `all`, `none`, or the server features to support, comma-separated.
        issuer: The issuer whose identity tokens are exchanged for access tokens.
        most_put_bytes: The maximum size of a PUT request; larger files must be sent in parts.
        regions: Names of storage regions to accept; all are stored in the same place.

    Raises:
        RegistryError: The folder cannot be used, a feature is not known, or an argument is of a
            wrong type.
    """
    chosen_features(features)
    check_serving(most_put_bytes, regions)
    registry = Registry(root, issuer=issuer)
    try:
        return LocalServer(
            registry, features=features, most_put_bytes=most_put_bytes, regions=regions
        )
    except BaseException:
        registry.close()
        raise
