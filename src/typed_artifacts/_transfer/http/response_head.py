"""Interprets the head of a response to a file request. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

from .byte_source import announced_length
from .retry import passes

_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


class ResponseKind(Enum):
    """What the head of a reply means for a reader at some position."""

    WHOLE = auto()
    """The body begins at the file's start."""
    REST = auto()
    """The body begins at the reader's position."""
    AT_END = auto()
    """There is nothing left to read."""
    NO_RANGE = auto()
    """The range was not understood: ask for the whole file."""
    WRONG_SIZE = auto()
    """The file is not as long as it should be."""
    EXPIRED = auto()
    """The URL may have expired."""
    LATER = auto()
    """It may go better later."""
    REFUSED = auto()
    """It will not go better."""


def classify(
    status: int, headers: Mapping[str, str], position: int, size: int | None
) -> ResponseKind:
    """What a reply's head means.

    Args:
        status: the HTTP status.
        headers: names in lower case.
        position: where the range that was asked for begins; 0 where none was.
        size: the file's bytes, if they are known.
    """
    if status == 200:
        length = announced_length(headers)
        is_wrong_size = size is not None and length is not None and length != size
        return ResponseKind.WRONG_SIZE if is_wrong_size else ResponseKind.WHOLE
    if status == 206:
        return _classify_range(headers, position, size)
    if status == 416:
        return ResponseKind.AT_END if position == size else ResponseKind.NO_RANGE
    if status in {400, 401, 403, 410}:
        return ResponseKind.EXPIRED  # S3 and W&B say 403, Google 400
    return ResponseKind.LATER if passes(status) else ResponseKind.REFUSED


def _classify_range(headers: Mapping[str, str], position: int, size: int | None) -> ResponseKind:
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None or not position == int(found[1]) <= int(found[2]):
        return ResponseKind.NO_RANGE
    if size is not None and found[3] != "*" and int(found[3]) != size:
        return ResponseKind.WRONG_SIZE
    return ResponseKind.REST


def end_of_range(headers: Mapping[str, str]) -> int | None:
    """Where the range of a reply ends: the position after its last byte."""
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    return None if found is None else int(found[2]) + 1


def range_header(start: int, stop: int | None) -> str:
    """The value of ``Range`` for the bytes from ``start`` up to ``stop``, or to the end."""
    return f"bytes={start}-" if stop is None else f"bytes={start}-{stop - 1}"


def validator_of(headers: Mapping[str, str]) -> str | None:
    """What tells a file from its later or other selves, if the server says anything of the kind."""
    return strong_etag_of(headers) or headers.get("last-modified")


def strong_etag_of(headers: Mapping[str, str]) -> str | None:
    """The ETag, unless it is a weak one, which other bytes may share."""
    etag = headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else None
