"""A byte source for the targets of references: only allowed ones, only unchanged ones.

The downloads above it are those of stored files: they see replies with a length and a body.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import final

from ..._values.uris import scheme_of, shown_uri
from ...errors import (
    ArtifactsError,
    IntegrityError,
    InvalidInput,
    NotFoundError,
    PermissionDenied,
)
from ..disk.disk_errors import disk_error
from ..http.byte_source import ByteReply, ByteRequest, ByteSource, ExchangeError
from ..http.password_source import with_password
from ..manifests.manifest import ManifestEntry
from ..uploads.local_files import open_regular
from .allowed_references import AllowedReferences, real_path
from .reference import needs_network
from .remote_objects import (
    HTTP,
    ObjectFacts,
    http_object,
    names_content,
    stored_object,
    version_of,
    why_another,
)
from .stored_objects import BinaryStream, Storages, StoredObject, explained


@final
class ReferenceSource:
    """Fetches what references name.

    Args:
        http: what requests over http(s) go through.
        entries: the references, by the names that requests are about.
        allowed: what may be fetched, redirects included.
        offline: whether nothing may leave this machine.
    """

    def __init__(
        self,
        http: ByteSource,
        entries: Mapping[str, ManifestEntry],
        allowed: AllowedReferences,
        *,
        offline: bool = False,
    ) -> None:
        self._http = http
        self._entries = entries
        self._allowed = allowed
        self._offline = offline
        self._storages = Storages()

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Begin to fetch the version that a reference means.

        Raises:
            PermissionDenied: it is not allowed, or redirects to what is not.
            IntegrityError: it is another version.
            ArtifactsError: it is not there, or cannot be asked.
            ExchangeError: no reply came.
        """
        entry = self._entries[request.subject or ""]
        uri = request.url
        if not self._allowed(uri):
            raise PermissionDenied(
                f"{entry.path!r} leads to {shown_uri(uri)}; follow_references does not allow it.",
                subject=entry.path,
            )
        if scheme_of(uri) in HTTP:
            reply = self._http.send(with_password(request))
            if reply.status in {200, 206}:
                found = http_object(uri, reply.headers)
                try:
                    _check(entry, found if reply.status == 200 else replace(found, size=None))
                except IntegrityError:
                    reply.close()
                    raise
            return reply
        if scheme_of(uri) == "file":
            return _local(uri, entry)
        if self._offline:
            raise needs_network(uri, entry.path)
        return _stored(uri, entry, self._storages)

    def close(self) -> None:
        """Nothing of its own is open: connections belong to the client."""


def check_same(entry: ManifestEntry, uri: str, storages: Storages) -> None:
    """Ask a storage whether it still has the version that an entry means.

    Raises:
        IntegrityError: it has another.
        ArtifactsError: it is not there, or cannot be asked.
    """
    location = StoredObject(uri, storages, version_of(entry))
    _check(entry, stored_object(uri, location.info()))


def _check(entry: ManifestEntry, found: ObjectFacts) -> None:
    if why := why_another(entry, found):
        raise IntegrityError(
            f"{shown_uri(entry.ref or '')} is not the version that {entry.path!r} refers to: "
            f"{why}. Log it anew, or bring the old one back.",
            operation="download",
            subject=entry.path,
        )


def _local(uri: str, entry: ManifestEntry) -> ByteReply:
    path = real_path(uri)
    if path is None:
        raise _no_file(uri, entry, "which is no file of this machine")
    try:
        stream = os.fdopen(open_regular(path), "rb")
    except InvalidInput as error:
        exists = path.exists()
        why = "which is no regular file" if exists else "and there is no such file on this machine"
        raise _no_file(uri, entry, why) from error
    except OSError as error:
        raise disk_error(error, f"Reading {str(path)!r}", entry.path) from error
    size = os.fstat(stream.fileno()).st_size
    return _Opened(uri, stream, size, lambda: None)


def _no_file(uri: str, entry: ManifestEntry, why: str) -> NotFoundError:
    return NotFoundError(
        f"{entry.path!r} refers to {shown_uri(uri)}, {why}.", missing="file", subject=entry.path
    )


def _stored(uri: str, entry: ManifestEntry, storages: Storages) -> ByteReply:
    location = StoredObject(uri, storages, version_of(entry))
    found = stored_object(uri, location.info())
    _check(entry, found)

    def check_again() -> None:
        # Only an object without a version can have been replaced while it was read.
        if not location.is_fixed and names_content(entry):
            _check(entry, stored_object(uri, location.info()))

    return _Opened(uri, location.open(), found.size, check_again)


@final
class _Opened:
    """A reply whose body is an open file."""

    status = 200

    def __init__(
        self, uri: str, stream: BinaryStream, size: int | None, at_end: Callable[[], None]
    ) -> None:
        self.headers: Mapping[str, str] = {} if size is None else {"content-length": str(size)}
        self._uri = uri
        self._stream = stream
        self._at_end = at_end

    def readinto(self, buffer: memoryview, /) -> int:
        """Read some of the file; 0 at its end."""
        try:
            with explained(self._uri, "Reading"):
                data = self._stream.read(len(buffer))
        except ArtifactsError as error:
            raise ExchangeError(str(error)) from None
        buffer[: len(data)] = data
        if not data:
            self._at_end()
        return len(data)

    def abort(self) -> None:
        """Nothing: a driver's file cannot be closed while another thread reads it."""

    def close(self) -> None:
        """Close the file."""
        with explained(self._uri, "Closing"):
            self._stream.close()
