"""The context of a GraphQL request: the server's options, and what the request has loaded."""

from collections.abc import Collection, Sequence

from ..accounts.permissions import Caller
from ..database.ids import local_id
from ..storage.signed_urls import Links
from ..store import Store
from . import nodes as n
from .loaders import Loaders
from .loading import batched


class Context(Loaders):
    """The context value of an execution. Reads share one snapshot until something is written."""

    def __init__(
        self,
        store: Store,
        caller: Caller,
        links: Links,
        features: frozenset[str],
        *,
        makes_entities: bool = False,
        regions: Collection[str] = (),
        most_file_bytes: int = 0,
        numbers: bool = False,
    ) -> None:
        """With `numbers`, the number of a version (`v3`) is listed among its aliases."""
        super().__init__(store, caller, numbers=numbers)
        self.makes_entities = makes_entities
        self.regions = regions
        self.most_file_bytes = most_file_bytes
        self.links = links
        self.features = features
        self._together: list[int] = []
        self.permitted = False  # whether a mutation has asked for permission, see `written`

    def viewer(self) -> n.User | None:
        return self.user.get(self.viewer_key)

    def version_by_id(self, value: str) -> n.Version | None:
        key = local_id("Artifact", value)
        if key is None:
            return None
        found = self.version.get(key, self._together)
        if found is not None and not found.batch:
            every = map(self.version.get, self._together)
            batched([each for each in every if each is not None])
        return found

    def read_together(self, values: Sequence[str]) -> None:
        """Many roots ask for one version each: they are read together."""
        keys = (local_id("Artifact", value) for value in values)
        self._together = [key for key in keys if key is not None]
