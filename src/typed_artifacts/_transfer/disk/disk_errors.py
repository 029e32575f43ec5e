"""Errors of the disk as errors of this package, and looks at paths that tell them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from ...errors import ArtifactsError
from .folders import NOTHING_THERE


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
        if error.errno in NOTHING_THERE:
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
