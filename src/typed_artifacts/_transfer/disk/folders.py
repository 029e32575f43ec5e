"""Opens folders below a root so that no symbolic link can lead out of it.

Where the system has them, folders are opened one part at a time relative to the one above, and
never through a symbolic link (``openat`` with ``O_NOFOLLOW``): who swaps a folder for a link in
between gains nothing. Elsewhere (Windows) each part is looked at before it is entered.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, final

from typed_artifacts.errors import ArtifactsError, InvalidInput

_RELATIVE: Final = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_ENTER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NOFOLLOW | _BINARY
UNNAMEABLE: Final = frozenset({errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG})
"""What a file system says to a name that it cannot have, such as ``a:b`` on exFAT."""
_NOTHING: Final = UNNAMEABLE | {errno.ELOOP}
_REPARSE_POINT: Final = 0x400  # a Windows junction or link: FILE_ATTRIBUTE_REPARSE_POINT


@final
class Folder:
    """One folder, held open where the system can; names in it are single parts, never paths."""

    def __init__(self, path: str, handle: int | None) -> None:
        self.path = path
        self._handle = handle

    def open(self, name: str, flags: int) -> int:
        """Open a file of this folder, never through a link; the mode is left to the umask."""
        return os.open(self._at(name), flags | _NOFOLLOW | _BINARY, 0o666, dir_fd=self._handle)

    def status(self, name: str) -> os.stat_result | None:
        """What is there under that name, links not followed; ``None`` if nothing is."""
        try:
            return os.stat(self._at(name), dir_fd=self._handle, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in UNNAMEABLE:
                return None
            raise

    def replace(self, old: str, new: str) -> None:
        """Rename within the folder, at once, over whatever file is there."""
        try:
            os.replace(
                self._at(old), self._at(new), src_dir_fd=self._handle, dst_dir_fd=self._handle
            )
        except FileNotFoundError as error:
            if self.status(old) is None:
                raise
            raise _unnameable(error) from error

    def link(self, source: Folder, old: str, new: str) -> None:
        """Give a file of another folder a name in this one, too; links are not followed."""
        os.link(
            source._at(old),
            self._at(new),
            src_dir_fd=source._handle,
            dst_dir_fd=self._handle,
            follow_symlinks=False,
        )

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(self._at(name), dir_fd=self._handle)

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder."""
        os.rmdir(self._at(name), dir_fd=self._handle)

    def names(self) -> list[str]:
        """The names in it."""
        where = self.path if self._handle is None else self._handle
        return os.listdir(where)  # noqa: PTH208 -- it may be a handle

    def enter(self, name: str, *, create: bool) -> Folder:
        """The folder of that name in it.

        Raises:
            InvalidInput: a link or a file is in the way.
            FileNotFoundError: it does not exist and ``create`` is false.
        """
        path = f"{self.path}{os.sep}{name}"
        try:
            return self._enter(name, path)
        except FileNotFoundError:
            if not create:
                raise
        try:
            os.mkdir(self._at(name), dir_fd=self._handle)
        except FileExistsError:
            pass  # another thread or process was faster
        except FileNotFoundError as error:
            if not self._is_there():
                raise
            raise _unnameable(error) from error
        return self._enter(name, path)

    def _enter(self, name: str, path: str) -> Folder:
        try:
            if self._handle is None:
                _refuse_unless_folder(path, os.lstat(path))
                return Folder(path, None)
            return Folder(path, os.open(name, _ENTER, dir_fd=self._handle))
        except FileNotFoundError:
            raise
        except OSError as error:
            if error.errno in UNNAMEABLE:  # what cannot be there is not
                raise FileNotFoundError(errno.ENOENT, error.strerror) from error
            status = self.status(name)
            if status is not None:
                _refuse_unless_folder(path, status)
            raise

    def _is_there(self) -> bool:
        if self._handle is None:
            return os.path.isdir(self.path)  # noqa: PTH112 -- a text
        return os.fstat(self._handle).st_nlink > 0

    def close(self) -> None:
        """Let go of it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _at(self, name: str) -> str:
        return name if self._handle is not None else f"{self.path}{os.sep}{name}"


def _unnameable(error: OSError) -> OSError:
    """What it is called that a file system refuses a name, where it says that nothing is there."""
    return OSError(errno.EINVAL, error.strerror)


def _refuse_unless_folder(path: str, status: os.stat_result) -> None:
    if is_link(status):
        raise InvalidInput(
            f"{path!r} is a symbolic link, and files are not written through links. "
            "Remove it, or choose another folder.",
            subject=path,
        )
    if not stat.S_ISDIR(status.st_mode):
        raise InvalidInput(
            f"{path!r} is a file where a folder must be. Remove it, or choose another folder.",
            subject=path,
        )


def is_link(status: os.stat_result) -> bool:
    """Whether it is a symbolic link, or what Windows has of that kind."""
    attributes = int(getattr(status, "st_file_attributes", 0))
    return stat.S_ISLNK(status.st_mode) or bool(attributes & _REPARSE_POINT)


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
            raise InvalidInput(
                f"The folder {str(self.path)!r} cannot be made: {error.strerror}.",
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
        if not _RELATIVE:
            return None
        try:
            return os.open(self.path, _ENTER & ~_NOFOLLOW)  # the root itself may be a link
        except NotADirectoryError as error:
            file = next((each for each in self.path.parents if each.is_file()), self.path)
            raise InvalidInput(
                f"{str(file)!r} is a file, not a folder. Choose another folder.",
                subject=str(self.path),
            ) from error

    def stat_files(self, names: Iterable[str]) -> dict[str, os.stat_result | None]:
        """What is there under each name, before anything is written.

        Returns:
            For each name the regular file's status, or ``None`` if nothing is there.

        Raises:
            InvalidInput: a link, or something that is no regular file, is in the way of one.
        """
        found: dict[str, os.stat_result | None] = {}
        for parent, leaves in by_parent(names).items():
            try:
                with self.folder(parent) as folder:
                    for leaf in leaves:
                        status = folder.status(leaf)
                        if status is not None:
                            _refuse_unless_file(f"{folder.path}{os.sep}{leaf}", status)
                        found[f"{parent}/{leaf}" if parent else leaf] = status
            except FileNotFoundError:
                found.update(
                    dict.fromkeys(f"{parent}/{leaf}" if parent else leaf for leaf in leaves)
                )
        return found


def _refuse_unless_file(path: str, status: os.stat_result) -> None:
    if is_link(status) or not stat.S_ISREG(status.st_mode):
        what = "a symbolic link" if is_link(status) else "no regular file"
        raise InvalidInput(
            f"{path!r} is {what}, so it is not replaced. Remove it, or choose another folder.",
            subject=path,
        )


def by_parent(names: Iterable[str]) -> dict[str, list[str]]:
    """Names grouped by their folder: ``{"a/b": ["c"], "": ["d"]}``."""
    groups: dict[str, list[str]] = {}
    for name in names:
        parent, _, leaf = name.rpartition("/")
        groups.setdefault(parent, []).append(leaf)
    return groups


def status_of(path: Path) -> os.stat_result | None:
    """What the system says of a path, links followed; ``None`` where there is nothing.

    Raises:
        ArtifactsError: it may not be looked at.
    """
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        if error.errno in _NOTHING:
            return None
        raise disk_error(error, f"Looking at {str(path)!r}", str(path)) from error


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder.

    Raises:
        ArtifactsError: it may not be looked at.
    """
    status = status_of(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def disk_error(error: OSError, attempt: str, path: str) -> ArtifactsError:
    """The error for a file system that refuses.

    Args:
        error: what the system said.
        attempt: what was attempted, as the beginning of a sentence.
        path: the file it was about.
    """
    advice = {
        errno.ENOSPC: "The disk is full: make room and call again; finished files are kept.",
        errno.EDQUOT: "The quota is used up: make room and call again; finished files are kept.",
        errno.EFBIG: "The file is larger than this process or file system may write.",
        errno.EACCES: "Check the folder's permissions.",
        errno.EPERM: "Check the folder's permissions.",
        errno.EROFS: "The file system is read-only: choose another folder.",
        errno.EMFILE: "Too many files are open: use fewer workers, or raise the limit.",
    }.get(error.errno or 0, "Check the folder and call again.")
    return ArtifactsError(
        f"{attempt} failed: {error.strerror or type(error).__name__}. {advice}", subject=path
    )
