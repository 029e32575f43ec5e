"""Links files between the cache folder and another folder: reflinks and hard links."""

from __future__ import annotations

import errno
import os
import sys
from typing import Final, Literal, TypeAlias, get_args

from ...errors import InvalidInput

LinkMode: TypeAlias = Literal["copy", "reflink", "hard"]
"""Copies; copies that share their blocks until one of them is changed; or the same file twice."""


def known_link(link: str) -> LinkMode:
    """How contents get out of the cache folder, or ``InvalidInput``."""
    for mode in get_args(LinkMode):
        if link == mode:
            found: LinkMode = mode
            return found
    known = ", ".join(get_args(LinkMode))
    raise InvalidInput(f"link is {link!r:.100}; it must be one of {known}.")


if sys.platform == "linux":
    import fcntl

    _FICLONE: Final = 0x40049409  # _IOW(0x94, 9, int), of linux/fs.h

    def clone(source: int, target: int) -> bool:
        """Have an empty file share the blocks of another; ``False`` where this cannot be."""
        try:
            fcntl.ioctl(target, _FICLONE, source)
        except OSError:
            return False
        return True

else:

    def clone(source: int, target: int) -> bool:
        """Nothing: no such call is at hand."""
        del source, target
        return False


def make_read_only(handle: int) -> None:
    """Take the permission to write from a file that is in two places.

    Raises:
        OSError: it belongs to another user, or Python cannot do this here.
    """
    if os.chmod not in os.supports_fd:  # Windows before Python 3.13
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    os.chmod(handle, os.fstat(handle).st_mode & 0o555)
