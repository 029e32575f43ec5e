"""Which references may be followed: all, or by scheme and root."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

from ..._values.guards import is_text
from ..._values.string_sequences import ValueCollection
from ..._values.uris import is_uri, scheme_of, split_uri
from ...errors import InvalidInput
from .file_uris import known_path
from .remote_objects import HTTP

FollowReferences: TypeAlias = bool | ValueCollection[str]
"""Whether references are followed; or the schemes and roots that may be: ``{"s3", "file:///data"}``.
"""


@dataclass(frozen=True, slots=True)
class AllowedReferences:
    """What may be followed.

    Attributes:
        schemes: any reference of these schemes; ``None`` for all there are.
        roots: URIs; what they name and what is below.
    """

    schemes: frozenset[str] | None
    roots: tuple[str, ...] = ()

    def __call__(self, uri: str) -> bool:
        """Whether what a URI leads to, links on the way followed, may be fetched."""
        if self.schemes is None or scheme_of(uri) in self.schemes:
            return True
        return any(_is_below(uri, root) for root in self.roots)


def allowed_references(given: FollowReferences) -> AllowedReferences | None:
    """What may be followed; ``None`` where nothing may.

    Raises:
        InvalidInput: it is neither true nor false, nor schemes and URIs.
    """
    if isinstance(given, bool):
        return AllowedReferences(None) if given else None
    if isinstance(given, str) or not isinstance(given, Collection):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may be untyped
        raise _malformed(given)
    schemes, roots = set[str](), list[str]()
    for each in given:
        if is_uri(each) and split_uri(each) is not None:
            roots.append(each)
        elif is_text(each) and each.replace("-", "").replace("+", "").isalnum():
            schemes.add(each.lower())
        else:
            raise _malformed(given)
    return AllowedReferences(frozenset(schemes), tuple(roots)) if given else None


def _malformed(given: object) -> InvalidInput:
    return InvalidInput(
        f"follow_references is {given!r:.100}; it must be True, False, or a set of schemes and "
        'roots, such as {"s3", "file:///mnt/data"}.'
    )


def _is_below(uri: str, root: str) -> bool:
    if scheme_of(uri) != scheme_of(root):
        return False
    if scheme_of(uri) == "file":
        path, top = real_path(uri), real_path(root)
        return path is not None and top is not None and path.is_relative_to(top)
    parts, root_parts = split_uri(uri), split_uri(root)
    if parts is None or root_parts is None:
        return False
    steps, above = _steps(unquote(parts.path)), _steps(unquote(root_parts.path))
    if ".." in steps or parts.netloc.lower() != root_parts.netloc.lower():
        return False
    if scheme_of(uri) not in HTTP:
        # In object names "?", "#" and "%" have no special meaning.
        names, prefix = _steps(_name_in_store(uri)), _steps(_name_in_store(root))
        if names[: len(prefix)] != prefix:
            return False
    return steps[: len(above)] == above


def _name_in_store(uri: str) -> str:
    return uri.partition("://")[2].partition("/")[2]


def real_path(uri: str) -> Path | None:
    """The path that a ``file`` URI leads to, without links; ``None`` where it names none here."""
    path = known_path(uri)
    return None if path is None else Path(os.path.realpath(path))


def _steps(path: str) -> list[str]:
    return [step for step in path.replace("\\", "/").split("/") if step not in ("", ".")]
