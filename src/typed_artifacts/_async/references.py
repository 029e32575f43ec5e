"""Resolves references to files of other artifacts, until they lead to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.versions.artifact_references import (
    check_loop,
    entry_named,
    entry_referring,
    is_artifact_uri,
    parse_artifact_uri,
    required_artifact,
    server_id,
)
from .._domain.versions.memberships import source_membership, source_of
from .._operations import catalog
from .artifact import AsyncArtifact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .. import _transfer as transfer
    from .._domain.versions.artifact_references import ArtifactUri
    from .._operations.variables import ArtifactByIdVariables, ClientArtifactIdVariables
    from .client import AsyncClient


class AsyncArtifactFinder:
    """Finds what references name, and remembers the artifacts; for one download or draft."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._known: dict[str, AsyncArtifact] = {}

    async def find(self, uri: str) -> tuple[AsyncArtifact, transfer.ManifestEntry]:
        """The artifact and the entry at the end of a reference. Three requests per artifact.

        The entry is a file of the artifact, or refers to something outside of the server.

        Raises:
            NotFoundError: an artifact or a file does not exist.
            IntegrityError: the references lead in a circle.
        """
        before: list[str] = []
        while True:
            before.append(check_loop(uri, before))
            named = parse_artifact_uri(uri)
            found = await self._artifact(named, uri)
            manifest = await found.manifest()
            entry = entry_named(manifest, named.path, found.qualified_name)
            if entry.ref is None or not is_artifact_uri(entry.ref):
                return found, entry
            uri = entry.ref

    async def entries(self, uris: Mapping[str, str]) -> list[transfer.ManifestEntry]:
        """Entries that refer to files of other artifacts, by name.

        Raises:
            NotFoundError: an artifact or a file does not exist.
        """
        made: list[transfer.ManifestEntry] = []
        for name, uri in uris.items():
            found, entry = await self.find(uri)
            made.append(entry_referring(name, found.id, entry))
        return made

    async def _artifact(self, named: ArtifactUri, uri: str) -> AsyncArtifact:
        if named.id not in self._known:
            identity = named.id
            if named.by_client:
                mapping: ClientArtifactIdVariables = {"clientID": named.id}
                identity = server_id(
                    await self._client.execute(catalog.CLIENT_ARTIFACT_ID, mapping, subject=uri),
                    uri,
                )
            variables: ArtifactByIdVariables = {"id": identity}
            node = required_artifact(
                await self._client.execute(catalog.ARTIFACT_BY_ID, variables, subject=uri), uri
            )
            self._known[named.id] = AsyncArtifact._of(
                self._client, source_membership(node), node, source_of(node)
            )
        return self._known[named.id]
