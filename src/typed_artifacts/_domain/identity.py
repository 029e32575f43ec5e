"""The result of ``whoami()``: the user, the key or token, the server's features. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from .lookups import known_viewer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._graphql.server_features import ServerFeatures
    from .._graphql.who_am_i import WhoAmI
    from ..settings import Settings


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, as a server knows them.

    Attributes:
        user: the name of the user; ``None`` where the server does not tell.
        entity: the user or team that a path without one means: as settled, else the user's own.
        teams: the teams that the user belongs to, by name.
        server: the address of the server.
        source: where the key or the token came from, in words; ``None`` where there is neither.
        features: each feature that the server knows, and whether it is on; ``None`` where it does
            not tell.
    """

    user: str | None
    entity: str | None
    teams: tuple[str, ...]
    server: str
    source: str | None
    features: Mapping[str, bool] | None


def identity_of(data: WhoAmI, settings: Settings) -> Identity:
    """Who asks, from the server's answer.

    Raises:
        AuthenticationError: the server does not know.
    """
    viewer = known_viewer(data, settings.about_key, "WhoAmI")
    edges = viewer.teams.edges if viewer.teams is not None else []
    names = {edge.node.name for edge in edges if edge.node is not None}
    features = features_of(data)
    return Identity(
        user=viewer.username,
        entity=settings.entity or viewer.entity,
        teams=tuple(sorted(names - {viewer.username})),  # servers list the user's own entity too
        server=settings.base_url,
        source=settings.token_source or settings.api_key_source,
        features=None if features is None else MappingProxyType(features),
    )


def features_of(data: ServerFeatures | WhoAmI) -> dict[str, bool] | None:
    """The server's features and whether each is on; ``None`` where it does not tell."""
    info = data.server_info
    if info is None or info.features is None:
        return None
    return {item.name: item.is_enabled for item in info.features if item is not None}
