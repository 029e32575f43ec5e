"""The result of ``whoami()``: the user, the key or token, the server's features. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from ..._values.guards import override
from .owners import known_viewer

if TYPE_CHECKING:
    from ..._graphql.server_features import ServerFeatures
    from ..._graphql.who_am_i import WhoAmI
    from ...settings import Settings


@dataclass(frozen=True, slots=True)
class Identity:
    """The user of a key or token, as the server knows them.

    Attributes:
        user: the name of the user; ``None`` if the server does not report it.
        entity: the entity of paths that name none: from the settings, else the user's own.
        teams: the names of the teams that the user belongs to.
        server: the address of the server.
        source: where the key or token came from, as a text; ``None`` if there is neither.
        features: the server's features, and whether each is on; ``None`` if the server does not
            report them.
    """

    user: str | None
    entity: str | None
    teams: tuple[str, ...]
    server: str
    source: str | None
    features: Mapping[str, bool] | None


class _Features(dict[str, bool]):
    """A mapping that stays as it is, and can be copied and pickled; a ``mappingproxy`` cannot."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("the features of an Identity cannot be changed")

    if not TYPE_CHECKING:
        __setitem__ = __delitem__ = __ior__ = _refuse
        update = setdefault = pop = popitem = clear = _refuse

    @override
    def __reduce__(self) -> tuple[type[_Features], tuple[dict[str, bool]]]:
        return _Features, (dict(self),)


def identity_of(data: WhoAmI, settings: Settings) -> Identity:
    """The identity in a server's response.

    Raises:
        AuthenticationError: the server does not know the user.
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
        features=None if features is None else _Features(features),
    )


def features_of(data: ServerFeatures | WhoAmI) -> dict[str, bool] | None:
    """The server's features and whether each is on; ``None`` if it does not report them."""
    info = data.server_info
    if info is None or info.features is None:
        return None
    return {item.name: item.is_enabled for item in info.features if item is not None}
