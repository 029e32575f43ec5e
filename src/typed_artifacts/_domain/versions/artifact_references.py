"""References to files of other artifacts, and their manifest entries. Pure."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..._transfer import ManifestEntry, Reference
from ..._transfer.references.reference import ARTIFACT_SCHEME, CLIENT_SCHEME, artifact_uri
from ..._values.uris import scheme_of, shown_uri
from ...errors import IntegrityError, InvalidInput, NotFoundError
from ..arguments.lookups import not_found

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ..._graphql.artifact_by_id import ArtifactById
    from ..._graphql.client_artifact_id import ClientArtifactId
    from ..._graphql.fragments import LoggedArtifactFields
    from ..._transfer import Manifest


@dataclass(frozen=True, slots=True)
class ArtifactUri:
    """A file of another artifact.

    Attributes:
        id: the artifact's id; with ``by_client``, the id that the logging client chose.
        path: the file's name there.
        by_client: whether the id is one that a client gave, and the server has to be asked for its
            own.
    """

    id: str
    path: str
    by_client: bool


def is_artifact_uri(uri: str) -> bool:
    """Whether a URI names a file of another artifact."""
    return scheme_of(uri) in {ARTIFACT_SCHEME, CLIENT_SCHEME}


def parse_artifact_uri(uri: str) -> ArtifactUri:
    """Read ``wandb-artifact://<hex of the id>/<path>``, or the same of a client's id.

    Raises:
        InvalidInput: it is malformed.
    """
    scheme, rest = scheme_of(uri), uri.partition("://")[2]
    text, _, path = rest.partition("/")
    if scheme == CLIENT_SCHEME and text and path:
        return ArtifactUri(text, path, by_client=True)
    try:
        identity = base64.b64encode(bytes.fromhex(text)).decode("ascii")
    except ValueError:
        identity = ""
    if scheme != ARTIFACT_SCHEME or not identity or not path:
        raise InvalidInput(
            f"{shown_uri(uri)} names no file of an artifact: it is "
            "wandb-artifact://<hex of the artifact's id>/<file>.",
            subject=shown_uri(uri),
        )
    return ArtifactUri(identity, path, by_client=False)


def artifact_items(items: Mapping[str, object]) -> dict[str, str]:
    """The URIs of files of other artifacts among the contents of a draft, by name.

    Raises:
        InvalidInput: one has no name of its own.
    """
    found: dict[str, str] = {}
    for name, item in items.items():
        if isinstance(item, Reference) and is_artifact_uri(item.uri):
            own = parse_artifact_uri(item.uri).path.rpartition("/")[2]
            found[f"{name}{own}" if not name or name.endswith("/") else name] = item.uri
    return found


def required_artifact(data: ArtifactById, uri: str) -> LoggedArtifactFields:
    """The artifact that a reference names.

    Raises:
        NotFoundError: there is none, or it is out of sight.
    """
    if data.artifact is None:
        raise not_found("artifact", shown_uri(uri), shown_uri(uri), "ArtifactById")
    return data.artifact


def server_id(data: ClientArtifactId, uri: str) -> str:
    """The server's id of an artifact that a client has named.

    Raises:
        NotFoundError: there is none, or it is not committed.
    """
    if data.client_id_mapping is None:
        raise not_found("artifact", shown_uri(uri), shown_uri(uri), "ClientArtifactId")
    return data.client_id_mapping.server_id


def entry_named(manifest: Manifest, path: str, artifact: str) -> ManifestEntry:
    """The entry that a reference names.

    Raises:
        NotFoundError: the artifact has none of that name.
    """
    entry = manifest.entries.get(path)
    if entry is None:
        raise NotFoundError(
            f"A reference names {path!r} of {artifact}, which has no such file.",
            missing="file",
            subject=artifact,
        )
    return entry


def check_loop(uri: str, before: Collection[str]) -> str:
    """A URI, if it was not followed before.

    Raises:
        IntegrityError: it was: the references lead in a circle.
    """
    if uri in before:
        raise IntegrityError(
            f"{shown_uri(uri)} leads back to itself: references of artifacts to one another never "
            "come to a file. Log one of them anew.",
            operation="download",
            subject=shown_uri(uri),
        )
    return uri


def renamed(entry: ManifestEntry, path: str) -> ManifestEntry:
    """An entry under another name."""
    return replace(entry, path=path)


def entry_referring(name: str, artifact_id: str, target: ManifestEntry) -> ManifestEntry:
    """An entry that refers to a file of another artifact, as the official client writes it."""
    algorithm = target.extra.get("alg")
    return ManifestEntry(
        name,
        target.digest,
        0,
        ref=artifact_uri(artifact_id, target.path),
        extra={} if algorithm is None else {"alg": algorithm},
    )
