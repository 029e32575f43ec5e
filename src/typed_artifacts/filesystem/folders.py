"""Derives folders from the file names of a version. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, final

_NEVER: Final = frozenset({"", ".", ".."})


def is_plain(name: str) -> bool:
    """Whether a file's name is a path below a folder, such as ``a/b.txt``."""
    return _NEVER.isdisjoint(name.split("/"))


@final
class Folders:
    """What is in each folder.

    Args:
        names: the files' names, each of them plain.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._inside: dict[str, dict[str, None]] = {"": {}}
        for name in names:
            child = name
            while True:
                folder = child.rpartition("/")[0]
                known = self._inside.get(folder)
                if known is not None:
                    known[child] = None
                    break
                self._inside[folder] = {child: None}
                child = folder

    def __contains__(self, folder: str) -> bool:
        """Whether there is such a folder; ``""`` is the version itself."""
        return folder in self._inside

    def inside(self, folder: str) -> Iterable[str]:
        """The full names of what is in a folder, files and folders."""
        return self._inside[folder]
