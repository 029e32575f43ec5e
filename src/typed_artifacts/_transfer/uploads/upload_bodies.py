"""The bodies of PUT requests, and how to read their responses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ...errors import InvalidInput, ServerError
from ..disk.disk_errors import disk_error
from ..http.gateway_source import OF_EVERY_REQUEST
from ..manifests.digests import CHUNK, hex_of
from .held_files import HeldFile
from .local_files import Content, LocalFile, changed, missing_file, open_regular, stamp_of
from .streamed import StreamedFile

_MD5_HEX: Final = 32
_HEADER_NAME: Final = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[ -~]*")


def content_pieces(content: Content, offset: int, length: int) -> Iterator[bytes]:
    """The bytes of a file or of a part of it."""
    match content:
        case LocalFile():
            return read_file(content, offset, length)
        case StreamedFile():
            return content.pieces(offset, length)
        case HeldFile():
            return content.pieces(offset, length)
        case _:
            end = offset + length
            starts = range(offset, end, CHUNK)
            return (content[start : min(start + CHUNK, end)] for start in starts)


def read_file(content: LocalFile, offset: int, length: int) -> Iterator[bytes]:
    """A file's bytes.

    Raises:
        ConflictError: it is gone, or not the file any more that was hashed.
        ArtifactsError: it cannot be read.
    """
    remaining = length
    try:
        with os.fdopen(open_regular(content.path), "rb", buffering=0) as stream:
            if stamp_of(os.fstat(stream.fileno())) != content.stamp:
                raise changed(content.path)
            if offset:
                stream.seek(offset)
            # Never more than was announced, even if the file grows meanwhile.
            while remaining and (piece := stream.read(min(remaining, CHUNK))):
                remaining -= len(piece)
                yield piece
            if remaining or stamp_of(os.fstat(stream.fileno())) != content.stamp:
                raise changed(content.path)
    except InvalidInput as error:
        if not os.path.lexists(content.path):
            raise missing_file(content.path) from error
        raise changed(content.path) from error
    except OSError as error:
        attempt = f"Reading {str(content.path)!r}"
        raise disk_error(error, attempt, str(content.path)) from error


def response_agrees(headers: Mapping[str, str], digest: str) -> bool:
    """Whether the answer's digest, if it has one, is the file's MD5."""
    etag = headers.get("etag", "").removeprefix("W/").strip('"').lower()
    is_md5 = len(etag) == _MD5_HEX and not set(etag) - set("0123456789abcdef")
    # With a customer's key, S3's ETags look like an MD5 and are none.
    if is_md5 and "kms" not in headers.get("x-amz-server-side-encryption", ""):
        return etag == hex_of(digest)
    for part in headers.get("x-goog-hash", "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "md5":
            return value == digest
    return True


def parse_header_lines(lines: Sequence[str], subject: str) -> dict[str, str]:
    """``Key:Value`` lines as headers, without those that every request has.

    Raises:
        ServerError: a line is none, would end the header, or is no ASCII.
    """
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _HEADER_NAME.fullmatch(name.strip()) or not _VALUE.fullmatch(value):
            raise ServerError(
                f"One of the headers that the server gives for uploading {subject!r} is none; "
                "the file was not sent.",
                operation="upload",
                subject=subject,
            )
        if name.strip().lower() not in OF_EVERY_REQUEST:
            headers[name.strip()] = value.strip()
    return headers
