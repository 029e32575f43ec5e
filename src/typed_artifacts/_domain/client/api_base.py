"""What ``Api`` and ``AsyncApi`` share: attributes and paths that need no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self

from ..._requests.response import USER_AGENT
from ..._values.addresses import is_address, is_part_address
from ..._values.guards import override
from ..._values.names import refuse_nameless
from ...errors import InvalidInput
from ...paths import parse_artifact, parse_collection, parse_project, path_defaults
from ..arguments.assignments import KnownAttributes
from .client_protocol import ClientT
from .pickling import refuse

if TYPE_CHECKING:
    from ...paths import ArtifactPath, CollectionPath, ProjectPath
    from .api_arguments import Closing


class ApiBase(KnownAttributes, Generic[ClientT]):
    """The common base of ``Api`` and ``AsyncApi``."""

    _client: ClientT
    _run: str | None
    _server: Closing | None

    @property
    def api_key(self) -> str | None:
        """The key that requests carry, if any. No request."""
        return self._client.settings.api_key

    @property
    def user_agent(self) -> str:
        """The ``User-Agent`` header of requests. No request."""
        return USER_AGENT

    def flush(self) -> None:
        """Do nothing: an ``Api`` keeps no cache of objects. No request."""

    def _project(self, path: str | None) -> ProjectPath:
        if path is not None:
            refuse_nameless(path)
        return parse_project(path, **path_defaults(self._client.settings))

    def _whole_project(self, path: str | None) -> ProjectPath:
        """The same where versions may be deleted: the address of a part of it does not mean all."""
        found = self._project(path)
        if path is not None and is_address(path) and is_part_address(path):
            raise InvalidInput(
                f"{path!r:.300} is the address of a part of {found}; give the path of the project, "
                "and say with type= or collection= which part is meant.",
                subject=path,
            )
        return found

    def _collection(self, path: str) -> CollectionPath:
        return parse_collection(path, **path_defaults(self._client.settings))

    def _artifact(self, path: str) -> ArtifactPath:
        return parse_artifact(path, **path_defaults(self._client.settings))

    @override
    def __getstate__(self) -> dict[str, object]:
        if self._server is not None:
            refuse("it has an embedded registry")
        return vars(self)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._client.settings.base_url}>"
