"""Walks the files of a folder in manifest order.

Links are followed, to files and to folders, since the content is what is logged (and model hubs
keep their caches as links); a loop of folders is refused. Temporary files of unfinished downloads
are left out. A folder without a file leaves nothing: a manifest has no entries for folders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..._values.file_names import is_part_name
from ...errors import InvalidInput
from .disk_errors import disk_error
from .selection import Selection


def walk(root: Path, rules: Sequence[Selection] = ()) -> Iterator[str]:
    """The names of the files below a folder, in their order, one folder in memory at a time.

    Args:
        root: the folder.
        rules: folders in which one of these selects nothing are not looked into.

    Raises:
        InvalidInput: a folder is a link to one above it.
        ArtifactsError: a folder cannot be read.
    """
    # No recursion: folders may be nested more deeply than Python's calls.
    stack = [_entered(root, "", ())]
    while stack:
        prefix, _, children = stack[-1]
        if not children:
            stack.pop()
            continue
        name = prefix + children.pop()
        if not name.endswith("/"):
            yield name
        elif not any(rule.skips(name[:-1]) for rule in rules):
            stack.append(_entered(root / name, name, stack))


class _Entered(NamedTuple):
    """A folder that is being walked: how names in it begin, itself, and what is left in it."""

    prefix: str
    identity: tuple[int, int]
    children: list[str]


def _entered(folder: Path, prefix: str, above: Sequence[_Entered]) -> _Entered:
    try:
        status = folder.stat()
        identity = (status.st_dev, status.st_ino)
        if any(identity == each.identity for each in above):
            raise InvalidInput(
                f"{str(folder)!r} is a link to a folder above it, so its files would never "
                "end. Leave it out with exclude=, or remove it.",
                subject=str(folder),
            )
        return _Entered(prefix, identity, _children(folder))
    except OSError as error:
        raise disk_error(error, f"Listing {str(folder)!r}", str(folder)) from error


def _children(folder: Path) -> list[str]:
    """The names in a folder, the last first; those of folders end in ``/``.

    With it they are in the order of the whole names: ``a.txt`` comes before ``a/x``.
    """
    with os.scandir(folder) as found:
        names = [f"{child.name}/" if leads_to_folder(child) else child.name for child in found]
    kept = [name for name in names if name.endswith("/") or not is_part_name(name)]
    kept.sort(reverse=True)
    return kept


def leads_to_folder(child: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one."""
    try:
        return child.is_dir()
    except OSError:  # a link to itself, say: opening it tells
        return False
