"""The folder that a registry is in: chosen, and removed if it was a temporary one."""

import os
import shutil
import tempfile
from pathlib import Path

from .faults import RegistryRefused, RegistryStorageError
from .store import Store


def chosen_folder(root: Path | str | None) -> Path:
    """The folder that a registry is to be in, whole; a temporary one for None.

    Raises:
        RegistryError: it can not be a folder.
    """
    try:
        if root is None:
            return Path(tempfile.mkdtemp(prefix="typed-artifacts-"))
        if not os.fspath(root) or "\0" in os.fspath(root):
            raise RegistryRefused(f"{str(root)!r} can not be the folder of a registry.")
        # Whole, so that it stays where it is when the process goes elsewhere.
        return Path(os.path.abspath(Path(root).expanduser()))  # noqa: PTH100 - no links followed
    except (OSError, RuntimeError) as error:  # no temporary folder; a home that is not known
        raise RegistryStorageError(f"The registry can not be opened: {error}.") from error


def remove_folder(store: Store, root: Path, process: int) -> None:
    """Only in the process that made it: one that was forked has it too, and ends sooner."""
    store.close()
    if os.getpid() == process:
        shutil.rmtree(root, ignore_errors=True)
