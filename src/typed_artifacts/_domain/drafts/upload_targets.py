"""Where the files of a new version are uploaded to, as the server says. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

from ..._transfer import (
    Draft,
    ManifestEntry,
    MultipartTarget,
    PartDigests,
    UploadItem,
    UploadTarget,
    one_ahead,
)
from ...errors import ServerError

if TYPE_CHECKING:
    from ..._graphql.create_artifact_files import CreateArtifactFiles
    from ..._graphql.create_artifact_files import (
        CreateArtifactFilesCreateArtifactFilesFilesEdgesNode as FileTarget,
    )
    from ..._transfer.uploads.multipart import FileParts


# The official client asked for up to 1,000 at once for years; now for 25, five times at once.
FILES_PER_REQUEST = 250

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
