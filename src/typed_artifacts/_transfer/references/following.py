"""Fetches the targets of references into a folder, and checks them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from ..._requests.retry import RetryPolicy
from ..._values.file_names import parents
from ..._values.uris import scheme_of, shown_uri
from ...errors import ArtifactsError, IntegrityError
from ..concurrency.cancellation import Cancellation
from ..disk.presence import file_is_right
from ..disk.roots import Root
from ..downloads.folder_downloads import DownloadReport, download
from ..downloads.urls import FixedUrls
from ..events import OnEvent
from ..http.byte_source import ByteSource
from ..manifests.digests import CHUNK, DigestAlgorithm, digest_bytes, hex_of
from ..manifests.manifest import ManifestEntry
from .allowed_references import AllowedReferences, real_path
from .file_uris import known_path
from .reference import ARTIFACT_SCHEME, CLIENT_SCHEME
from .reference_entries import LookupContext, ask_headers
from .reference_source import ReferenceSource, check_same
from .remote_objects import AZURE, GCS, HTTP, S3, http_object, names_content, why_another

ReferenceCheck: TypeAlias = Literal["content", "same version", "nothing"]
"""What was shown of a reference: that the folder has its content; that the storage still has the
version that is meant; nothing."""

_MD5: Final = re.compile("[0-9a-f]{32}")
_ARTIFACTS: Final = {ARTIFACT_SCHEME, CLIENT_SCHEME}
_OBJECTS: Final = S3 | GCS | AZURE


def follow(
    entries: Sequence[ManifestEntry],
    root: Path,
    *,
    allowed: AllowedReferences,
    http: ByteSource,
    offline: bool,
    max_workers: int,
    on_event: OnEvent | None,
    retry: RetryPolicy,
    cancel: Cancellation | None = None,
) -> DownloadReport:
    """Fetch the targets of references into a folder, each in the version that was logged.

    Args:
        entries: references, to anything but files of artifacts.
        root: the folder.
        allowed: what may be fetched.
        http: what requests over http(s) go through.
        offline: whether nothing may leave this machine.
        max_workers: threads that fetch.
        on_event: called with what happens.
        retry: when to try again.
        cancel: stops it when it is set.

    Raises:
        IntegrityError: a storage has another version, or gives other bytes.
        PermissionDenied: a redirect leads to what is not allowed.
        ArtifactsError: something is not there, or cannot be asked, after the retries.
    """
    stop = cancel or Cancellation()
    files = _without_folders(entries)
    lacking = [each for each in files if not holds(root, each, stop)]
    source = ReferenceSource(http, {each.path: each for each in lacking}, allowed, offline=offline)
    uris = {each.path: each.ref or "" for each in lacking}
    try:
        return download(
            [_as_file(each) for each in lacking],
            root,
            FixedUrls(uris),
            source=source,
            max_workers=max_workers,
            on_event=on_event,
            retry=retry,
            cancel=stop,
        )
    except IntegrityError as error:
        uri = uris.get(error.subject or "", "")
        if scheme_of(uri) != "file":
            raise
        # The download saw other bytes than promised, and knows of no file on this machine.
        raise IntegrityError(
            f"{shown_uri(uri)} is not what {error.subject!r} refers to any more: it was changed "
            "since it was logged. Log it anew, or bring the old one back.",
            operation=error.operation,
            subject=error.subject,
        ) from None


def _without_folders(entries: Sequence[ManifestEntry]) -> list[ManifestEntry]:
    """References without objects that only stand for a folder, as older clients logged some."""
    folders = {folder for each in entries for folder in parents(each.path)}
    return [each for each in entries if not _stands_for_folder(each, folders)]


def _stands_for_folder(entry: ManifestEntry, folders: Container[str]) -> bool:
    uri = entry.ref or ""
    is_empty_object = scheme_of(uri) in _OBJECTS and not entry.size and names_content(entry)
    return is_empty_object and (entry.path in folders or uri.endswith("/"))


def content_digest(entry: ManifestEntry) -> str | None:
    """The digest of a reference's content, if its manifest has one that proves it.

    An ETag that looks like an MD5 is one, or is not: if the content has it, that is proof.
    """
    scheme = scheme_of(entry.ref or "")
    if scheme in _ARTIFACTS:
        return entry.digest or None
    if scheme == "file":
        return None if _is_of_text(entry) else entry.digest
    text = entry.digest.strip('"')
    return b64encode(bytes.fromhex(text)).decode("ascii") if _MD5.fullmatch(text) else None


def holds(root: Path, entry: ManifestEntry, cancel: Cancellation) -> bool:
    """Whether a folder provably has the content of a reference."""
    digest = content_digest(entry)
    if digest is None or (scheme_of(entry.ref or "") != "file" and hex_of(digest) is None):
        return False
    wanted = replace(entry, ref=None, digest=digest, size=entry.size or None)
    try:
        return file_is_right(Root(root), wanted, memoryview(bytearray(CHUNK)), cancel)
    except OSError:
        return False


def same_versions(
    entries: Iterable[ManifestEntry],
    allowed: AllowedReferences,
    http: ByteSource,
    retry: RetryPolicy,
    *,
    offline: bool,
    cancel: Cancellation | None = None,
) -> frozenset[str]:
    """The names of references whose storage still has the version that is meant.

    One request each, over http(s) and to object stores.
    """
    context = LookupContext(http, retry, cancel or Cancellation(), offline)
    return frozenset(
        entry.path
        for entry in entries
        if entry.ref and allowed(entry.ref) and names_content(entry)
        if _is_same(entry, entry.ref, context)
    )


def _is_same(entry: ManifestEntry, uri: str, context: LookupContext) -> bool:
    context.cancel.check()
    scheme = scheme_of(uri)
    try:
        if scheme in HTTP:
            return why_another(entry, http_object(uri, ask_headers(uri, context))) is None
        if scheme == "file":
            path = known_path(uri)
            return (
                path is not None
                and not _is_of_text(entry)
                and file_is_right(
                    Root(path.parent),
                    replace(entry, path=path.name, ref=None),
                    memoryview(bytearray(CHUNK)),
                    context.cancel,
                )
            )
        if context.offline:
            return False
        check_same(entry, uri, context.storages)
    except (ArtifactsError, OSError):
        return False
    return True


def _as_file(entry: ManifestEntry) -> ManifestEntry:
    """A reference as a file to fetch; only of a local one the digest is certainly the content's."""
    is_local = scheme_of(entry.ref or "") == "file"
    digest = entry.digest if is_local and not _is_of_text(entry) else ""
    # A reference that was logged without a check has no size.
    return replace(entry, ref=None, digest=digest, size=entry.size or None)


def _is_of_text(entry: ManifestEntry) -> bool:
    """Whether the digest of a local reference only says its URI, which was never looked behind."""
    uri = entry.ref or ""
    path = real_path(uri)
    texts = [uri] if path is None else [uri, path.as_uri()]
    digests = [digest_bytes(text.encode(), DigestAlgorithm.MD5) for text in texts]
    return entry.digest in (*texts, *digests)
