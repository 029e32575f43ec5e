"""The root of a download or a listing: folders below it, opened so that no link leads out."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import final

from ...errors import InvalidInput
from .folders import ENTER, NO_FOLLOW, RELATIVE, UNNAMEABLE, Folder, is_link


@final
class Root:
    """The folder that a download fills or a verification reads.

    It stays the same one when something else in this process changes the working directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with suppress(FileNotFoundError):  # a working directory that was removed
            self.path = path.absolute()

    def create(self) -> None:
        """Make the folder, and those above it.

        Raises:
            InvalidInput: it cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            is_in_the_way = isinstance(error, FileExistsError | NotADirectoryError)
            if is_in_the_way and (file := self._file_in_the_way()) is not None:
                raise self._no_folder(file) from error
            advice = (
                " The file system does not allow that name; choose another folder."
                if error.errno in UNNAMEABLE
                else ""
            )
            raise InvalidInput(
                f"The folder {str(self.path)!r} cannot be made: {error.strerror}.{advice}",
                subject=str(self.path),
            ) from error

    @contextmanager
    def folder(self, parent: str, *, create: bool = False) -> Generator[Folder, None, None]:
        """The folder below the root with that name; ``""`` is the root.

        Raises:
            InvalidInput: a link or a file is in the way.
            FileNotFoundError: it does not exist and ``create`` is false.
        """
        current = Folder(str(self.path), self._open())
        try:
            for part in parent.split("/") if parent else ():
                below = current.enter(part, create=create)
                current.close()
                current = below
            yield current
        finally:
            current.close()

    def remove_if_empty(self, name: str) -> bool:
        """Remove a folder below the root, if nothing is in it; whether it was removed."""
        parent, _, leaf = name.rpartition("/")
        try:
            with self.folder(parent) as folder:
                folder.remove_folder(leaf)
        except OSError:
            return False
        return True

    def _open(self) -> int | None:
        if not RELATIVE:
            return None
        try:
            return os.open(self.path, ENTER & ~NO_FOLLOW)  # the root itself may be a link
        except NotADirectoryError as error:
            raise self._no_folder(self._file_in_the_way() or self.path) from error

    def _file_in_the_way(self) -> Path | None:
        paths = (self.path, *self.path.parents)
        return next((path for path in paths if path.is_file()), None)

    def _no_folder(self, file: Path) -> InvalidInput:
        return InvalidInput(
            f"{str(file)!r} is a file, not a folder. Choose another folder.",
            subject=str(self.path),
        )

    def file_sizes(self, names: Iterable[str]) -> dict[str, int | None]:
        """The size of each existing file, before anything is written.

        Returns:
            For each name the regular file's bytes, or ``None`` if nothing is there.

        Raises:
            InvalidInput: a link, or something that is no regular file, is in the way of one.
        """
        found: dict[str, int | None] = {}
        for parent, leaves in by_parent(names).items():
            try:
                with self.folder(parent) as folder:
                    for leaf in leaves:
                        status = folder.status(leaf)
                        if status is not None:
                            _refuse_unless_file(f"{folder.path}{os.sep}{leaf}", status)
                        size = None if status is None else status.st_size
                        found[f"{parent}/{leaf}" if parent else leaf] = size
            except FileNotFoundError:
                found.update(
                    dict.fromkeys(f"{parent}/{leaf}" if parent else leaf for leaf in leaves)
                )
        return found


def _refuse_unless_file(path: str, status: os.stat_result) -> None:
    if is_link(status) or not stat.S_ISREG(status.st_mode):
        kind = "a symbolic link" if is_link(status) else "no regular file"
        raise InvalidInput(
            f"{path!r} is {kind}, where a file of the version belongs. Remove it, or choose "
            "another folder.",
            subject=path,
        )


def by_parent(names: Iterable[str]) -> dict[str, list[str]]:
    """Names grouped by their folder: ``{"a/b": ["c"], "": ["d"]}``."""
    groups: dict[str, list[str]] = {}
    for name in names:
        parent, _, leaf = name.rpartition("/")
        groups.setdefault(parent, []).append(leaf)
    return groups
