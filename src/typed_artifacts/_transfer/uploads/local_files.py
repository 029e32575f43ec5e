"""Local files to be logged: opened, and checked for changes."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from ...errors import ConflictError, InvalidInput
from .held_files import HeldFile
from .streamed import StreamedFile

_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    # Opening a pipe would wait for its other end.
    | getattr(os, "O_NONBLOCK", 0)
)
# Some systems number files with more bits, and the nanoseconds of 2263 need one more than 63.
_MOST: Final = (1 << 64) - 1

Stamp: TypeAlias = tuple[int, int, int, int]
"""Device, inode, size, time of the last change."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file as it was when it was hashed.

    Attributes:
        path: where it is.
        stamp: what would differ if it were written to or replaced: device, inode, size, time.
    """

    path: Path
    stamp: Stamp


Content: TypeAlias = LocalFile | StreamedFile | HeldFile | bytes
"""Where an entry's bytes come from."""


def open_regular(path: Path) -> int:
    """Open a file for reading; links are followed, pipes and devices refused.

    Raises:
        InvalidInput: there is no file, or no regular one.
        OSError: it cannot be opened.
    """
    try:
        handle = os.open(path, _READ)
    except FileNotFoundError as error:
        raise InvalidInput(
            f"{str(path)!r} does not exist, or is a link to nowhere.", subject=str(path)
        ) from error
    except ValueError as error:  # a NUL in the path
        raise InvalidInput(f"{str(path)!r} is no path.", subject=str(path)) from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise InvalidInput(
                f"{str(path)!r} is a link that leads back to itself.", subject=str(path)
            ) from error
        # A socket cannot be opened at all, and on Windows a folder cannot.
        refuse_unless_regular(path, path.stat())
        raise
    try:
        refuse_unless_regular(path, os.fstat(handle))
    except InvalidInput:
        os.close(handle)
        raise
    return handle


def refuse_unless_regular(path: Path, status: os.stat_result) -> None:
    """Raise ``InvalidInput`` for what has no content that could be logged, and say what it is."""
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        description = kinds.get(kind, "something else")
        advice = " add_folder() of a draft adds the files of one." if kind == stat.S_IFDIR else ""
        raise InvalidInput(
            f"{str(path)!r} is no regular file but {description}; only files have content to log."
            f"{advice}",
            subject=str(path),
        )


def stamp_of(status: os.stat_result) -> Stamp:
    """What tells a file from its later or other selves."""
    device, inode = status.st_dev & _MOST, status.st_ino & _MOST
    return device, inode, status.st_size, status.st_mtime_ns & _MOST


def changed(path: Path) -> ConflictError:
    """The error for a file that is written to while it is being logged."""
    return ConflictError(
        f"{str(path)!r} changed while it was being read. Log it again when nobody writes to it.",
        subject=str(path),
    )


def missing_file(path: Path) -> ConflictError:
    """The error for a file that is removed while it is being logged."""
    return ConflictError(
        f"{str(path)!r} was there when the log began, and is gone. Log again when nobody changes "
        "the files.",
        subject=str(path),
    )


def unread_file(path: Path) -> InvalidInput:
    """The error for a file that is gone before it is read."""
    return InvalidInput(
        f"{str(path)!r} does not exist. Files are read when they are logged; the files of a draft, "
        "at the end of its with statement.",
        subject=str(path),
    )
