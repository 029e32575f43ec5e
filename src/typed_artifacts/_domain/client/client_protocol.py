"""The protocol of a client that the base classes need, sync or async."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...settings import Settings


class ClientLike(Protocol):
    """A client of either flavour."""

    @property
    def settings(self) -> Settings: ...
    @property
    def _registry_entities(self) -> Mapping[str, str]:
        """Organization → the entity that owns its registries, as far as is known."""
        ...

    @property
    def _viewer_entity(self) -> str | None:
        """The entity of the key, where the server was asked."""
        ...

    @property
    def _is_embedded(self) -> bool:
        """Whether the server is an embedded one in this process."""
        ...


ClientT = TypeVar("ClientT", bound=ClientLike)
