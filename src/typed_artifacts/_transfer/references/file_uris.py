"""The paths on this machine that ``file`` URIs name."""

from __future__ import annotations

from pathlib import Path
from urllib.request import url2pathname

from ..._values.uris import shown_uri, split_uri
from ...errors import InvalidInput


def path_of(uri: str) -> Path:
    """The path on this machine that a ``file`` URI names.

    Raises:
        InvalidInput: it names one of another machine, or none.
    """
    path = known_path(uri)
    if path is None:
        raise InvalidInput(
            f"{shown_uri(uri)} is no file of this machine; write file:///folder/name.",
            subject=shown_uri(uri),
        )
    return path


def known_path(uri: str) -> Path | None:
    """The path on this machine that a ``file`` URI names; ``None`` where it names none here."""
    parts = split_uri(uri.replace("?", "%3F").replace("#", "%23"))
    if parts is None or parts.netloc not in ("", "localhost"):
        return None
    path = Path(url2pathname(parts.path))
    return path if path.is_absolute() and "\0" not in str(path) else None
