"""Converts references to manifest entries: looks up objects without fetching them."""

from __future__ import annotations

import os
import stat
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ..._requests.response import retry_after
from ..._requests.retry import RetryPolicy
from ..._values.file_names import why_overlapping, why_unsafe
from ..._values.uris import scheme_of, shown_uri, split_uri
from ...errors import InvalidInput, NotFoundError
from ..concurrency.cancellation import Cancellation
from ..disk.disk_errors import disk_error, status_of
from ..disk.selection import Selection
from ..disk.walking import walk
from ..http.byte_source import ByteRequest, ByteSource, ExchangeError, host_of, message_of
from ..http.failures import broken, refusal
from ..http.password_source import with_password
from ..http.redirects import send_following
from ..http.response_head import ResponseKind, classify
from ..http.retry import Retrying, TryAgain
from ..manifests.digests import DigestAlgorithm, digest_bytes, digest_stream
from ..manifests.manifest import ManifestEntry, manifest_of
from ..uploads.hashing import Draft
from ..uploads.local_files import open_regular
from .file_uris import path_of
from .reference import Reference, needs_network
from .remote_objects import (
    HTTP,
    ObjectFacts,
    http_object,
    stands_for_folder,
    stored_object,
    version_in,
)
from .stored_objects import Storages, StoredObject, without_version

IDENTITY: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class LookupContext:
    """What references are looked up with.

    Attributes:
        source: sends requests over http(s).
        retry: when to try again.
        cancel: stops it when it is set.
        offline: whether nothing may leave this machine.
        storages: opens what is elsewhere.
    """

    source: ByteSource
    retry: RetryPolicy
    cancel: Cancellation
    offline: bool = False
    storages: Storages = field(default_factory=Storages)


def draft_with(
    draft: Draft,
    references: Mapping[str, Reference],
    context: LookupContext,
    select: Selection | None = None,
) -> Draft:
    """A draft with an entry for each object that references name.

    Args:
        draft: the files.
        references: under the name that each gets; ``""`` for the names that they have.
        context: what they are looked up with.
        select: which objects are meant.

    Raises:
        InvalidInput: a name is not safe or there twice, or there are too many objects.
        ArtifactsError: something is not there, or cannot be asked.
    """
    if not references:
        return draft
    added: list[ManifestEntry] = []
    for name, reference in references.items():
        found = reference_entries(name, reference, context)
        added.extend(each for each in found if select is None or select(each.path))
    return draft_and(draft, added)


def draft_and(draft: Draft, added: Iterable[ManifestEntry]) -> Draft:
    """A draft with more entries, whose bytes are elsewhere.

    Raises:
        InvalidInput: a name is not safe, or there twice.
    """
    entries = [*draft.manifest.entries.values(), *added]
    for entry in entries:
        if why := why_unsafe(entry.path):
            raise InvalidInput(f"The name {entry.path!r} {why}.", subject=entry.path)
    if why := why_overlapping(entry.path for entry in entries):
        raise InvalidInput(f"These names exclude each other: {why}.")
    entries.sort(key=lambda entry: entry.path)
    return Draft(manifest_of(entries, draft.manifest.algorithm), draft.contents)


def reference_entries(
    name: str, reference: Reference, context: LookupContext
) -> Iterator[ManifestEntry]:
    """An entry for each object that a reference names.

    Args:
        name: the name of the entry, or of the folder that they are in; ``""`` for none.
        reference: where they are.
        context: what they are looked up with.

    Raises:
        InvalidInput: there are too many.
        OfflineError: it would have to be asked, and the client is offline.
        ArtifactsError: nothing is there, or it cannot be asked.
    """
    uri = reference.uri
    scheme = scheme_of(uri)
    if scheme == "file":
        found = _local(name, reference, context.cancel)
    elif not reference.checksum:
        found = iter([ManifestEntry(_one(name, uri), uri, ref=uri)])
    elif context.offline:
        raise needs_network(uri)
    elif scheme in HTTP:
        own = _one(name, uri)
        found = iter([_entry(own, uri, http_object(uri, ask_headers(uri, context)))])
    else:
        found = _stored(name, uri, context)
    yield from islice(found, reference.max_objects)
    if next(found, None) is not None:
        raise InvalidInput(
            f"{shown_uri(uri)} has more than {reference.max_objects:,} objects; give a folder of "
            "fewer, or another max_objects.",
            subject=shown_uri(uri),
        )


