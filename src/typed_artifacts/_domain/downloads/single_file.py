"""One file of a version: its entry, its URL, and what is in its place already."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..._transfer import (
    Cancellation,
    ManifestEntry,
    hex_of,
)
from ..._transfer.disk.disk_errors import disk_error
from ..._transfer.disk.presence import file_is_right
from ..._transfer.disk.roots import Root
from ..._transfer.downloads.file_plan import make_plan, refusal
from ..._transfer.manifests.digests import CHUNK
from ..._values.uris import is_uri, scheme_of, shown_uri
from ...errors import (
    InvalidInput,
    UnsupportedByServer,
)
from .entries import version_algorithm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..._graphql.fragments import FileFields


def file_text(attrs: FileFields) -> str:
    """What is known of a file's name and size, in words."""
    name = "without a name" if "name" in attrs.__absent__ else attrs.name
    return name if "size_bytes" in attrs.__absent__ else f"{name} ({attrs.size_bytes} bytes)"


def file_entry(attrs: FileFields, digest_algorithm: str | None) -> ManifestEntry:
    """A file as something to fetch and check; what is no hash of its bytes is not checked."""
    if attrs.md_5 and hex_of(attrs.md_5):
        return ManifestEntry(attrs.name, attrs.md_5, attrs.size_bytes)
    digest = attrs.digest if attrs.digest and hex_of(attrs.digest) else ""
    algorithm = version_algorithm(digest_algorithm)
    # Servers report the size 0 for a reference of unknown size.
    size = attrs.size_bytes if attrs.size_bytes or digest else None
    return ManifestEntry(attrs.name, digest, size, extra={"alg": algorithm.value})


def known_url(attrs: FileFields) -> Mapping[str, str]:
    """The URL that came with a file.

    Raises:
        UnsupportedByServer: it is a reference to something that is not behind http(s).
    """
    url = attrs.direct_url or attrs.url or ""
    if not url:
        return {}  # an offline client has none
    # Without a URI it is no reference: the request for it raises the right error.
    if is_uri(url) and (scheme := scheme_of(url)) not in {"http", "https"}:
        raise UnsupportedByServer(
            f"{attrs.name!r} is a reference to {shown_uri(url)}, which the server does not store; "
            f'its version\'s download(follow_references={{"{scheme}"}}) fetches it.',
            feature="references",
            subject=attrs.name,
        )
    return {attrs.name: url}


def refuse_existing(path: Path, name: str, *, compared: bool) -> InvalidInput:
    """The error for a file that is there already; or, where it was compared, for a wrong one."""
    if compared:
        return InvalidInput(
            f"{str(path)!r} is there already, and is not what the manifest says of {name!r}; "
            "pass replace=True to fetch it anew.",
            subject=name,
        )
    return InvalidInput(
        f"{str(path)!r} is there already; pass replace=True to fetch {name!r} anew, "
        "or exist_ok=True to keep what is there if it is right.",
        subject=name,
    )


def is_taken(entry: ManifestEntry, folder: Path) -> bool:
    """Whether something in a folder has a file's name.

    Raises:
        IntegrityError: the name leaves the folder.
    """
    if refused := make_plan([entry]).refused:
        raise refusal(refused, "Nothing was written.")
    return os.path.lexists(folder / entry.path)


def is_there(entry: ManifestEntry, folder: Path) -> bool:
    """Whether a folder holds a file, and right. Reads the file.

    Raises:
        InvalidInput: a link, or something that is no regular file, has its name.
        ArtifactsError: it cannot be read.
    """
    root = Root(folder)
    try:
        root.file_sizes([entry.path])
        return file_is_right(root, entry, memoryview(bytearray(CHUNK)), Cancellation())
    except OSError as error:
        where = str(folder / entry.path)
        raise disk_error(error, f"Reading {where!r}", where) from error
