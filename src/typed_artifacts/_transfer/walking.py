"""The files of a folder, in the order of a manifest.

Links are followed, to files and to folders, since the content is what is logged (and model hubs
keep their caches as links); a loop of folders is refused. Temporary files of unfinished downloads
are left out. A folder without a file leaves nothing: a manifest has no entries for folders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from typed_artifacts.errors import InvalidInput

from .._values.file_names import is_part_name
from .folders import disk_error
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
    return _walk(root, "", (), rules)


def _walk(
    folder: Path, prefix: str, above: tuple[tuple[int, int], ...], rules: Sequence[Selection]
) -> Iterator[str]:
    try:
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        if here in above:
            raise InvalidInput(
                f"{str(folder)!r} is a link to a folder above it, so its files would never "
                "end. Leave it out with exclude=, or remove it.",
                subject=str(folder),
            )
        children = _children(folder)
    except OSError as error:
        raise disk_error(error, f"Listing {str(folder)!r}", str(folder)) from error
    while children:
        name = children.pop()
        if not name.endswith("/"):
            yield prefix + name
        elif not any(rule.skips(prefix + name[:-1]) for rule in rules):
            yield from _walk(folder / name, prefix + name, (*above, here), rules)


def _children(folder: Path) -> list[str]:
    """The names in a folder, the last first; those of folders end in ``/``.

    With it they are in the order of the whole names: ``a.txt`` comes before ``a/x``.
    """
    with os.scandir(folder) as found:
        names = [f"{child.name}/" if _is_folder(child) else child.name for child in found]
    kept = [name for name in names if name.endswith("/") or not is_part_name(name)]
    kept.sort(reverse=True)
    return kept


def _is_folder(child: os.DirEntry[str]) -> bool:
    try:
        return child.is_dir()
    except OSError:  # a link to itself, say: opening it tells
        return False
