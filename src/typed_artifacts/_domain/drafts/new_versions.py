"""The logic of logging a version: checks, variables, responses. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
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
    MultipartTarget,
    PartDigests,
    UploadItem,
    UploadTarget,
    manifest_of,
    manifest_pieces,
    new_hasher,
    one_ahead,
)
from ...errors import IntegrityError, ServerError, UnsupportedByServer
from ..downloads import MANIFEST_NAME

if TYPE_CHECKING:
    from ..._graphql.create_artifact_files import (
        CreateArtifactFiles,
    )
    from ..._graphql.create_artifact_files import (
        CreateArtifactFilesCreateArtifactFilesFilesEdgesNode as FileTarget,
    )
    from ..._graphql.create_artifact_manifest import CreateArtifactManifest
    from ..._graphql.fragments import LoggedArtifactFields
    from ..._transfer.uploads.multipart import FileParts

# The official client asked for up to 1,000 at once for years; now for 25, five times at once.
FILES_PER_REQUEST = 250
_HELD_BYTES = 8 << 20
# A server looks at each file of a version before it is seen: a million took ours a minute.
_COMMIT_SECONDS_A_FILE = 0.001
# How the embedded server tells that it has a part from an upload that was interrupted.
_STORED = "#stored"


def read_targets(
    data: CreateArtifactFiles, entries: Sequence[ManifestEntry], parts: PartDigests
) -> list[UploadTarget | None]:
    """Where each entry goes; ``None`` where the server has the content already.

    Raises:
        ServerError: the answer is not about these entries, or their parts.
    """
    nodes = _nodes(data, entries)
    if len(nodes) != len(entries):
        raise ServerError(
            f"The server answered {len(nodes)} files where {len(entries)} were announced.",
            operation="CreateArtifactFiles",
        )
    return [
        _target(node, entry.path, parts.of(entry.path))
        for entry, node in zip(entries, nodes, strict=True)
    ]


def _nodes(
    data: CreateArtifactFiles, entries: Sequence[ManifestEntry]
) -> Sequence[FileTarget | None]:
    """What an answer says of each entry: of the file of its name, in whatever order they come."""
    payload = data.create_artifact_files
    nodes = [edge.node for edge in payload.files.edges] if payload else []
    named = {node.name: node for node in nodes if node is not None}
    if len(named) == len(nodes) == len(entries) and all(each.path in named for each in entries):
        return [named[each.path] for each in entries]
    return nodes


def _target(node: FileTarget | None, path: str, parts: FileParts | None) -> UploadTarget | None:
    if node is None:  # a file that the server has comes back without a URL, and not as null
        raise ServerError(
            f"The server does not say where {path!r} goes, nor that it has it; nothing was "
            "committed.",
            operation="CreateArtifactFiles",
            subject=path,
        )
    if not node.upload_url:
        return None
    multipart = node.upload_multipart_urls
    if multipart is None or parts is None:
        return UploadTarget(node.upload_url, tuple(node.upload_headers))
    urls = {int(part.part_number): part.upload_url for part in multipart.upload_url_parts}
    if urls.keys() != {span.number for span in parts.spans}:
        raise ServerError(
            f"The server gave URLs for other parts of {node.name!r} than the "
            f"{len(parts.spans)} that were announced.",
            operation="CreateArtifactFiles",
            subject=node.name,
        )
    missing = {number: url for number, url in urls.items() if not url.endswith(_STORED)}
    where = MultipartTarget(multipart.upload_id, node.storage_path or "", missing, parts)
    return UploadTarget("", tuple(node.upload_headers), where)


class Births:
    """Which artifact each file of a new version was first stored with, as the server says.

    For most that is the version itself, and only the others are remembered.

    Args:
        own: the id of the version.
        draft: its files.
    """

    def __init__(self, own: str, draft: Draft) -> None:
        self._own = own
        self._contents = draft.contents
        self._all_sent = len(draft.contents) == len(draft.manifest.entries)
        self._others: dict[str, str | None] = {}

    def note(self, data: CreateArtifactFiles, entries: Sequence[ManifestEntry]) -> None:
        """Remember what an answer says of these entries."""
        for entry, node in zip(entries, _nodes(data, entries), strict=False):
            if node is None or (node.artifact is None and node.upload_url):
                continue
            birth = None if node.artifact is None else node.artifact.id
            if birth != self._own:
                self._others[entry.path] = birth

    def of(self, entry: ManifestEntry) -> str | None:
        """What the manifest is to say of an entry."""
        if entry.ref is not None or entry.birth_artifact_id is not None:
            return entry.birth_artifact_id
        if self._all_sent or entry.path in self._contents:
            return self._others.get(entry.path, self._own)
        return None


def upload_items(
    draft: Draft,
    targets: Callable[[Sequence[ManifestEntry]], Sequence[UploadTarget | None]],
    parts: PartDigests,
) -> Iterator[UploadItem]:
    """Every file of a draft with its target, asked for in batches while those before are sent."""

    def asked() -> Iterator[tuple[Sequence[ManifestEntry], Sequence[UploadTarget | None]]]:
        for batch in _batches(draft):
            parts.prepare(batch)
            yield batch, targets(batch)

    with closing(one_ahead(asked())) as ahead:
        try:
            for batch, found in ahead:
                for entry, target in zip(batch, found, strict=True):
                    yield UploadItem(entry, draft.contents[entry.path], target)
        finally:
            parts.cancel.set()  # where it ends early: a large file takes long to hash


def _batches(draft: Draft) -> Iterator[Sequence[ManifestEntry]]:
    entries = stored_entries(draft)
    while batch := list(islice(entries, FILES_PER_REQUEST)):
        yield batch


def stored_entries(draft: Draft) -> Iterator[ManifestEntry]:
    """The entries whose bytes are to be sent; of the others the server knows where theirs are."""
    entries = draft.manifest.entries
    if len(draft.contents) == len(entries):
        return iter(entries.values())  # without a search for each
    return (entries[name] for name in draft.contents)


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
