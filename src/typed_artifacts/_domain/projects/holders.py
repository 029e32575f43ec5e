"""What refers to a version: collections and runs. Without I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..._graphql.enums import ArtifactState
from ..._values.guards import is_sequence, is_text
from ..._values.times import as_utc
from ...errors import InvalidInput
from ...holdings import Holders, VersionMembership
from ..versions.memberships import own_aliases
from .holdings import own_ttl

if TYPE_CHECKING:
    from ..._graphql.artifact_contents import ArtifactContentsArtifactFilesEdges
    from ..._graphql.artifact_holders import ArtifactHoldersArtifact
    from ..._values.string_sequences import StringSequence


_HIDDEN = VersionMembership("", "a version of a collection that you cannot see", ())
_DIGEST_TEXT = 24  # 128 bits, MD5 or XXH128, in base64


def check_ids(ids: StringSequence) -> list[str]:
    """The ids of versions, each once, or ``InvalidInput``."""
    if is_text(ids) or not is_sequence(ids) or not all(is_text(each) and each for each in ids):
        raise InvalidInput(
            f"ids is {ids!r:.200}; it must be a list of the ids of versions, as Artifact.id is one."
        )
    return list(dict.fromkeys(ids))


def holders_of(artifact_id: str, found: ArtifactHoldersArtifact | None) -> Holders:
    """What holds a version, from what the server says of it; ``None``: there is no such version."""
    if found is None or found.state == ArtifactState.DELETED:
        return Holders(artifact_id, gone=True)
    edges = found.used_by.edges
    return Holders(
        artifact_id,
        gone=False,
        digest=found.digest,
        tags=tuple(tag.name for tag in found.tags),
        used_by=edges[0].node.name if edges else None,
        memberships=tuple(_memberships(found)),
        ttl=own_ttl(found.ttl_duration_seconds, inherited=found.ttl_is_inherited),
        updated_at=None if found.updated_at is None else as_utc(found.updated_at),
    )


def _memberships(found: ArtifactHoldersArtifact) -> Iterator[VersionMembership]:
    for edge in found.artifact_memberships.edges:
        if (node := edge.node) is None or (collection := node.artifact_collection) is None:
            yield _HIDDEN  # it holds the version like any other
            continue
        project = collection.project
        where = "" if project is None else f"{project.entity_name}/{project.name}/"
        version = "" if node.version_index is None else f":v{node.version_index}"
        path = f"{where}{collection.name}{version}"
        yield VersionMembership(collection.id, path, tuple(own_aliases(node.aliases)))


def stored_contents(edges: Iterable[ArtifactContentsArtifactFilesEdges]) -> dict[str, int]:
    """Digest → bytes of the files that the server stores; what is elsewhere frees nothing here."""
    found: dict[str, int] = {}
    for edge in edges:
        if (file := edge.node) is not None and (key := _stored_as(file.md_5, file.digest)):
            found[key] = file.size_bytes
    return found


def _stored_as(md5: str | None, digest: str | None) -> str | None:
    """The digest of a stored file; a reference has no MD5, and in general another digest."""
    if md5:
        return md5
    return digest if digest is not None and len(digest) == _DIGEST_TEXT else None