def ask_headers(uri: str, context: LookupContext) -> Mapping[str, str]:
    """The headers that come with a file; its body is not read. One request.

    Raises:
        ArtifactsError: it is not there, or the server or the network failed.
    """
    attempt = f"Looking up {shown_uri(uri)}"

    def ask() -> Mapping[str, str]:
        # GET, since the permission in a signed URL is often for that alone.
        request = ByteRequest("GET", uri, IDENTITY, cancel=context.cancel, subject=shown_uri(uri))
        try:
            reply = send_following(context.source, request, with_password)
        except ExchangeError as failed:
            context.cancel.check()
            error = broken(attempt, shown_uri(uri), host_of(uri), failed)
            raise (TryAgain(error) if failed.retryable else error) from failed
        if reply.status == 200:
            reply.close()
            return reply.headers
        kind = classify(reply.status, reply.headers, 0, None)
        message = message_of(reply)
        status, headers = reply.status, reply.headers
        error = refusal(attempt, shown_uri(uri), host_of(uri), status, headers, message)
        if kind is ResponseKind.LATER:
            raise TryAgain(error, retry_after=retry_after(headers))
        raise error

    return Retrying(context.retry, context.cancel)(ask)


def _local(name: str, reference: Reference, cancel: Cancellation) -> Iterator[ManifestEntry]:
    uri = reference.uri
    path = path_of(uri)
    if (status := status_of(path)) is None:
        text = f"There is no file or folder {str(path)!r}."
        raise NotFoundError(text, missing="file", subject=str(path))
    if not stat.S_ISDIR(status.st_mode):
        yield _local_entry(_one(name, uri), uri, path, reference.checksum)
        return
    start, base = _folder(name), uri.rstrip("/")
    for below in walk(path):
        cancel.check()
        location = f"{base}/{quote(below)}"
        yield _local_entry(f"{start}{below}", location, path / below, reference.checksum)


def _local_entry(name: str, uri: str, path: Path, checksum: bool) -> ManifestEntry:
    try:
        if not checksum:
            text = Path(os.path.realpath(path)).as_uri().encode()
            digest = digest_bytes(text, DigestAlgorithm.MD5)
            return ManifestEntry(name, digest, path.stat().st_size, ref=uri)
        with os.fdopen(open_regular(path), "rb", buffering=0) as stream:
            size = os.fstat(stream.fileno()).st_size
            raw, size = digest_stream(stream, DigestAlgorithm.MD5, size)
    except OSError as error:
        raise disk_error(error, f"Reading {str(path)!r}", str(path)) from error
    return ManifestEntry(name, b64encode(raw).decode("ascii"), size, ref=uri)


def _stored(name: str, uri: str, context: LookupContext) -> Iterator[ManifestEntry]:
    try:
        location = StoredObject(uri, context.storages)
    except InvalidInput as error:
        text = f"{error} Reference(uri, checksum=False) logs an address as it is."
        raise InvalidInput(text, subject=error.subject) from None
    info = None if uri.endswith("/") else location.info()
    if info is not None and not stands_for_folder(info):
        facts = stored_object(uri, info)
        version = version_in(facts.extra)
        own = uri if version is None else without_version(uri, version)
        yield _entry(_one(name, own), own, facts)
        return
    start, base, count = _folder(name), uri.rstrip("/"), 0
    for count, (below, each) in enumerate(location.below(context.cancel), 1):  # noqa: B007 -- looked at afterwards
        address = f"{base}/{below}"
        yield _entry(f"{start}{below}", address, stored_object(address, each))
    if not count:
        text = f"There is nothing below {shown_uri(uri)}."
        raise NotFoundError(text, missing="object", subject=shown_uri(uri))


def _entry(name: str, uri: str, facts: ObjectFacts) -> ManifestEntry:
    return ManifestEntry(name, facts.digest, facts.size, ref=uri, extra=facts.extra)


def _folder(name: str) -> str:
    return name if not name or name.endswith("/") else f"{name}/"


def _one(name: str, uri: str) -> str:
    """The name of a single object: its own, where that of a folder was given."""
    if name and not name.endswith("/"):
        return name
    if scheme_of(uri) == "file":
        own = path_of(uri).name
    else:
        parts = split_uri(uri) if scheme_of(uri) in HTTP else None
        path = uri.partition("://")[2] if parts is None else parts.path
        own = path.partition("?versionId=")[0].rstrip("/").rpartition("/")[2]
    if not own:
        raise InvalidInput(
            f"{shown_uri(uri)} has no name of its own; give one: {{'name': Reference(...)}}.",
            subject=shown_uri(uri),
        )
    return f"{name}{own}"
