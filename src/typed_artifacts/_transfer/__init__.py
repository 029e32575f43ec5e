"""Verified downloads and uploads of files, without GraphQL: callers bring entries and URLs.

What the documented methods need of it:

``Artifact.manifest``
    ``read_bytes(ManifestEntry("wandb_manifest.json", ""), FixedUrls({…}), source=…)``, then
    ``parse_manifest(data)``
``Artifact.download``
    ``download(entries, root, urls, source=…, max_workers=…, on_event=…, retry=…, cache=…)``, inside
    ``with listener(progress, label) as on_event``
``Artifact.verify``
    ``verify(entries, root).raise_if_wrong()``
``File.download``, ``.read_bytes``, ``.open``
    ``download([entry], …)``, ``read_bytes(entry, …)``, ``open_remote(entry, …)``
``Api.log_artifact``
    ``build_manifest(files)`` → ``Draft``; after ``createArtifactFiles``, ``upload(items, …)``; then
    the manifest itself, as an item whose content is ``manifest.dump()``
their async twins
    ``await in_thread(lambda cancel: download(…, cancel=cancel))``, with coroutine functions made
    callable from threads by ``from_loop``

A ``ByteSource`` carries the bytes: ``urllib3_source`` (the default), or for a user's own httpx
transport one of ``httpx_source`` or ``httpx_async_source``; ``default_source`` chooses.

Packages, each importing only those after it: ``verification`` (a folder against a manifest);
``references`` (files stored elsewhere); ``downloads``, ``uploads``; ``disk`` (folders, partial
files, the cache); ``http`` (byte sources, retries); ``manifests``; ``concurrency`` (workers,
cancellation). ``events`` and ``progress`` tell callers what happens. May import ``_requests`` and
what lies below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.lazy_names import imported

if TYPE_CHECKING:
    from .concurrency.cancellation import Cancellation
    from .concurrency.prefetch import one_ahead
    from .disk.cache import ContentCache
    from .disk.folder_files import files_in
    from .disk.linking import LinkMode
    from .disk.selection import Patterns, Selection, selection_of
    from .downloads.folder_downloads import DownloadReport, download
    from .downloads.remote_bytes import read_bytes
    from .downloads.remote_file import open_remote
    from .downloads.urls import FixedUrls, UrlProvider
    from .events import OnEvent, TransferEvent
    from .http.byte_source import ByteSource
    from .http.password_source import PasswordSource
    from .manifests.digests import DigestAlgorithm, hex_of, new_hasher
    from .manifests.manifest import Manifest, ManifestEntry, manifest_of, manifest_pieces
    from .manifests.manifest_parsing import parse_manifest
    from .progress import ProgressOption, listener
    from .references.allowed_references import (
        AllowedReferences,
        FollowReferences,
        allowed_references,
    )
    from .references.following import follow, same_versions
    from .references.reference import Reference
    from .references.reference_entries import LookupContext, draft_and, draft_with
    from .uploads.file_uploads import UploadItem, upload
    from .uploads.hashing import Draft, build_manifest
    from .uploads.held_files import HeldFile
    from .uploads.multipart import CompletedParts, MultipartTarget
    from .uploads.part_digests import PartDigests
    from .uploads.sending import UploadTarget
    from .uploads.streamed import CopyListener, StreamedFile, StreamUrls
    from .verification.download_plan import DownloadPlan, plan_download
    from .verification.folder_verification import VerifyReport, verify

# Module → the names in it, each imported when it is first used: a download needs no uploads.
_HOMES = {
    ".concurrency.cancellation": "Cancellation",
    ".concurrency.prefetch": "one_ahead",
    ".disk.cache": "ContentCache",
    ".disk.folder_files": "files_in",
    ".disk.linking": "LinkMode",
    ".disk.selection": "Patterns Selection selection_of",
    ".downloads.folder_downloads": "DownloadReport download",
    ".downloads.remote_bytes": "read_bytes",
    ".downloads.remote_file": "open_remote",
    ".downloads.urls": "FixedUrls UrlProvider",
    ".events": "OnEvent TransferEvent",
    ".http.byte_source": "ByteSource",
    ".http.password_source": "PasswordSource",
    ".manifests.digests": "DigestAlgorithm hex_of new_hasher",
    ".manifests.manifest": "Manifest ManifestEntry manifest_of manifest_pieces",
    ".manifests.manifest_parsing": "parse_manifest",
    ".progress": "ProgressOption listener",
    ".references.allowed_references": "AllowedReferences FollowReferences allowed_references",
    ".references.following": "follow same_versions",
    ".references.reference": "Reference",
    ".references.reference_entries": "LookupContext draft_and draft_with",
    ".uploads.file_uploads": "UploadItem upload",
    ".uploads.hashing": "Draft build_manifest",
    ".uploads.held_files": "HeldFile",
    ".uploads.multipart": "CompletedParts MultipartTarget",
    ".uploads.part_digests": "PartDigests",
    ".uploads.sending": "UploadTarget",
    ".uploads.streamed": "CopyListener StreamedFile StreamUrls",
    ".verification.download_plan": "DownloadPlan plan_download",
    ".verification.folder_verification": "VerifyReport verify",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "AllowedReferences",
    "ByteSource",
    "Cancellation",
    "CompletedParts",
    "ContentCache",
    "CopyListener",
    "DigestAlgorithm",
    "DownloadPlan",
    "DownloadReport",
    "Draft",
    "FixedUrls",
    "FollowReferences",
    "HeldFile",
    "LinkMode",
    "LookupContext",
    "Manifest",
    "ManifestEntry",
    "MultipartTarget",
    "OnEvent",
    "PartDigests",
    "PasswordSource",
    "Patterns",
    "ProgressOption",
    "Reference",
    "Selection",
    "StreamUrls",
    "StreamedFile",
    "TransferEvent",
    "UploadItem",
    "UploadTarget",
    "UrlProvider",
    "VerifyReport",
    "allowed_references",
    "build_manifest",
    "download",
    "draft_and",
    "draft_with",
    "files_in",
    "follow",
    "hex_of",
    "listener",
    "manifest_of",
    "manifest_pieces",
    "new_hasher",
    "one_ahead",
    "open_remote",
    "parse_manifest",
    "plan_download",
    "read_bytes",
    "same_versions",
    "selection_of",
    "upload",
    "verify",
]

if not TYPE_CHECKING:  # or a misspelt name would type-check

    def __getattr__(name: str) -> object:
        return imported(__name__, _HOME_OF, name)
