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

Layers, each importing only those before it: ``digests``, ``events``; ``manifest``,
``checks``, ``plan`` (pure); ``cancellation``, ``byte_source`` and the sources; ``retry``,
``reading`` (one remote file); ``folders``, ``linking``, ``partial_files``, ``cache`` (the disk);
``downloads``, ``uploads``, ``verification``, ``remote_bytes``, ``remote_file``. May import
``_requests`` and what lies below it.
"""

from __future__ import annotations

from .._values.file_names import why_unsafe
from .allowed_references import AllowedReferences, FollowReferences, allowed_references
from .byte_source import ByteReply, ByteRequest, ByteSource, ExchangeError
from .cache import ContentCache
from .cancellation import Cancellation, Cancelled
from .digests import DigestAlgorithm, digest_bytes, hex_of, manifest_digest, new_hasher
from .download_plan import DownloadPlan, plan_download
from .downloads import DownloadReport, download
from .events import (
    Advanced,
    FileDone,
    Finished,
    OnEvent,
    Retried,
    Skipped,
    Started,
    TransferEvent,
)
from .folder_files import files_in
from .following import ReferenceCheck, follow, same_versions
from .hashing import Draft, build_manifest
from .held_files import HeldFile
from .linking import LinkMode
from .local_files import Content, LocalFile
from .manifest import (
    Manifest,
    ManifestEntry,
    manifest_of,
    manifest_pieces,
)
from .manifest_parsing import parse_manifest
from .multipart import CompletedParts, MultipartTarget
from .part_digests import PartDigests
from .prefetch import one_ahead
from .progress import ProgressOption, listener
from .reference_entries import Asking, draft_and, draft_with
from .references import Reference
from .remote_bytes import read_bytes
from .remote_file import RemoteFile, open_remote
from .selection import Patterns, Selection, selection_of
from .sending import RenewTarget, UploadTarget
from .streamed import CopyListener, StreamedFile, StreamUrls
from .uploads import UploadItem, UploadReport, upload
from .urls import FixedUrls, UrlProvider
from .verification import VerifyReport, verify

__all__ = [
    "Advanced",
    "AllowedReferences",
    "Asking",
    "ByteReply",
    "ByteRequest",
    "ByteSource",
    "Cancellation",
    "Cancelled",
    "CompletedParts",
    "Content",
    "ContentCache",
    "CopyListener",
    "DigestAlgorithm",
    "DownloadPlan",
    "DownloadReport",
    "Draft",
    "ExchangeError",
    "FileDone",
    "Finished",
    "FixedUrls",
    "FollowReferences",
    "HeldFile",
    "LinkMode",
    "LocalFile",
    "Manifest",
    "ManifestEntry",
    "MultipartTarget",
    "OnEvent",
    "PartDigests",
    "Patterns",
    "ProgressOption",
    "Reference",
    "ReferenceCheck",
    "RemoteFile",
    "RenewTarget",
    "Retried",
    "Selection",
    "Skipped",
    "Started",
    "StreamUrls",
    "StreamedFile",
    "TransferEvent",
    "UploadItem",
    "UploadReport",
    "UploadTarget",
    "UrlProvider",
    "VerifyReport",
    "allowed_references",
    "build_manifest",
    "digest_bytes",
    "download",
    "draft_and",
    "draft_with",
    "files_in",
    "follow",
    "hex_of",
    "listener",
    "manifest_digest",
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
    "why_unsafe",
]
