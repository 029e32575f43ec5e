"""Lists the files of a folder by name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..._environment.paths import user_path
from ...errors import InvalidInput
from .disk_errors import is_folder
from .selection import Patterns, Selection, ignored_in, selected_names, selection_of
from .walking import walk

if TYPE_CHECKING:
    from ..concurrency.cancellation import Cancellation


def folder_names(root: Path, select: Selection | None) -> Iterable[str]:
    """The names of the files below a folder, but for what its ``.artifactsignore`` excludes.

    Args:
        root: the folder, which exists.
        select: which files are meant.

    Raises:
        InvalidInput: a folder is a link to one above it.
        ArtifactsError: a folder cannot be read.
    """
    ignored = ignored_in(root)
    rules = [each for each in (select, ignored) if each is not None]
    return selected_names(selected_names(walk(root, rules), select), ignored)


def files_in(
    folder: object,
    include: Patterns = None,
    exclude: Patterns = None,
    cancel: Cancellation | None = None,
) -> Mapping[str, Path]:
    """The files below a folder that patterns select; what its ``.artifactsignore`` excludes never.

    Args:
        folder: a path.
        include: only files that one of these patterns matches.
        exclude: leave out files that match one of these patterns.
        cancel: stops the walk when it is set.

    Raises:
        InvalidInput: there is no such folder, or nothing in it is selected.
        ArtifactsError: it cannot be read.
    """
    if not isinstance(folder, str | os.PathLike):
        raise InvalidInput(f"The folder is a path, not {folder!r:.200}.")
    root = user_path(folder, "The folder")  # pyright: ignore[reportUnknownArgumentType]  # of any
    select = selection_of(include, exclude)
    if not is_folder(root):
        raise InvalidInput(f"{str(root)!r} is not a folder.", subject=str(root))
    found: dict[str, Path] = {}
    for name in folder_names(root, select):
        if cancel is not None:
            cancel.check()
        found[name] = root / name
    if select is not None and not found:
        raise InvalidInput(
            f"No file of {str(root)!r} is selected: include and exclude leave none of it.",
            subject=str(root),
        )
    return found
