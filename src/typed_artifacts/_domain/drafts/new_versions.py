"""The logic of logging a version: checks, variables, responses. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from ..._graphql.enums import ArtifactState
from ..._transfer import (
    Cancellation,
    DigestAlgorithm,
    Draft,
    HeldFile,
    Manifest,
    ManifestEntry,
    UploadTarget,
    manifest_of,
    manifest_pieces,
    new_hasher,
)
from ...errors import IntegrityError, ServerError, UnsupportedByServer
from ..downloads.entries import MANIFEST_NAME
from .upload_targets import Births

if TYPE_CHECKING:
    from ..._graphql.create_artifact_manifest import CreateArtifactManifest
    from ..._graphql.fragments import LoggedArtifactFields


_HELD_BYTES = 8 << 20

# A server looks at each file of a version before it is seen: a million took ours a minute.
_COMMIT_SECONDS_A_FILE = 0.001


def copied_manifest(manifest: Manifest, md5: Mapping[str, str | None], path: str) -> Manifest:
    """The manifest of a copy on another server: the same files, hashed with MD5.

    Args:
        manifest: the original.
        md5: the MD5 of each file that was hashed in another way.
        path: the original's, for errors.

    Raises:
        UnsupportedByServer: the server does not know the MD5 of a file.
    """
    return manifest_of(_copied_entry(each, md5, path) for each in manifest.entries.values())


def needs_md5(manifest: Manifest) -> bool:
    """Whether files were hashed in another way than with MD5, which every server takes."""
    return any(
        entry.ref is None and entry.algorithm is not DigestAlgorithm.MD5
        for entry in manifest.entries.values()
    )


def _copied_entry(entry: ManifestEntry, md5: Mapping[str, str | None], path: str) -> ManifestEntry:
    if entry.ref is not None or entry.algorithm is DigestAlgorithm.MD5:
        return replace(entry, birth_artifact_id=None)
    if (digest := md5.get(entry.path)) is None:
        raise UnsupportedByServer(
            f"{entry.path!r} of {path} was hashed with {entry.extra.get('alg')!r}, and the server "
            "does not know its MD5; download it and log the files.",
            feature="md5 of files",
            subject=path,
        )
    extra = {key: value for key, value in entry.extra.items() if key != "alg"}
    return replace(entry, digest=digest, birth_artifact_id=None, extra=extra)


def manifest_file() -> HeldFile:
    """Where a manifest is written for its upload, which is to be closed; a large one is on disk."""
    return HeldFile(SpooledTemporaryFile(_HELD_BYTES))


def manifest_item(
    manifest: Manifest, held: HeldFile, births: Births, cancel: Cancellation | None = None
) -> ManifestEntry:
    """The manifest as a file to upload, written."""
    hasher = new_hasher(DigestAlgorithm.MD5)
    size = 0
    for piece in manifest_pieces(manifest, births.of):
        if cancel is not None:
            cancel.check()
        hasher.update(piece)
        size += held.file.write(piece)
    digest = b64encode(hasher.digest()).decode("ascii")
    return ManifestEntry(MANIFEST_NAME, digest, size)


def manifest_target(data: CreateArtifactManifest, path: str) -> UploadTarget:
    """Where the manifest goes.

    Raises:
        ServerError: the server gives no place for it.
    """
    payload = data.create_artifact_manifest
    file = payload.artifact_manifest.file if payload else None
    if file is None or not file.upload_url:
        raise ServerError(
            f"The server gives no place for the manifest of {path}; nothing was committed.",
            operation="CreateArtifactManifest",
            subject=path,
        )
    return UploadTarget(file.upload_url, tuple(file.upload_headers))


def manifest_id(data: CreateArtifactManifest, path: str) -> str:
    """The id of a manifest that was announced."""
    if data.create_artifact_manifest is None:
        raise ServerError(
            f"The server made no manifest for {path}; nothing was committed.",
            operation="CreateArtifactManifest",
            subject=path,
        )
    return data.create_artifact_manifest.artifact_manifest.id


def is_committed(node: LoggedArtifactFields) -> bool:
    """Whether the server has the content already, so that there is no new version."""
    return node.state is ArtifactState.COMMITTED


def check_known(node: LoggedArtifactFields, draft: Draft, path: str) -> LoggedArtifactFields:
    """The version that the server has with this content already.

    Raises:
        IntegrityError: it has other content.
    """
    if node.digest != draft.manifest.digest:
        raise IntegrityError(
            f"The server takes what was logged to {path} for a version whose digest is "
            f"{node.digest}, which is not what was sent: that is {draft.manifest.digest}. "
            "Nothing was logged.",
            operation="CreateArtifact",
            subject=path,
        )
    return node


def commit_seconds(timeout: float, draft: Draft) -> float:
    """How long a server may take to commit a version: longer, the more files it has.

    Args:
        timeout: seconds that any other request may take.
        draft: the version.
    """
    return timeout + _COMMIT_SECONDS_A_FILE * len(draft.manifest.entries)


def check_committed(node: LoggedArtifactFields, draft: Draft, path: str) -> LoggedArtifactFields:
    """What the server committed, if it is what was sent.

    Raises:
        IntegrityError: it is something else.
        ServerError: by the state that came back, it is not committed.
    """
    if not is_committed(node):
        raise ServerError(
            f"The server was asked to commit the version of {path}, and answered with one that is "
            f"{node.state}, not COMMITTED. Log it again: what was sent is not sent twice.",
            operation="CommitArtifact",
            subject=path,
        )
    manifest = draft.manifest
    wanted = (manifest.digest, len(manifest.entries), manifest.size)
    found = (node.digest, node.file_count, node.size)
    if found != wanted:
        raise IntegrityError(
            f"The server committed a version of {path} that is not what was sent: digest, files "
            f"and bytes are {found}, not {wanted}. Look at it before you use it.",
            operation="CommitArtifact",
            subject=path,
        )
    return node
