"""Atomic replacement of small private files that several processes write.

The new text is written beside the file and renamed over it. Who changes it locks the file itself
first, and looks whether it is still the one of that name, so that nothing else is left lying about
and no change is lost.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .locks import close_locked, wait_for_lock

if TYPE_CHECKING:
    from collections.abc import Callable


def change_file(path: Path, change: Callable[[str], str]) -> None:
    """Replace a file's text by what a function makes of it; its owner alone may read it (0600).

    Args:
        path: the file, made with its folders where it does not exist. Of a symbolic link, what it
            leads to is changed.
        change: given the text as it is, empty for a new file; may raise, and nothing is written.

    Raises:
        OSError: it cannot be read or written.
        UnicodeDecodeError: it is no text.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    while not _changed(path, change):
        pass  # another process replaced the file in between


def _written(path: Path, text: str) -> str:
    """The name of a new file beside the path, private, with this text."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(name)  # noqa: PTH108 -- as mkstemp names it
        raise
    return name


def _read(handle: int) -> str:
    with os.fdopen(os.dup(handle), "r", encoding="utf-8", newline="") as file:
        return file.read()


def _replace(path: Path, text: str) -> None:
    name = _written(path, text)
    try:
        os.replace(name, path)  # noqa: PTH105 -- the same
    except BaseException:
        os.unlink(name)  # noqa: PTH108 -- the same
        raise


if sys.platform == "win32":

    def _changed(path: Path, change: Callable[[str], str]) -> bool:
        # An open file cannot be replaced there: a file beside it is locked instead.
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            wait_for_lock(lock)
            before = b""
            with suppress(FileNotFoundError):
                before = path.read_bytes()
            _replace(path, change(before.decode()))
        finally:
            close_locked(lock)
        return True

else:

    def _changed(path: Path, change: Callable[[str], str]) -> bool:
        """Change the file, unless another process replaced it in the meantime."""
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return _made(path, change(""))
        try:
            with suppress(OSError):  # a file system without locks
                wait_for_lock(handle)
            if not _is_there(path, handle):
                return False
            _replace(path, change(_read(handle)))
        finally:
            close_locked(handle)
        return True

    def _is_there(path: Path, handle: int) -> bool:
        try:
            return os.path.samestat(path.stat(), os.fstat(handle))
        except FileNotFoundError:
            return False

    def _made(path: Path, text: str) -> bool:
        """Create the file, unless another process created it in the meantime."""
        name = _written(path, text)
        try:
            os.link(name, path)  # unlike a rename, it does not replace
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links: an empty one is made, and then changed
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return False
        finally:
            os.unlink(name)  # noqa: PTH108 -- as mkstemp names it
        return True
