"""Makes the folder of a registry private to its owner.

One that a group may write to is the group's, with what is made in it, as far as the umask lets it.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

from .._environment.registry_folder import DATABASE, FILES

_OTHERS = stat.S_IRWXO
_GROUP = stat.S_IRWXG
_GROUP_WRITES = stat.S_IWGRP


def make_private_folder(root: Path) -> None:
    """Makes the folder, for its owner only; an older one that holds nothing else is closed too."""
    if not root.exists():
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    elif (root / DATABASE).exists() or not any(root.iterdir()):
        _close(root)


def make_private_files(root: Path) -> None:
    """Closes the database, what SQLite keeps beside it, and the folder of files."""
    for path in (*root.glob("registry*.db*"), root / FILES):
        _close(path)


def private_mode(folder: Path) -> int:
    """The mode of a new file: for its owner, and for the group that may write to the folder."""
    return 0o660 if folder.stat().st_mode & _GROUP_WRITES else 0o600


def write_private(path: Path, data: bytes) -> None:
    """Puts a file there, private: whole, or not at all where the process is killed.

    Only one process at a time may do that.
    """
    new = path.with_name(f"{path.name}.new")
    mode = private_mode(path.parent)
    with os.fdopen(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, mode), "wb") as file:
        _close(new)
        file.write(data)
    new.replace(path)


def _close(path: Path) -> None:
    """Takes from others what they may do, and from the group unless it may write: a shared one."""
    with suppress(OSError):  # another owner's, who decides
        mode = stat.S_IMODE(path.stat().st_mode)
        closed = mode & ~_OTHERS if mode & _GROUP_WRITES else mode & ~(_OTHERS | _GROUP)
        if closed != mode:
            path.chmod(closed)
