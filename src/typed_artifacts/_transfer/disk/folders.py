"""Opens folders below a root so that no symbolic link can lead out of it.

Where the system has them, folders are opened one part at a time relative to the one above, and
never through a symbolic link (``openat`` with ``O_NOFOLLOW``): who swaps a folder for a link in
between gains nothing. Elsewhere (Windows) each part is looked at before it is entered.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import Final, final

from ...errors import InvalidInput

RELATIVE: Final = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd
NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
ENTER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | NO_FOLLOW | _BINARY
UNNAMEABLE: Final = frozenset({errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG})
"""What a file system says to a name that it cannot have, such as ``a:b`` on exFAT."""
NOTHING_THERE: Final = UNNAMEABLE | {errno.ELOOP}
_REPARSE_POINT: Final = 0x400  # a Windows junction or link: FILE_ATTRIBUTE_REPARSE_POINT


@final
class Folder:
    """One folder, held open where the system can; names in it are single parts, never paths."""

    def __init__(self, path: str, handle: int | None) -> None:
        self.path = path
        self._handle = handle

    def open(self, name: str, flags: int) -> int:
        """Open a file of this folder, never through a link; the mode is left to the umask."""
        return os.open(self._at(name), flags | NO_FOLLOW | _BINARY, 0o666, dir_fd=self._handle)

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

    def set_times(self, name: str, accessed: int, modified: int) -> None:
        """Set a file's times of access and of change, in nanoseconds since 1970."""
        os.utime(
            self._at(name),
            ns=(accessed, modified),
            dir_fd=self._handle,
            follow_symlinks=os.utime not in os.supports_follow_symlinks,
        )

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
        target = self.path if self._handle is None else self._handle
        return os.listdir(target)  # noqa: PTH208 -- it may be a handle

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
            return Folder(path, os.open(name, ENTER, dir_fd=self._handle))
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
